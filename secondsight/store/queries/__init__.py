"""One module per group of tables: a connection and records in, records out."""
