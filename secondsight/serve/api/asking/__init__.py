"""Questions, finds and reports over HTTP."""
