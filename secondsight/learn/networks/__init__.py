"""The networks that are trained here; torch modules only."""
