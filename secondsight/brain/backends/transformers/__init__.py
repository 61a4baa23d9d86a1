"""A vision-language model in this process, by `transformers`: a request in, a verdict out."""
