"""How fast and how large the product is."""
