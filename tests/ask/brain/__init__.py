"""What a large model does for questions."""
