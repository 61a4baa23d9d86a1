"""Solids and the camera: three dimensions in, shaded triangles and pixels out."""
