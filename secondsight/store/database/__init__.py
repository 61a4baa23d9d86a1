"""The connection, tables and migrations: SQLite or PostgreSQL in, transactions and clear errors out."""
