"""Bundles for machines without a network."""
