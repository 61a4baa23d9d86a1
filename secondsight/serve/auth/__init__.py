"""Who is asking, and what they may do. In: requests with a session, token or trusted header. Out: a `Principal`."""
