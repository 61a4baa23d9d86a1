"""Frames and crops in, detections out: letterbox, detector, masks, and the scheduler that batches over cameras."""
