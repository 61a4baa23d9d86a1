"""One folder per kind of large model: a request in, a verdict out."""
