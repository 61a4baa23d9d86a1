"""The yardstick. In: labelled recordings, or the name of a suite of the simulated city, and a site. Out: what the
sentinel alone and sentinel and brain together found, missed and cried wolf about, with confidence intervals, as
tables, JSON or one page; also the figures by themselves: events, boxes, tracks, probabilities. docs/measuring.md
defines every figure.

What it exports is listed in `__init__.pyi`; each name loads its module, with scipy, supervision or matplotlib, when
it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
