"""Probabilities and outcomes in; calibration curves, and how reliable the probabilities are, out."""
