"""Where things are: zones and lines, the ground plane, sizes by perspective. Relative coordinates in, answers out."""
