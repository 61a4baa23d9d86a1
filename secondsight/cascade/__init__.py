"""The second look. In: candidates with their camera's packets and tracks. Out: settled events in the store.

A candidate becomes a durable case at once, gets its clip and key frames when their last packet has come, waits in
the store's queue, is reviewed by the brain within its lease and deadline, and ends as a verdict. `policy.decide` says
which candidates go that way; `Recorder` and `BrainWorkers` run beside the frame path, never on it.
"""

from secondsight.cascade.policy import decide
from secondsight.cascade.recorder import Recorder
from secondsight.cascade.tape import Recording, Tape
from secondsight.cascade.workers import BrainWorkers

__all__ = ["BrainWorkers", "Recorder", "Recording", "Tape", "decide"]
