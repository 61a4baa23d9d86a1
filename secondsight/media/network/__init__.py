"""Connections to cameras. In: an address, and where it may lead. Out: bytes for FFmpeg, counted."""
