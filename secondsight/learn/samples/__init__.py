"""Which looks are kept for learning, and how they get onto the disk without the frame path waiting.

In: observations with their frames. Out: JPEGs in `learn/samples` of the data folder, and rows of the index.
"""
