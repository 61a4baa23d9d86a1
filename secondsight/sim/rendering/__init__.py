"""A scene and a time in, a picture and the visible parts out."""
