"""A YAML file in; values with line numbers, or mistakes with file, line and key out."""
