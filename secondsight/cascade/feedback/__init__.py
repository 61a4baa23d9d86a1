"""Feedback and verdicts in; calibrated probabilities and rejection filters out."""
