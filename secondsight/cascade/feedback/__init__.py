"""What people said of events in; calibrated probabilities and rejection filters out."""
