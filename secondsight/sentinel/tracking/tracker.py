"""Gives detections identity over time, also through the long stretches without motion and without looks.

The algorithms are those of the `trackers` package, and DeepSORT of our own, driven by timestamps. What is added
is one idea: motionless time does not pass for an object that stands there. A gated camera looks again after ten
seconds or a minute; to a tracker that counts seconds every parked car would be lost by then and come back under
a new id. Here the gate's verdict "nothing moved" stops the clock of every object that was in place, while objects
already out of sight go on ageing: a person who left the room is forgotten after `lost_track` seconds, so that the
next one through the same door gets an id of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, cast

import numpy as np

from secondsight.errors import ModelError, out_of_memory
from secondsight.records import Box, Group
from secondsight.sentinel.tracking.first_step import Expect, expected, first_steps, is_new, lead
from secondsight.sentinel.tracking.kinds import Kinds

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from supervision import Detections

    from secondsight.records import Frame
    from secondsight.sentinel.inference.crop_model import CropModel
    from secondsight.sentinel.inference.letterbox import Letterbox

Kind = Literal["bytetrack", "ocsort", "sort", "botsort", "deepsort"]
Describe = Callable[["Frame", "Sequence[Box]"], "NDArray[np.float32]"]
"""(frame, relative boxes) -> what is in each looks like: float32 (n, d), rows of length one."""

ACTIVATION = 0.4
CONFIRMATIONS = 2
MINIMUM_IOU = 0.1
COLOUR_DISTANCE, REID_DISTANCE = 0.1, 0.3
"""Largest cosine distance of two looks of one object, of colours and of re-identification networks."""
TICK = 1e-3
"""Seconds by which the algorithm's clock advances over motionless time; it takes no step of zero."""
IN_SIGHT = 0.01
"""An object that went unseen for less than this on that clock was only missed in motionless looks."""
STILL_MISSES = 3
"""Motionless looks in a row that may miss an object before it is given up: small models flicker, things do
not."""

_NOWHERE: NDArray[np.float32] = np.empty((0, 4), np.float32)


class FirstLook(NamedTuple):
    """Where a track was when it was seen for the first time: seconds, and its box in pixels, float64 (4,)."""

    time: float
    box: NDArray[np.float64]


class TrackerView(NamedTuple):
    """What a camera's tracker knows after a look. Boxes in pixels of the frame, float32 (n, 4).

    Attributes:
        known: boxes of the tracks that the last look saw, or had no need to see.
        sought: boxes of the tracks that it missed, and of those that are not confirmed yet.
        cut: whether it saw a part of something that lies across its window's edge.
        young: whether any track is not confirmed yet.
        alive: objects, confirmed or not, in sight or recently lost.
        first: the first looks at the tracks that the last look has confirmed, by number.
    """

    known: NDArray[np.float32]
    sought: NDArray[np.float32]
    cut: bool = False
    young: bool = False
    alive: int = 0
    first: Mapping[int, FirstLook] = MappingProxyType({})


class Tracker(Protocol):
    """Identity of the objects of one camera during one epoch. Use one instance per epoch; ids start at 0.

    Things of different groups of classes are never matched, with the exceptions that `Kinds` names; within a group a
    box that flips from car to truck stays one object, whose class is what most of its looks say.

    Examples:
        >>> import numpy as np
        >>> from supervision import Detections
        >>> from secondsight.sentinel import Tracker, make_tracker
        >>> def person(x):
        ...     box = np.array([[x, 100.0, x + 60, 260.0]], dtype=np.float32)
        ...     return Detections(xyxy=box, confidence=np.array([0.9]), class_id=np.array([0]))
        >>> tracker: Tracker = make_tracker("bytetrack", frame_rate=5)
        >>> for step in range(4):  # a new object is confirmed in its second look
        ...     print(tracker.update(person(x=100 + 10 * step), time=step / 5).tracker_id)
        []
        [0]
        [0]
        [0]
        >>> tracker.unchanged(60.0)  # nothing moved for a minute: it is still the same person
        >>> tracker.update(person(x=130), time=60.2).tracker_id
        array([0])
    """

    @property
    def view(self) -> TrackerView:
        """As of the last call. May be read from another thread."""
        ...

    def update(
        self,
        detections: Detections,
        time: float,
        *,
        still: bool = False,
        letterbox: Letterbox | None = None,
        frame: Frame | None = None,
    ) -> Detections:
        """Take the detections of one look.

        Args:
            detections: boxes in pixels, xyxy float32 (n, 4), with confidence 0..1 (n,).
            time: seconds; not before the time of the call before.
            still: nothing has moved since the call before (see `GateDecision.still`).
            letterbox: what the look showed, if not all of the picture. Nothing outside of it has moved, and
                what it cut off does not count.
            frame: the pixels; only `deepsort` needs them.

        Returns:
            The rows that belong to confirmed objects, with `tracker_id` >= 0, never reused, and the class that was
            voted. A motionless look
            that misses an object in place adds its last row: it cannot have left without a motion. So does a
            look for all that it did not show.

        Raises:
            ValueError: `confidence` is missing, `frame` is missing and needed, or time runs backwards.
        """
        ...

    def unchanged(self, time: float) -> None:
        """Let time pass without a look, because nothing has moved since the call before.

        Args:
            time: seconds; not before the time of the call before.

        Raises:
            ValueError: time runs backwards.
        """
        ...


def make_tracker(
    kind: Kind,
    frame_rate: float,
    lost_track: float = 2.0,
    activation: float = ACTIVATION,
    reid: CropModel | None = None,
    groups: Sequence[Group] = (),
) -> Tracker:
    """Make a tracker for one camera and epoch.

    Args:
        kind: `bytetrack` (Zhang et al., "ByteTrack", ECCV 2022), `ocsort` (Cao et al., "Observation-Centric
            SORT", CVPR 2023), `sort` (Bewley et al., "Simple Online and Realtime Tracking", ICIP 2016),
            `botsort` (Aharon et al., "BoT-SORT", 2022, here without camera motion compensation) or `deepsort`
            (Wojke et al., ICIP 2017).
        frame_rate: looks per second in motion, the unit of the algorithms' motion models.
        lost_track: seconds after which an unseen object is forgotten.
        activation: lowest confidence of a detection that may begin a track, 0..1. ByteTrack continues tracks
            with weaker ones too.
        reid: describes what objects look like, for `deepsort`; without it their colours do.
        groups: of the detector's classes, by position; none: everything is of one kind.

    Returns:
        A fresh tracker. Its clock stands still while nothing moves.

    Raises:
        ModelError: the `trackers` package cannot be loaded, or there is no such tracker.

    Examples:
        >>> import numpy as np
        >>> from supervision import Detections
        >>> from secondsight.sentinel import make_tracker
        >>> def person(x):
        ...     box = np.array([[x, 100.0, x + 60, 260.0]], dtype=np.float32)
        ...     return Detections(xyxy=box, confidence=np.array([0.9]), class_id=np.array([0]))
        >>> tracker = make_tracker("ocsort", frame_rate=5, lost_track=2.0)
        >>> tracks = [tracker.update(person(x=100 + 10 * step), time=step / 5) for step in range(5)]
        >>> tracks[-1].tracker_id
        array([0])
    """
    if kind == "deepsort":
        from secondsight.sentinel.tracking.appearance import colours
        from secondsight.sentinel.tracking.deepsort import DeepSort, Tracklet

        distance = COLOUR_DISTANCE if reid is None else REID_DISTANCE
        algorithm = DeepSort(lost_track, activation, CONFIRMATIONS, distance)
        describe = colours if reid is None else _describer(reid)
        return PausingTracker(
            algorithm, Tracklet.lead, Tracklet.expected, lost_track, activation, groups, describe
        )

    def lead_by(track: Any, box: NDArray[np.float64], seconds: float) -> None:
        lead(track, box, seconds * frame_rate)

    def expect(track: Any, seconds: float) -> NDArray[np.float64]:
        return expected(track, seconds * frame_rate)

    algorithm = _algorithm(kind, frame_rate, lost_track, activation)
    return PausingTracker(algorithm, lead_by, expect, lost_track, activation, groups)


def _describer(model: CropModel) -> Describe:
    def describe(frame: Frame, boxes: Sequence[Box]) -> NDArray[np.float32]:
        vectors = model.vectors(frame, boxes)
        return np.stack(vectors) if vectors else np.empty((0, 1), np.float32)

    return describe


def _algorithm(kind: Kind, frame_rate: float, lost_track: float, activation: float) -> Any:
    try:
        import trackers
    except ImportError as error:
        if out_of_memory(error):
            raise ModelError(f"the tracker cannot be loaded ({error})") from error
        raise ModelError(
            f"the tracker cannot be loaded ({error}): OpenCV needs the system's libGL; install it "
            "(Debian and Ubuntu: apt install libgl1 libglib2.0-0)"
        ) from error
    common: dict[str, Any] = {
        "frame_rate": frame_rate,
        # The package counts in frames at 30 per second.
        "lost_track_buffer": max(1, round(lost_track * 30)),
        "minimum_consecutive_frames": CONFIRMATIONS,
        "minimum_iou_threshold": MINIMUM_IOU,
    }
    if kind == "bytetrack":
        return trackers.ByteTrackTracker(
            **common, track_activation_threshold=activation, high_conf_det_threshold=activation
        )
    if kind == "ocsort":
        return trackers.OCSORTTracker(**common, high_conf_det_threshold=activation)
    if kind == "sort":
        return trackers.SORTTracker(**common, track_activation_threshold=activation)
    if kind == "botsort":
        # Its gain over ByteTrack is the compensation of the camera's own motion, which these cameras do not have, and
        # a state of width and height instead of area and aspect.
        del common["minimum_iou_threshold"]
        return trackers.BoTSORTTracker(
            **common,
            track_activation_threshold=activation,
            high_conf_det_threshold=activation,
            minimum_iou_threshold_first_assoc=MINIMUM_IOU,
            minimum_iou_threshold_second_assoc=MINIMUM_IOU,
            minimum_iou_threshold_unconfirmed_assoc=MINIMUM_IOU,
            enable_cmc=False,
            instant_first_frame_activation=False,
        )
    raise ModelError(f"unknown tracker `{kind}`; choose bytetrack, ocsort, sort, botsort or deepsort")


class PausingTracker:
    """An algorithm of the `trackers` package, or one like them, whose clock stands still while nothing moves."""

    def __init__(
        self,
        algorithm: Any,
        lead: Callable[[Any, NDArray[np.float64], float], None],
        expect: Expect,
        lost_track: float,
        activation: float,
        groups: Sequence[Group],
        describe: Describe | None = None,
    ) -> None:
        self._algorithm, self._lost_track, self._activation = algorithm, lost_track, activation
        self._lead, self._expect = lead, expect
        self._kinds, self._describe = Kinds(groups), describe
        self._time: float | None = None
        self._clock = 0.0
        self._rows: Detections | None = None
        self._young: list[tuple[Any, FirstLook]] = []
        self.view = TrackerView(_NOWHERE, _NOWHERE)

    def update(
        self,
        detections: Detections,
        time: float,
        *,
        still: bool = False,
        letterbox: Letterbox | None = None,
        frame: Frame | None = None,
    ) -> Detections:
        """See `Tracker.update`."""
        if detections.confidence is None:
            raise ValueError("detections without confidence cannot be tracked")
        elapsed = self._advance(time)
        detections = self._kinds.distinct(detections)
        if self._describe is not None:
            detections = _described(detections, frame, self._describe)
        cut = False
        if letterbox is not None and letterbox.partial:
            detections, cut = self._completed(detections, letterbox)
        if still:
            self._age_lost(elapsed)
        passed = TICK if still else max(TICK, elapsed)
        self._clock += passed
        apart = self._kinds.apart(detections, self._clock)
        if not still:
            places = np.asarray(apart.xyxy, np.float64)
            for track, box in first_steps(self._algorithm.tracks, places, MINIMUM_IOU, self._expect, passed):
                self._lead(track, box, passed)
        tracked = self._algorithm.update(apart, timestamp=self._clock)
        rows = self._kinds.together(tracked[tracked.tracker_id >= 0], detections, self._clock)
        self._kinds.forget({track.tracker_id for track in self._algorithm.tracks})
        if still:
            self._give_up()
            rows = self._with_missed(rows)
        self._rows = rows
        first = {track.tracker_id: look for track, look in self._young if track.tracker_id >= 0}
        self._young = [
            (track, FirstLook(time, self._kinds.back(track.get_state_bbox()[None])[0]))
            for track in self._algorithm.tracks
            if is_new(track)
        ]
        young = any(track.tracker_id < 0 for track in self._algorithm.tracks)
        known = np.asarray(rows.xyxy, np.float32)
        self.view = TrackerView(known, self._sought(), cut, young, self._count_alive(), first)
        return rows

    def unchanged(self, time: float) -> None:
        """See `Tracker.unchanged`."""
        self._age_lost(self._advance(time))
        self.view = self.view._replace(alive=self._count_alive())

    def _advance(self, time: float) -> float:
        elapsed = 0.0 if self._time is None else time - self._time
        if not elapsed >= 0:
            raise ValueError(f"time runs backwards: {time} after {self._time}")
        self._time = time
        return elapsed

    def _completed(self, detections: Detections, letterbox: Letterbox) -> tuple[Detections, bool]:
        """Without what the look cut off, with what it did not show; and whether it cut off anything that counts."""
        from supervision import Detections

        assert detections.confidence is not None
        cut = letterbox.cut(detections.xyxy)
        cuts = False
        if cut.any():
            cuts = bool((detections.confidence[cut] >= self._activation).any())
            detections = cast(Detections, detections[~cut])
        if self._rows is None or not len(self._rows):
            return detections, cuts
        away = ~letterbox.touched(self._rows.xyxy)
        if not away.any():
            return detections, cuts
        unmoved = cast(Detections, self._rows[away])
        unmoved.tracker_id = None
        return Detections.merge([detections, unmoved]), cuts

    def _sought(self) -> NDArray[np.float32]:
        """Boxes of the tracks that wait to be seen: missed, or not confirmed yet."""
        boxes = [
            track.get_state_bbox()
            for track in self._algorithm.tracks
            if (track.time_since_update or track.tracker_id < 0)
            and track.time_since_update_seconds <= self._lost_track
        ]
        return self._kinds.back(np.array(boxes, np.float32).reshape(-1, 4))

    def _age_lost(self, elapsed: float) -> None:
        for track in self._algorithm.tracks:
            if track.time_since_update_seconds > IN_SIGHT:
                track.time_since_update_seconds += elapsed

    def _give_up(self) -> None:
        for track in self._algorithm.tracks:
            if track.time_since_update >= STILL_MISSES:
                track.time_since_update_seconds = float("inf")

    def _with_missed(self, rows: Detections) -> Detections:
        """`rows`, and the last row of every object in place that they lack."""
        before = self._rows
        if before is None or before.tracker_id is None or rows.tracker_id is None:
            return rows
        in_place = [
            track.tracker_id
            for track in self._algorithm.tracks
            if track.time_since_update_seconds <= IN_SIGHT
        ]
        missed = np.isin(before.tracker_id, in_place) & ~np.isin(before.tracker_id, rows.tracker_id)
        if not missed.any():
            return rows
        from supervision import Detections

        return Detections.merge([rows, cast(Detections, before[missed])])

    def _count_alive(self) -> int:
        tracks = self._algorithm.tracks
        return sum(track.time_since_update_seconds <= self._lost_track for track in tracks)


def _described(detections: Detections, frame: Frame | None, describe: Describe) -> Detections:
    """The detections, and in their `data` what each looks like."""
    from secondsight.sentinel.inference.crop_model import relative
    from secondsight.sentinel.tracking.appearance import APPEARANCE

    if frame is None:
        raise ValueError("this tracker needs the frame")
    result = cast("Detections", detections[np.arange(len(detections))])
    result.data = {**detections.data, APPEARANCE: describe(frame, relative(detections.xyxy, frame))}
    return result
