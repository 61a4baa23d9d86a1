"""Real servers, started by tests."""
