"""Names in, model files out: the store of installed models, its lock file, downloads and class labels."""
