"""A request in, a prompt out; a model's text in, a checked answer out. No network here."""
