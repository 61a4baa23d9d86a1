"""Recordings, labels, site files, exports and RTSP streams of a simulated city."""
