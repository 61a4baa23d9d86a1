"""The gate against drawn scenes whose truth is known, and against the real videos."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.config.sections.site import GateSettings
from secondsight.records import Box
from secondsight.sentinel.attention.gate import LEARNING, RECHECK, TAIL, Gate, GateDecision
from secondsight.sentinel.attention.motion import watched
from secondsight.sentinel.inference.detector import Detector
from tests.conftest import require
from tests.sentinel.pictures import Picture, decode
from tests.table import table

WIDTH, HEIGHT, FPS = 768, 432, 12.5
RNG = np.random.default_rng(7)
_BEGIN = RNG.bit_generator.state


def scene() -> NDArray[np.uint8]:
    """A room: a bright wall, a dark floor, soft texture."""
    picture = np.full((HEIGHT, WIDTH), 150.0)
    picture[HEIGHT // 2 :] = 80
    coarse = np.random.default_rng(3).normal(0, 6, (HEIGHT // 8, WIDTH // 8))
    picture += np.repeat(np.repeat(coarse, 8, axis=0), 8, axis=1)
    return picture.clip(0, 255).astype(np.uint8)


ROOM = scene()


@pytest.fixture(autouse=True)
def _the_same_noise_in_any_order() -> None:
    RNG.bit_generator.state = _BEGIN


def person(x: float, contrast: int = 40, room: NDArray[np.uint8] = ROOM) -> NDArray[np.uint8]:
    """The room with somebody of 15% of its height whose left edge is at pixel `x`."""
    picture = room.astype(np.int16)
    picture[200:265, int(x) : int(x) + 22] -= contrast
    return picture.clip(0, 255).astype(np.uint8)


def noisy(picture: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    if not sigma:
        return picture
    noise = RNG.standard_normal(picture.shape, np.float32)
    return (picture + sigma * noise).clip(0, 255).round().astype(np.uint8)


def decide(
    gate: Gate, frame: Any, *, tracked: bool = False, expected: Sequence[Box] | None = None
) -> GateDecision:
    """Both steps of the gate for one frame."""
    return gate.decide(gate.compare(frame), tracked=tracked, expected=expected)


def watch(
    gate: Gate, pictures: Iterable[NDArray[np.uint8]], start: float = 0.0, alive: bool = False
) -> list[GateDecision]:
    return [
        decide(gate, Picture(picture, start + number / FPS, index=number), tracked=alive)
        for number, picture in enumerate(pictures)
    ]


def reasons(decisions: Sequence[GateDecision]) -> Counter[str]:
    return Counter(decision.reason for decision in decisions)


def seconds(duration: float, picture: Callable[[int], NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    return [picture(number) for number in range(round(duration * FPS))]


def test_a_still_picture_is_looked_at_once() -> None:
    decisions = watch(Gate(GateSettings()), seconds(8, lambda _: ROOM))
    assert reasons(decisions) == {"first": 1, "still": 99}
    assert [decision.infer for decision in decisions] == [True] + [False] * 99


@table("contrast", [-60, -25, 25, 60])
@table("sigma", [0, 3])
def test_a_small_person_opens_the_gate_at_once(contrast: int, sigma: float) -> None:
    gate = Gate(GateSettings())
    watch(gate, seconds(3, lambda _: noisy(ROOM, sigma)))
    walk = watch(gate, seconds(6, lambda n: noisy(person(100 + 4 * n, contrast), sigma)), start=3)
    assert {decision.reason for decision in walk} == {"motion"}
    assert all(0.0005 <= decision.motion <= 0.02 for decision in walk)


def test_what_moved_is_where_the_gate_says_it_is() -> None:
    gate = Gate(GateSettings())
    still = watch(gate, seconds(3, lambda _: ROOM))
    assert all(decision.where is None for decision in still)
    walk = watch(gate, seconds(4, lambda n: person(100 + 4 * n)), start=3)
    for number, decision in enumerate(walk):
        assert decision.where is not None
        x1, y1, x2, y2 = np.array(decision.where) * (WIDTH, HEIGHT, WIDTH, HEIGHT)
        left = 100 + 4 * number
        assert left - 40 <= x1 <= left + 4
        assert left + 18 <= x2 <= left + 34
        assert 192 <= y1 <= 204
        assert 260 <= y2 <= 274
    after = watch(gate, seconds(6, lambda _: ROOM), start=7)
    assert after[0].where is not None, "where it was last seen to move"
    assert after[-1].where is None


def foreseeing(
    expected: Callable[[float], list[Box] | None], pictures: Iterable[NDArray[np.uint8]]
) -> list[GateDecision]:
    """Decisions of a gate with a look a second while all motion is foreseen."""
    gate = Gate(GateSettings(), fps=5, steady_fps=1)
    return [
        decide(gate, Picture(picture, number / 5, index=number), tracked=True, expected=expected(number / 5))
        for number, picture in enumerate(pictures)
    ]


def around(x: float, room: float = 30.0) -> Box:
    """The person of `person(x)` with some room around."""
    return Box((x - room) / WIDTH, (200 - room) / HEIGHT, (x + 22 + room) / WIDTH, (265 + room) / HEIGHT)


def test_foreseen_motion_is_looked_at_once_a_second_and_the_look_shows_all_that_moved_since() -> None:
    walk = [ROOM, ROOM] + [person(20 + 10 * n) for n in range(30)]
    seen = foreseeing(lambda time: [around(20 + 50 * (time - 0.4))], walk)
    looks = [number for number, decision in enumerate(seen) if decision.infer]
    assert looks == list(range(0, 32, 5)), "the first look begins the beat"
    assert {decision.reason for decision in seen[2:5]} == {"foreseen"}
    for number in looks[1:]:
        where = seen[number].where
        assert where is not None
        x = 20 + 10 * (number - 2)
        assert where.x1 * WIDTH <= max(20, x - 40) + 4
        assert where.x2 * WIDTH >= x + 22 - 4


def test_motion_beside_what_is_foreseen_is_looked_at_in_the_same_frame() -> None:
    def both(n: int) -> NDArray[np.uint8]:
        picture = person(20 + 10 * n)
        return person(600 - 10 * n, room=picture) if n >= 12 else picture

    seen = foreseeing(lambda time: [around(20 + 50 * (time - 0.4))], [ROOM, ROOM, *map(both, range(20))])
    assert not seen[13].infer
    assert all(decision.reason == "motion" for decision in seen[14:])


def test_nothing_foreseen_is_looked_at_as_often_as_allowed() -> None:
    walk = [ROOM, ROOM] + [person(20 + 10 * n) for n in range(20)]
    assert all(decision.infer for decision in foreseeing(lambda time: None, walk)[2:])
    assert all(decision.infer for decision in foreseeing(lambda time: [], walk)[2:])


def test_where_somebody_stood_for_long_nothing_is_new_after_he_has_left() -> None:
    stays = [ROOM] + [person(300)] * 50 + [ROOM] * 50
    plain, seen = foreseeing(lambda time: None, stays), foreseeing(lambda time: [], stays)
    assert all(seen[number].infer for number in (1, 51)), "he comes, he goes"
    assert sum(decision.infer for decision in seen) < sum(decision.infer for decision in plain) / 2


def test_what_moved_unseen_is_looked_at_when_it_stops() -> None:
    seen = foreseeing(
        lambda time: [around(300, 60)], [ROOM, ROOM, person(300), ROOM, ROOM, ROOM, ROOM, *[ROOM] * 9]
    )
    after = [decision.reason for decision in seen[2:]]
    assert after.index("motion") < after.index("still"), "nothing is called still before a look"


@pytest.mark.parametrize("sigma", [2, 5, 8, 12])
def test_sensor_noise_does_not_open_the_gate(sigma: float) -> None:
    gate = Gate(GateSettings(refresh=60))
    watch(gate, seconds(4, lambda _: noisy(ROOM, sigma)))
    night = watch(gate, seconds(8, lambda _: noisy(ROOM, sigma)), start=4)
    assert reasons(night) == {"still": 100}


def test_sparks_do_not_open_the_gate() -> None:
    def sparkling(_: int) -> NDArray[np.uint8]:
        picture = ROOM.copy()
        picture[RNG.random(ROOM.shape) < 0.002] = 255
        return picture

    gate = Gate(GateSettings(refresh=60))
    assert reasons(watch(gate, seconds(8, sparkling)))["motion"] == 0


def test_a_swaying_camera_does_not_open_the_gate() -> None:
    street = ROOM.copy()
    street[100:110] = street[:, 300:312] = 240

    def swaying(number: int) -> NDArray[np.uint8]:
        across, down = round(2 * np.sin(number / 3)), round(2 * np.cos(number / 4))
        return street[8 + down : -8 + down, 8 + across : -8 + across]

    assert reasons(watch(Gate(GateSettings(refresh=60)), seconds(8, swaying)))["motion"] == 0


@pytest.mark.parametrize("settles", [True, False])
def test_what_has_come_to_rest_is_looked_at_again_for_rules_about_the_scene(settles: bool) -> None:
    gate = Gate(GateSettings(refresh=60), settles=settles)
    quiet = watch(gate, seconds(9, lambda _: ROOM))
    looks = sum(decision.infer for decision in quiet) / FPS
    assert looks == pytest.approx(LEARNING if settles else 1 / FPS, abs=3 / FPS)
    watch(gate, seconds(2, lambda n: person(100 + 8 * n)), start=9)
    after = reasons(watch(gate, seconds(20, lambda _: ROOM), start=11))
    # 1, 2, 4 and 8 seconds after the look before.
    assert after["recheck"] == (4 if settles else 0)


def test_looking_goes_on_for_a_moment_after_the_motion() -> None:
    gate = Gate(GateSettings())
    watch(gate, seconds(3, lambda _: ROOM))
    watch(gate, seconds(2, lambda n: person(100 + 8 * n)), start=3)
    after = watch(gate, seconds(4, lambda _: ROOM), start=5)
    looks = [number for number, decision in enumerate(after) if decision.infer]
    assert looks == list(range(len(looks)))
    assert TAIL - 1 / FPS <= len(looks) / FPS <= TAIL + 1 / FPS


def test_what_has_stopped_becomes_background_and_what_leaves_is_seen() -> None:
    gate = Gate(GateSettings(refresh=60))
    watch(gate, seconds(2, lambda _: ROOM))
    watch(gate, seconds(4, lambda n: person(100 + 4 * n, 100)), start=2)
    parked = watch(gate, seconds(20, lambda _: person(300, 100)), start=6)
    opened = [number / FPS for number, decision in enumerate(parked) if decision.infer]
    assert 2 < opened[-1] < 10, "neither forgotten at once nor watched for ever"
    leaves = watch(gate, seconds(2, lambda n: person(300 + 4 * n, 100)), start=26)
    assert [decision.reason for decision in leaves[2:]] == ["motion"] * (len(leaves) - 2)


@pytest.mark.parametrize(("before", "after"), [(225, 255), (30, 0), (0, 255), (255, 0)])
def test_the_extremes_of_brightness_are_learnt_too(before: int, after: int) -> None:
    """A lamp or a black car that stays becomes background whatever grey it has and stands before."""
    wall = np.full((HEIGHT, WIDTH), before, np.uint8)
    parked = wall.copy()
    parked[100:200, 100:200] = after
    gate = Gate(GateSettings(refresh=60))
    watch(gate, seconds(2, lambda _: wall))
    stays = watch(gate, seconds(25, lambda _: parked), start=2)
    assert stays[0].reason == "motion"
    assert {decision.reason for decision in stays[-50:]} == {"still"}


def test_something_passing_leaves_no_trail() -> None:
    gate = Gate(GateSettings(refresh=60))
    watch(gate, seconds(2, lambda _: ROOM))

    def van(n: int) -> NDArray[np.uint8]:
        picture = ROOM.copy()
        picture[150:300, 8 * n : 8 * n + 160] = 230
        return picture

    watch(gate, seconds(8, van), start=2)
    after = watch(gate, seconds(4, lambda _: ROOM), start=10)
    assert max(number for number, decision in enumerate(after) if decision.infer) / FPS < TAIL + 0.5


@table(("gain", "offset"), [(0.6, 0), (1.5, 0), (1, 60), (0.5, 90), (1, -50)])
def test_light_is_looked_at_once(gain: float, offset: float) -> None:
    lit = (ROOM * float(gain) + offset).clip(0, 255).astype(np.uint8)
    gate = Gate(GateSettings(refresh=60))
    watch(gate, seconds(3, lambda _: ROOM))
    after = watch(gate, seconds(3, lambda _: lit), start=3)
    assert after[0].reason == "light"
    assert reasons(after[1:]) == {"still": len(after) - 1}


def test_a_person_in_changing_light_is_seen() -> None:
    gate = Gate(GateSettings(refresh=60))
    watch(gate, seconds(3, lambda _: ROOM))

    def walk(n: int) -> NDArray[np.uint8]:
        return (person(100 + 4 * n) * (0.6 if n % 20 > 10 else 1.0)).astype(np.uint8)

    decisions = watch(gate, seconds(5, walk), start=3)
    assert all(decision.infer for decision in decisions)
    assert reasons(decisions)["motion"] > 0.9 * len(decisions)


def test_light_does_not_make_a_standing_person_background() -> None:
    gate = Gate(GateSettings(refresh=60))
    watch(gate, seconds(3, lambda _: ROOM))
    watch(gate, seconds(1, lambda _: person(300, 70)), start=3)
    dimmed = watch(gate, seconds(1, lambda _: (person(300, 70) * 0.6).astype(np.uint8)), start=4)
    assert all(decision.motion > 0 for decision in dimmed)


def test_another_picture_altogether_is_looked_at_once() -> None:
    gate = Gate(GateSettings(refresh=60))
    watch(gate, seconds(3, lambda _: ROOM))
    other = np.ascontiguousarray(ROOM[::-1, ::-1])
    after = watch(gate, seconds(3, lambda _: other), start=3)
    assert reasons(after) == {"light": 1, "still": len(after) - 1}


def test_masks_are_blind_inside_and_only_there() -> None:
    clock = ((0.1, 0.4), (0.5, 0.4), (0.5, 0.7), (0.1, 0.7))
    gate = Gate(GateSettings(refresh=60), (clock,))
    watch(gate, seconds(1, lambda _: ROOM))
    inside = watch(gate, seconds(3, lambda n: person(100 + 4 * n)), start=1)
    assert reasons(inside) == {"still": len(inside)}
    outside = watch(gate, seconds(3, lambda n: person(420 + 4 * n)), start=4)
    assert reasons(outside) == {"motion": len(outside)}


def test_a_mask_over_everything_leaves_only_refreshes() -> None:
    gate = Gate(GateSettings(refresh=1), (((0, 0), (1, 0), (1, 1), (0, 1)),))
    decisions = watch(gate, seconds(4, lambda n: person(100 + 4 * n)))
    assert reasons(decisions).keys() == {"first", "still", "refresh"}


def test_watched_excludes_the_polygons_by_area() -> None:
    triangle, square = ((0, 0), (1, 0), (0, 1)), ((0.75, 0.75), (1, 0.75), (1, 1), (0.75, 1))
    kept = watched((triangle, square), (108, 192))
    assert kept.mean() == pytest.approx(1 - 0.5 - 1 / 16, abs=0.01)
    assert not kept[0, 0]
    assert kept[70, 140]
    assert not kept[-1, -1]


@pytest.mark.parametrize("refresh", [0.5, 2, 5])
def test_refresh_is_forced(refresh: float) -> None:
    decisions = watch(Gate(GateSettings(refresh=refresh)), seconds(20, lambda _: ROOM))
    times = [number / FPS for number, decision in enumerate(decisions) if decision.infer]
    gaps = np.diff(times)
    assert gaps.min() >= refresh
    assert gaps.max() <= refresh + 1 / FPS


def test_objects_that_stand_still_are_rechecked_less_and_less_often() -> None:
    gate = Gate(GateSettings(refresh=10))
    decisions = watch(gate, seconds(60, lambda _: ROOM), alive=True)
    times = [number / FPS for number, decision in enumerate(decisions) if decision.infer]
    wanted = [RECHECK, 2 * RECHECK, 4 * RECHECK, 8 * RECHECK, 10, 10]
    assert np.diff(times)[:6] == pytest.approx(wanted, abs=3 / FPS)
    assert all(decision.still == (decision.reason != "first") for decision in decisions)
    assert not any(decision.infer for decision in watch(gate, seconds(1, lambda _: ROOM), start=60))


def test_switched_off_every_frame_is_looked_at_within_the_rate() -> None:
    assert reasons(watch(Gate(GateSettings(enabled=False)), seconds(4, lambda _: ROOM))) == {"off": 50}
    limited = watch(Gate(GateSettings(enabled=False), fps=5), seconds(4, lambda _: ROOM))
    assert reasons(limited) == {"off": 20, "rate": 30}


def test_a_new_epoch_is_looked_at_and_may_have_another_size_and_an_earlier_time() -> None:
    gate = Gate(GateSettings(refresh=60))
    watch(gate, seconds(2, lambda _: ROOM), start=100)
    again = decide(gate, Picture(ROOM, 5.0, epoch=1))
    smaller = decide(gate, Picture(np.ascontiguousarray(ROOM[:240, :320]), 6.0, epoch=2))
    assert (again.reason, smaller.reason) == ("first", "first")
    assert decide(gate, Picture(np.ascontiguousarray(ROOM[:240, :320]), 6.1, epoch=2)).reason == "still"


def test_real_video_of_a_car_park(data_dir: Path) -> None:
    gate = Gate(GateSettings(refresh=60))
    frames = list(decode(data_dir / "videos" / "car-detection.mp4"))
    opened = [decide(gate, frame).infer for frame in frames]
    # Frames without any car or its halo, by eye; the camera sways and follows the light all the time.
    quiet = [*range(1, 54), *range(128, 178), *range(278, 303)]
    assert np.mean([opened[number] for number in quiet]) <= 0.1
    passing = [*range(60, 95), *range(190, 230), *range(318, 340)]
    assert all(opened[number] for number in passing)


def test_real_video_of_people(data_dir: Path) -> None:
    """Every frame in which the detector sees somebody move opens the gate, from the first sight of each.

    Boxes jitter by up to 2% of the picture's height where nobody moves.
    """
    path = data_dir / "models" / "yolox_nano.onnx"
    require(path.is_file(), f"model absent: {path}")
    labels = ("person", *(f"class {number}" for number in range(1, 80)))
    model = SimpleNamespace(name="yolox-nano", path=path, labels=labels, groups=(), family=None, size=None)
    detector, gate = Detector.open(model), Gate(GateSettings())
    every, looks, decisions = 5, [], []
    for frame in islice(decode(data_dir / "videos" / "one-by-one-person-detection.mp4"), 750):
        decisions.append(decide(gate, frame))
        if frame.index % every == 0:
            looks.append(detector.submit(*detector.prepare(frame), 0.5, 0.5))
    boxes = [largest_person(look.result()) for look in looks]
    detector.close()
    moved = [
        number * every
        for number in range(1, len(boxes))
        if (now := boxes[number]) is not None
        and ((before := boxes[number - 1]) is None or np.abs(now - before).max() > 8)
    ]
    assert len(moved) > 25
    assert [number for number in moved if not decisions[number].infer] == []
    assert np.mean([decision.infer for decision in decisions]) < 0.9


def largest_person(detections: object) -> NDArray[np.float32] | None:
    people = detections[detections.class_id == 0]  # type: ignore[index, attr-defined]
    return people.xyxy[people.area.argmax()] if len(people) else None
