"""A model file and batches of pixels in, output tensors out; by OpenVINO or ONNX Runtime."""
