"""A CLIP model by ONNX: crops and sentences in, a verdict from their likeness out. Nothing leaves the machine.

What it exports is listed in `__init__.pyi`; each name loads its module when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
