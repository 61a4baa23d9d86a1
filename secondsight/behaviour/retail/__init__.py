"""Behaviours at shelves: tracks and changed patches in, candidates out."""
