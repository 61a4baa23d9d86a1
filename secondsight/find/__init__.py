"""Search by words. In: a text, and key frames of events. Out: the events whose pictures are most like it, with the
place in the picture; a large model, where there is one, looks at the best of them. Embeddings are kept in the data
folder, so that each picture is looked at once.
"""

from secondsight.find.search import FoundEvent, find_events
from secondsight.find.verify import FindVerifier, VerifiedFinds

__all__ = ["FindVerifier", "FoundEvent", "VerifiedFinds", "find_events"]
