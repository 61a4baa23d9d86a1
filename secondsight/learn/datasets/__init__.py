"""Immutable versions of what training learns from, and the formats in which labels come and go.

In: the index's samples and labels. Out: folders `learn/datasets/v0001` with pictures, labels and a card, and files in
the formats of COCO, YOLO, CVAT, Label Studio and MOT.
"""
