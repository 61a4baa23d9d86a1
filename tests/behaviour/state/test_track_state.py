"""What happens to state when tracks break, come back or die."""

import pytest

from secondsight.behaviour.signals.views import ViewCache
from secondsight.behaviour.state.track_state import TrackStates
from secondsight.config import ObjectRule
from secondsight.records import Observation, TrackId
from tests.behaviour.scene import INSIDE, T0, Being, line, look, pattern, play, rule, times
from tests.table import table


def broken(gap: int, shift: float = 0.0, number: int = 2) -> list[Observation]:
    """Somebody in the zone whom the tracker loses for `gap` looks and finds again as `number`."""
    first = [look(T0 + i / 5, Being(1, *INSIDE)) for i in range(5)]
    nobody = [look(T0 + (5 + i) / 5) for i in range(gap)]
    place = (INSIDE[0] + shift, INSIDE[1])
    again = [look(T0 + (5 + gap + i) / 5, Being(number, *place)) for i in range(5)]
    gone = [look(T0 + (10 + gap + i) / 5) for i in range(20)]
    return [*first, *nobody, *again, *gone]


@table(
    ("gap", "shift", "events"),
    [
        (0, 0.0, 1),
        (2, 0.03, 1),
        (8, 0.0, 1),
        (12, 0.0, 2),  # lost for longer than lost_track
        (1, 0.09, 2),  # somewhere else: overlap below 0.3
    ],
)
def test_a_broken_track_is_one_walk(gap: int, shift: float, events: int) -> None:
    reports = play(rule("intrusion"), broken(gap, shift))
    spans = times(reports)
    assert len(spans) == events
    if events == 1:
        assert spans == [(0, 2, 9 + gap)]
        assert reports[-1].tracks == (TrackId("hall", 0, 1), TrackId("hall", 0, 2))
        assert [c.id for c in reports] == [reports[0].id] * 2


def test_loitering_goes_on_over_a_break() -> None:
    assert len(times(play(rule("loitering", loitering_time=2), broken(2)))) == 1


def test_cooldown_goes_on_over_a_break() -> None:
    looks = pattern("iiiooo") + [look(T0 + 1.2 + i / 5, Being(2, 0.2, 0.6)) for i in range(3)]
    looks += [look(T0 + 1.8 + i / 5, Being(2, *INSIDE)) for i in range(5)]
    assert len(times(play(rule("intrusion", cooldown=60), looks))) == 1


def test_line_is_crossed_over_a_break() -> None:
    path = line((0.5, 0.3), (0.5, 0.8), 21)
    looks = [look(T0 + i / 5, Being(1 if y < 0.5 else 2, x, y)) for i, (x, y) in enumerate(path)]
    reports = play(rule("line_crossing"), looks)
    assert [track.number for track in reports[0].tracks] == [1, 2]


def test_a_track_that_lives_takes_over_nobody() -> None:
    """Somebody steps in front of a person in the zone, who then is hidden: two people, two events."""
    hidden, other = Being(1, *INSIDE), Being(2, 0.2, 0.6)
    looks = [look(T0 + i / 5, hidden, other) for i in range(5)]
    looks += [look(T0 + (5 + i) / 5, Being(2, *INSIDE)) for i in range(5)]
    assert len(times(play(rule("intrusion"), looks))) == 2


def test_a_newcomer_beside_somebody_is_somebody_else() -> None:
    near = Being(2, INSIDE[0] + 0.02, INSIDE[1])
    looks = [look(T0 + i / 5, Being(1, *INSIDE), *([near] if i >= 3 else [])) for i in range(8)]
    assert len(times(play(rule("intrusion"), looks))) == 2


def test_a_track_may_break_after_standing_still_for_long() -> None:
    """What was held was in sight until the end of the stillness."""
    looks = pattern("iiii" + "H" * 50) + [look(T0 + 11 + i / 5, Being(2, *INSIDE)) for i in range(4)]
    assert len(times(play(rule("intrusion"), looks))) == 1


def test_an_old_number_may_take_over_again() -> None:
    looks = pattern("iiii") + [look(T0 + 0.8 + i / 5, Being(2, *INSIDE)) for i in range(4)]
    looks += [look(T0 + 1.6 + i / 5, Being(1, *INSIDE)) for i in range(4)]
    assert len(times(play(rule("intrusion"), looks))) == 1


def test_numbers_of_one_flickering_object_stay_few() -> None:
    looks = [look(T0 + i / 5, Being(i, *INSIDE)) for i in range(200)]
    reports = play(rule("intrusion"), looks, close=True)
    assert len(times(reports)) == 1
    assert [t.number for t in reports[-1].tracks] == [0, *range(185, 200)]


def test_memory_is_bounded() -> None:
    """Ten thousand objects pass, twenty at a time; only those of the last seconds are remembered."""
    states: TrackStates[list[int]] = TrackStates(list, patience=2.0)
    views, settings = ViewCache(), ObjectRule()
    most = 0
    for step in range(500):
        beings = [Being(20 * step + i, 0.05 * i, 0.6, width=0.04) for i in range(20)]
        states.look(views.view(look(T0 + step, *beings), settings, T0 + step), T0 + step)
        most = max(most, len(states))
    assert 20 <= most <= 100
    states.clear()
    assert len(states) == 0


@pytest.mark.parametrize("inertia", [1, 3])
def test_rare_looks_may_miss_somebody_twice(inertia: int) -> None:
    """A gated camera looks once in ten seconds; one look that shows nobody does not prove that nobody is there."""
    looks = pattern("iiii--iii---", fps=0.1)
    assert times(play(rule("intrusion", inertia=inertia), looks), fps=0.1) == [(0, inertia - 1, 8)]
