"""/users, /sessions, /tokens, /audit, /session and /me: people, and how they sign in."""
