"""Trains and measures `city-nano`, the detector of the simulated city."""
