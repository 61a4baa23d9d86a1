"""Trained weights in, ONNX files out; published weights in, our networks out."""
