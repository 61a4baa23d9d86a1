"""Looks after a whole database: which schema it has, a copy while a site writes, back from a copy, a newer schema.

In: where a database is. Out: its state, a file, the files that its events name.
"""
