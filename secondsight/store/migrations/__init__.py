"""Schema history, one numbered file per change; run by `secondsight.store.migrate`, never by hand."""
