"""A CLIP model by ONNX: crops and sentences in, a verdict from their likeness out. Nothing leaves the machine."""
