"""Sentences that become rules."""
