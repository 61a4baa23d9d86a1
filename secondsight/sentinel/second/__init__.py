"""Tracks of a look in, what second-stage models say of them out: attributes, poses, regions, text."""
