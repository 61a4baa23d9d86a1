"""The seam between a site and those of its cameras that are watched together, in its own process or another."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from secondsight.cascade import CaseStore
from secondsight.config import SiteConfig
from secondsight.media import Packet
from secondsight.records import Candidate, KeyFrame, Observation, PolicyDecision
from secondsight.site.rule_classes import ModelClasses
from secondsight.site.status import PipelineStatus
from secondsight.store import Screening


@dataclass(frozen=True, slots=True)
class SiteServices:
    """What the frame path asks of the rest of its site.

    Attributes:
        store: where candidates, tracks and counts go.
        decide: the policy's answer for a candidate; at once, it is asked on the frame path.
        screen: what the camera's filters say of a case with its key frames. Raises StoreError.
        make_room: removes old clips when the disk is full; whether it freed anything.
        ready: hears that a case has its clip; returns at once.
    """

    store: CaseStore
    decide: Callable[[Candidate], PolicyDecision]
    screen: Callable[[Candidate, PolicyDecision, Sequence[KeyFrame]], Screening | None]
    make_room: Callable[[], bool]
    ready: Callable[[], None]


class Listener(Protocol):
    """Sees the packets and observations of a pipeline; `Annotator` is one."""

    def feed(self, packet: Packet) -> None: ...
    def observe(self, seen: Observation) -> None: ...


class PipelineHandle(Protocol):
    """Some cameras being watched, in this process or another."""

    @property
    def classes(self) -> ModelClasses:
        """Classes of the detector."""
        ...

    def start(self) -> None:
        """Begin to read."""
        ...

    def tick(self) -> None:
        """Housekeeping; to be called about once a second."""
        ...

    def state(self) -> PipelineStatus:
        """Its present status."""
        ...

    def change(self, config: SiteConfig, cameras: Collection[str], changed: Collection[str]) -> None:
        """Watch these cameras from now on; all but the changed ones go on undisturbed. Takes seconds.

        Args:
            config: all sections but `cameras` and `rules` are as before.
            cameras: names of all cameras that are watched here from now on.
            changed: those of them that begin anew, and those that are not watched any more.

        Raises:
            ModelError: a model of the new rules cannot be used; nothing has changed.
            SourceError: a changed camera does not end; it goes on as before.
        """
        ...

    def ask_to_stop(self) -> None:
        """Read no more; returns at once."""
        ...

    def stop(self) -> None:
        """Read no more, write what is pending, end all threads. Further calls do nothing."""
        ...

    def close(self) -> None:
        """Stop, and release everything. Further calls do nothing."""
        ...
