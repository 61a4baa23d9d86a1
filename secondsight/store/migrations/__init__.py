"""Schema history, one numbered file per change; run by `secondsight.store.database.migrate`, never by hand."""
