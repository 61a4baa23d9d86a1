"""Behaviours on roads: tracks and changed patches in, candidates out."""
