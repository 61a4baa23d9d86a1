"""What a camera usually sees, and how the present picture differs from it: for candidates that no detector finds.

One model of the background serves all rules of a camera. It is a running mean that forgets in `FORGET` seconds; what
differs from it is learnt `SLOWER` times as slowly, so that a thing that lies there for a minute is still new. This is
the long-term half of the dual foregrounds of Porikli, Ivanov and Haga ("Robust abandoned-object detection using dual
foregrounds", EURASIP Journal on Advances in Signal Processing, 2008); the short-term half is the comparison with the
picture of a second ago.

Real cameras add what is no change of the scene. Exposure and white balance are followed at once (`lighting`), a mast
that shakes is held still, and another view is learnt anew (`alignment`). How much a place must differ to have changed
depends on its brightness, on the edges there, which no two pictures show quite alike, and on how much it moves all
the time, as leaves, water and rain do. What leaves the first background was made with is told by its outline, which
it takes along (`outline`), and is learnt at once.
"""

import logging
import math
from collections import deque
from statistics import median

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.signals.alignment import another_view, displacement, moved
from secondsight.behaviour.signals.change import (
    SPARSE,
    Change,
    ScaledPictures,
    Resting,
    ScaledPicture,
    covered,
    places,
)
from secondsight.behaviour.signals.image_ops import (
    Bytes,
    Mask,
    blend,
    components,
    either,
    extent,
    furthest,
    median_of_seen,
    mixed,
    relief,
    relit,
    rounded,
    scaled,
)
from secondsight.behaviour.signals.lighting import gains
from secondsight.log import fields
from secondsight.records import Observation, classes_named, label_of

_log = logging.getLogger(__name__)

FIRST_LOOKS = 10
"""Looks whose median, without what is tracked, is the first background: what passes by in fewer than half leaves no
ghost. What was covered in all of them is learnt once it is uncovered, such as the road under a parked car."""
FORGET = 30.0
SLOWER = 10.0
APART = 0.45
"""Minimum seconds between two looks that are compared: a third of them at 5 a second. What these rules are
about takes seconds, and comparing is most of what they cost."""
LEARN = 2.2
"""Times as long between two looks that are learnt from, at least."""
SHORT = 1.0
"""Seconds between the two pictures whose difference tells what moves."""
LEAST = 16
"""Minimum difference, in grey levels of the strongest channel, that is a change; more where the camera is noisy."""
RELATIVE = 0.2
"""Minimum difference as a share of the brightness: a shadow or a lamp changes bright places by more levels."""
EDGES = 0.5
"""Share of the relief of a place that is added to that: a picture moves by half a pixel from look to look."""
SWAY, SWAYS = 20.0, 4.0
"""Seconds in which it is learnt how much a place moves all the time, and how many times that is no change. Noise
moves it by a third of its threshold."""
SIGMAS = 6.0
"""Noise beyond this number of standard deviations is a change: of 57,600 pixels none is expected to."""
LINGER = 2.0
"""Times that long counts a place as covered after the last tracked box there: detectors miss a look or two."""
PEOPLE, RECENT = 0.3, 10.0
"""Margin of people in shares of their boxes, and seconds for which it is remembered where they were."""
NOISES = 24
"""Looks whose median noise is the usual one."""
SUDDEN = 0.6
"""A larger share of the picture changing at once is a camera that was turned, or day and night: begin anew."""
SWITCHED = 0.08
"""A larger share that changes from one look to the next, without being tracked, is a change of light."""
TURNED = 0.2
"""A larger share changing at once may be another view: its edges are compared."""
SHAKEN = 0.02
"""A larger share changing at once may be a camera that shakes."""
RETRY = 2.0
"""Seconds after which it is tried again whether a camera that stood still shakes."""
HELPS = 0.7
"""A shift of the picture is believed if it leaves no more than this share of the changes."""
SETTLES = 30.0
"""Seconds from the first background in which what comes to rest without an outline is learnt at once: the light of
the first looks, and whatever was on its way in them."""
WHOLE = 0.6
"""Minimum share of a changed region that must be at rest for it to be learnt at once: smoke never is."""
LEAST_GHOST = 9
"""Pixels of the smallest ghost that is looked for."""
GAIN = 0.015
"""A smaller change of light is left to what is learnt anyway."""
BRIGHTEST = 1000.0
"""Grey levels up to which it is remembered how bright a place is, which only darker pictures show again."""


class Background:
    """The usual picture of one camera; not thread-safe. Every rule may ask about the same look, it is learnt once.

    Args:
        pictures: where the camera's looks are scaled for all of its backgrounds; a place of its own if not said.
        apart: minimum seconds between two looks that are compared.
        heals: whether what has gone from the background is learnt at once. Who looks for it wants to know for longer.

    Attributes:
        view: counts the views; regions of an earlier one mean nothing any more.
    """

    def __init__(
        self, pictures: ScaledPictures | None = None, *, apart: float = APART, heals: bool = True
    ) -> None:
        self._pictures, self._apart, self._heals = pictures or ScaledPictures(), apart, heals
        self.view = 0
        self.forget()

    def forget(self) -> None:
        """Begin anew: another shape of picture, a clock that went back, or hours in which nobody asked."""
        self.view += 1
        self._asked: Observation | None = None
        self._answer: Change | None = None
        self._first: list[tuple[ScaledPicture, Mask]] = []
        self._unknown: Mask | None = None
        self._covers: deque[tuple[float, Mask]] = deque()
        self._people: NDArray[np.float64] | None = None
        self._noises: deque[float] = deque(maxlen=NOISES)
        self._means: list[NDArray[np.float32]] = []
        self._usual: ScaledPicture | None = None
        self._limit: Bytes | None = None
        self._changed: Mask | None = None
        self._stays: Mask = np.zeros((0, 0), bool)
        self._sway: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._learnt = self._tried = float("-inf")
        self._began = self._healed = float("inf")
        self._shakes = False
        self._resting: dict[bool, Resting] = {}
        self._past: deque[tuple[float, ScaledPicture]] = deque()

    @property
    def age(self) -> float:
        """Seconds since there is a background; below 0 before that."""
        return self._past[-1][0] - self._began if self._past else -1.0

    def another(self, *, apart: float = APART, heals: bool = True) -> "Background":
        """A background of the same camera for a rule to which other tracks hide what lies there."""
        return Background(self._pictures, apart=apart, heals=heals)

    def due(self, observation: Observation) -> bool:
        """Whether a look is compared, or has been: not if it comes too soon after the last that was."""
        if observation is self._asked or not self._means:
            return True
        return not 0 < observation.time - self._past[-1][0] < self._apart

    def compare(self, observation: Observation) -> Change | None:
        """Compare a look and learn from it. None without pixels, if it is not due, and until enough was seen to know
        what is usual.
        """
        if not self.due(observation):
            return None
        if observation is not self._asked:
            self._answer = self._look(observation)
            self._asked = observation
        return self._answer

    def rests(self, change: Change, ignore_tracks: bool) -> Mask:
        """Where the picture has been changed and at rest for RESTING, as `Resting.step`, without ghosts."""
        if ignore_tracks not in self._resting:
            self._resting[ignore_tracks] = Resting(ignore_tracks)
        resting = self._resting[ignore_tracks]
        lying = resting.step(change)
        if self._heals and change.time - self._healed >= LEARN * self._apart:
            self._healed = change.time
            self._heal(change, resting, lying)
        return lying

    def _look(self, observation: Observation) -> Change | None:
        frame = observation.frame
        if frame is None or min(observation.width, observation.height) < 8:
            return None
        now = self._pictures.scaled(frame)
        time = observation.time
        if self._past and (self._past[-1][1].shape != now.shape or time <= self._past[-1][0]):
            self.forget()
        tracked = self._tracked(observation, now.shape)
        if self._means:
            now, differs = self._steadied(time, now, tracked)
            if differs > TURNED and another_view(self._known().grey, now.grey):
                _log.info("another view: it is learnt anew", extra=fields(camera=observation.camera))
                self.forget()
        before, earlier = self._remember(time, now)
        if not self._means:
            self._begin(time, now, tracked)
            return None
        return self._compare(observation, now, before, earlier, tracked)

    def _tracked(self, observation: Observation, shape: tuple[int, ...]) -> Mask:
        """Where tracked objects are; one that a look misses is still there."""
        self._covers.append((observation.time, covered(observation, shape)))
        while observation.time - self._covers[0][0] >= LINGER * self._apart:
            self._covers.popleft()
        return either([cover for _, cover in self._covers])

    def _people_lately(self, observation: Observation, shape: tuple[int, ...]) -> Mask | None:
        """Where people were in the last seconds; None if nowhere."""
        named = classes_named(("person",), observation.labels, observation.groups)
        numbers = observation.detections.class_id
        kinds = [] if numbers is None else numbers.tolist()
        rows = np.array([label_of(observation.labels, kind) in named for kind in kinds], bool)
        if rows.any():
            if self._people is None or self._people.shape != shape:
                self._people = np.full(shape, -np.inf)
            for where in places(observation, shape, PEOPLE, rows):
                self._people[where] = observation.time
        if self._people is None:
            return None
        lately: Mask = self._people >= observation.time - RECENT
        if not lately.any():
            self._people = None
        return lately

    def _steadied(self, time: float, now: ScaledPicture, tracked: Mask) -> tuple[ScaledPicture, float]:
        """The picture in its place, after the background has followed its light, and how much of it differs then."""
        bare = ~tracked[::SPARSE, ::SPARSE].reshape(-1)
        self._relight(now, bare)
        differs = self._differs(now, bare)
        if differs < SHAKEN or not (self._shakes or time - self._tried >= RETRY):
            return now, differs
        self._tried, self._shakes = time, False
        away = displacement(self._known().grey, now.grey)
        if away is None:
            return now, differs
        steady = ScaledPicture(moved(now.planes, away))
        left = self._differs(steady, bare)
        self._shakes = left <= HELPS * differs
        return (steady, left) if self._shakes else (now, differs)

    def _differs(self, now: ScaledPicture, bare: Mask) -> float:
        """Share of the untracked pixels that differ from the background, of a sample of them."""
        differs = np.abs(now.sparse - self._known().sparse).max(axis=0) > LEAST
        return float((differs & bare).sum()) / max(int(bare.sum()), 1)

    def _begin(self, time: float, now: ScaledPicture, tracked: Mask) -> None:
        """Gather the first looks; with the last of them there is a background."""
        self._learnt = self._began = self._healed = time
        self._first.append((now, tracked))
        if len(self._first) < FIRST_LOOKS:
            return
        covers = np.stack([cover for _, cover in self._first])
        unknown: Mask = np.logical_and.reduce(covers)
        self._unknown, hidden = unknown if unknown.any() else None, covers & ~unknown
        for channel in range(3):
            looks = np.stack([picture.planes[channel] for picture, _ in self._first])
            self._means.append(median_of_seen(looks, hidden))
        self._first.clear()
        self._sway = np.zeros(now.shape, np.float32)

    def _remember(self, time: float, now: ScaledPicture) -> tuple[tuple[float, ScaledPicture], ScaledPicture]:
        """Keep the picture; returns the one before with its time, and that of a second ago, or the oldest since."""
        before = self._past[-1] if self._past else (time, now)
        self._past.append((time, now))
        while len(self._past) > 2 and time - self._past[1][0] >= SHORT:
            self._past.popleft()
        return before, self._past[0][1]

    def _compare(
        self,
        observation: Observation,
        now: ScaledPicture,
        before: tuple[float, ScaledPicture],
        earlier: ScaledPicture,
        tracked: Mask,
    ) -> Change | None:
        time = observation.time
        self._uncover(now, tracked)
        usual = self._known()
        difference = furthest(now.planes, usual.planes)
        # A whole number, as PARTS is.
        threshold = int(max(LEAST, SIGMAS * _noise(now, before[1])))
        changed: Mask = difference > self._limits(usual, threshold)
        gap = time - before[0]
        if np.count_nonzero(changed) > SUDDEN * changed.size:
            self._means = [plane.astype(np.float32) for plane in now.planes]
            self._usual = self._limit = self._changed = None
            return None
        if self._switched(now, changed, tracked):
            usual = self._known()
            difference = furthest(now.planes, usual.planes)
            changed = difference > self._limits(usual, threshold)
        self._stays, self._changed = changed if self._changed is None else changed & self._changed, changed
        change = Change(
            *(time, gap, now, usual, before[1], earlier, difference, threshold, changed, tracked, self._sway),
            observation,
            self._people_lately(observation, now.shape),
            median(self._noises) if len(self._noises) >= NOISES // 4 else None,
        )
        self._noises.append(change.noise)
        if time - self._learnt >= LEARN * self._apart:
            self._learn(change)
        return change

    def _switched(self, now: ScaledPicture, changed: Mask, tracked: Mask) -> bool:
        """Whether much has changed from one look to the next, as when lamps or screens are switched: it is learnt at
        once. Smoke and slides grow, and things are smaller."""
        if self._changed is None:
            return False
        new = changed > (self._changed | tracked)
        if np.count_nonzero(new) <= SWITCHED * new.size:
            return False
        for mean, plane in zip(self._means, now.planes, strict=True):
            np.copyto(mean, plane, where=new)
        self._usual = self._limit = None
        return True

    def _limits(self, usual: ScaledPicture, threshold: int) -> Bytes:
        """The most that each pixel may differ without having changed."""
        if self._limit is None:
            dark = min(round(threshold / RELATIVE), 255)  # where the threshold is more than that share
            bright = np.maximum(usual.grey, np.uint8(dark))
            limit = mixed(bright, RELATIVE, relief(usual.grey), EDGES, threshold - RELATIVE * dark)
            self._limit = np.maximum(limit, scaled(self._sway, SWAYS, -SWAYS * threshold / 3))
        return self._limit

    def _heal(self, change: Change, resting: Resting, lying: Mask) -> None:
        """Learn at once what has gone from the background; at first also what rests without being a thing."""
        where = extent(lying, 0)
        if where is None:
            return
        down, right = where[0].start, where[1].start
        labels, table = components((change.changed > change.tracked)[where], 3)
        for number, (x, y, width, height, area) in enumerate(table[1:], 1):
            if area < LEAST_GHOST:
                continue
            place = slice(y + down, y + down + height), slice(x + right, x + right + width)
            mask = labels[y : y + height, x : x + width] == number
            if lying[place][mask].mean() < WHOLE:
                continue
            seen = change.outline(place, mask)
            if seen.ghost or (self.age < SETTLES and not seen.there):
                for mean, plane in zip(self._means, change.now.planes, strict=True):
                    np.copyto(mean[place], plane[place], where=mask)
                resting.leave_out(place, mask)
                self._usual = self._limit = None

    def _known(self) -> ScaledPicture:
        """The background as it is."""
        if self._usual is None:
            blue, green, red = map(rounded, self._means)
            self._usual = ScaledPicture((blue, green, red))
        return self._usual

    def _relight(self, now: ScaledPicture, bare: Mask) -> None:
        """Follow a change of light."""
        # Most looks show none, which is told at half the cost.
        if not bare.any() or max(map(abs, _medians((now.sparse - self._known().sparse)[:, bare]))) < 1:
            return
        found = gains(self._known().sparse[:, bare], now.sparse[:, bare])
        if np.abs(found - 1).max() >= GAIN:
            for mean, gain in zip(self._means, found, strict=True):
                np.minimum(mean * gain, BRIGHTEST, out=mean)
            self._usual = self._limit = None
            # In another light everything would have moved.
            self._past = deque((time, ScaledPicture(relit(past.planes, found))) for time, past in self._past)

    def _uncover(self, now: ScaledPicture, tracked: Mask) -> None:
        """Learn at once how it looks where something tracked has been from the beginning, and is no more."""
        if self._unknown is None:
            return
        bare = self._unknown > tracked
        where = extent(bare, 0)
        if where is None:
            return
        for mean, plane in zip(self._means, now.planes, strict=True):
            np.copyto(mean[where], plane[where], where=bare[where])
        self._usual = self._limit = None
        self._unknown &= tracked
        if not self._unknown.any():
            self._unknown = None

    def _learn(self, change: Change) -> None:
        gap, self._learnt = change.time - self._learnt, change.time
        weight = min(gap / FORGET, 0.2)
        same, new = ~(change.changed | change.tracked), change.changed > change.tracked
        for mean, plane in zip(self._means, change.now.planes, strict=True):
            blend(mean, plane, weight, same)
            blend(mean, plane, weight / SLOWER, new)
        blend(self._sway, change.motion, min(gap / SWAY, 0.2), ~(change.tracked | self._stays))
        self._usual = self._limit = None


def _noise(now: ScaledPicture, before: ScaledPicture) -> float:
    """Standard deviation of the sensor's noise: from the median difference of two looks, which things do not move."""
    steps = np.abs(now.sparse - before.sparse).reshape(1, -1)
    return 1.4826 / math.sqrt(2) * _medians(steps)[0]


def _medians(values: NDArray[np.int32]) -> list[float]:
    """The median of each row of (m, n), of two in the middle the larger one."""
    # Where most are equal NumPy sorts three times as fast as it selects.
    found: list[float] = np.sort(values, axis=1)[:, values.shape[1] // 2].tolist()
    return found
