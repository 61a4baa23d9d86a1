"""One class per group of tables, each method a transaction; functions that take a connection are steps of one."""
