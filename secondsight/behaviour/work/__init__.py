"""Behaviours about safety at work: tracks and their attributes in, candidates out."""
