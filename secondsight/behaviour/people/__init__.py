"""Behaviours about what people do: tracks, poses and pixels in, candidates out."""
