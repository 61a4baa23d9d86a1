"""The yardstick. In: labelled recordings, or the name of a suite of the simulated city, and a site. Out: what the
sentinel alone and sentinel and brain together found, missed and cried wolf about, with confidence intervals, as
tables, JSON or one page; also the figures by themselves: events, boxes, tracks, probabilities. docs/measuring.md
defines every figure.

Import the modules themselves: they load scipy, supervision, trackers and matplotlib only where they need them.
"""
