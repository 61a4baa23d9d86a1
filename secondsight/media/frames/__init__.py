"""Packets and frames: encoded units, decoded pictures, and the ring that keeps the last seconds."""
