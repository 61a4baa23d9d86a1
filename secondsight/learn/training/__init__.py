"""Pictures and labels in, trained weights out."""
