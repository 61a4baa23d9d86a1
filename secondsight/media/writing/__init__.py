"""Packets and pictures in; clips, JPEGs and a tidy data folder out."""
