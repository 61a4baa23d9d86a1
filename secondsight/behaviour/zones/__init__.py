"""Behaviours about zones and lines: tracks in, candidates out."""
