"""Rules at work. In: what the sentinel saw at one moment of one camera (`Observation`), tracked.
Out: candidates, each reported when a suspicion arises and again, under the same id, when it is over.
Holds a little state per living track and nothing else: no pixels, no clocks, no disks.
"""

from secondsight.behaviour.base import Behaviour, make_behaviours

__all__ = ["Behaviour", "make_behaviours"]
