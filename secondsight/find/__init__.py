"""Search by words. In: a text, and key frames of events. Out: the events whose pictures are most like it, with the
place in the picture. Embeddings are kept in the data folder, so that each picture is looked at once.
"""

from secondsight.find.search import FoundEvent, find_events

__all__ = ["FoundEvent", "find_events"]
