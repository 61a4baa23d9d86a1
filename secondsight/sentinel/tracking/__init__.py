"""Detections of one camera in, the same with the tracks' numbers out."""
