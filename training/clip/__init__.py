"""Trains and measures `city-clip`, the brain of the simulated city."""
