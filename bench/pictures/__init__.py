"""Pictures for the documentation, made by the product."""
