"""Any server that speaks OpenAI's chat protocol: a request in, a verdict out."""
