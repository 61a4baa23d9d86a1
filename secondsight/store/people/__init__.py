"""Users with their sessions and API tokens, and the log of what people changed. Secrets come in as digests only."""
