"""One module per section of the site file: its settings, their defaults and checks."""
