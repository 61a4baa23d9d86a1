"""What a behaviour is: the seam between rules and the code that judges them."""

from typing import Protocol

from secondsight.records import Candidate, Observation


class Behaviour(Protocol):
    """Turns the observations of one camera and epoch into candidates of one rule.

    A candidate is reported once when it arises (`end` is None) and once more under the same id when it is
    over (`end` set, final scores). Observations come in the order of time; no observation makes a behaviour
    raise.

    Examples:
        Run a rule over three seconds in which a person stands in the picture:

        >>> from pathlib import Path
        >>> import numpy as np
        >>> from supervision import Detections
        >>> from secondsight.behaviour import make_behaviours
        >>> from secondsight.config import make_site
        >>> from secondsight.records import Observation
        >>> def look(time, *boxes):
        ...     n = len(boxes)  # in pixels of a picture of 100 x 100
        ...     detections = Detections(
        ...         xyxy=np.array(boxes, dtype=float).reshape(-1, 4),
        ...         confidence=np.full(n, 0.9),
        ...         class_id=np.zeros(n, dtype=int),
        ...         tracker_id=np.arange(n),
        ...     )
        ...     return Observation("hall", 0, time, 100, 100, detections, ("person",))
        >>> rule = {"behaviour": "intrusion", "zone": "frame"}
        >>> values = {"cameras": {"hall": {"source": "hall.mp4"}}, "rules": {"no-entry": rule}}
        >>> (behaviour,) = make_behaviours("hall", make_site(values, Path()), origin="live")
        >>> found = []
        >>> for step in range(15):
        ...     found += behaviour.update(look(step / 5, (40, 30, 60, 90)))
        >>> found += behaviour.close(3.0)
        >>> [(candidate.rule, candidate.start, candidate.end) for candidate in found]
        [('no-entry', 0.0, None), ('no-entry', 0.0, 2.8)]
        >>> found[0].id == found[1].id
        True
    """

    @property
    def rule(self) -> str:
        """Name of the rule."""
        ...

    def update(self, observation: Observation) -> list[Candidate]:
        """Take the next observation.

        Args:
            observation: not earlier than the one before.

        Returns:
            The candidates that arose or ended with it.
        """
        ...

    def close(self, time: float) -> list[Candidate]:
        """End the epoch. No update follows.

        Args:
            time: UTC seconds of the epoch's end.

        Returns:
            The open candidates; each ends where its object was last seen.
        """
        ...
