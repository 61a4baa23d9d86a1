"""One file per change of the schema. A released file is never edited: data in the field was made by it."""
