"""Labels as other tools write and read them. In and out: `LabelledImage`s; a file's name says which sample it is."""
