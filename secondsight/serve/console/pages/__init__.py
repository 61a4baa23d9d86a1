"""One module per page: a route, and the typed values that its template shows."""
