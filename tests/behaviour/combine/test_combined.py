"""Combinations of rules, against a reference that looks at the whole history anew at every moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.behaviour import CountingBehaviour, make_behaviours
from secondsight.behaviour.combine.combined import Combined, SharedBehaviour
from secondsight.behaviour.signals.evidence import CandidateWriter
from secondsight.config import CombinedRule, SiteConfig
from secondsight.records import Box, Candidate, Observation, TrackId
from tests.behaviour.scene import FPS, T0, Being, look, pattern, play, times

NAMES = ("a", "b", "c")


@dataclass(frozen=True)
class Told:
    """A member's suspicion as it becomes known: reported at `triggered`, and at `over` that it lasted until `end`."""

    member: str
    tracks: tuple[int, ...]
    start: int
    triggered: int
    end: int | None = None
    over: int | None = None
    score: float = 0.5
    box: Box | None = None

    @property
    def id(self) -> str:
        return f"{self.member} {self.tracks} {self.start} {self.triggered}"

    def candidate(self, end: float | None = None) -> Candidate:
        tracks = tuple(TrackId("hall", 0, number) for number in self.tracks)
        return Candidate(
            id=self.id,
            camera="hall",
            epoch=0,
            rule=self.member,
            kind=self.member,
            start=float(self.start),
            triggered=float(self.triggered),
            peak=float(self.triggered),
            score=self.score,
            tracks=tracks,
            label="person" if tracks else "smoke",
            zone=f"zone of {self.member}",
            end=end,
            box=self.box,
        )


class Script:
    """A behaviour that reports what it is told to."""

    def __init__(self, name: str, told: Sequence[Told]) -> None:
        self.rule, self._told = name, [one for one in told if one.member == name]

    def update(self, observation: Observation) -> list[Candidate]:
        new = [one.candidate() for one in self._told if one.triggered == observation.time]
        ended = [
            one.candidate(float(one.end))
            for one in self._told
            if one.over == observation.time and one.end is not None
        ]
        return new + ended

    def close(self, time: float) -> list[Candidate]:
        return [one.candidate(time) for one in self._told if one.over is None and one.triggered <= time]


def combined(told: Sequence[Told], open_at: Iterable[int] | None = None, **keys: Any) -> Combined:
    rule = CombinedRule.model_validate({"behaviour": "combined", "cooldown": 0, **keys})
    members = {name: SharedBehaviour(Script(name, told)) for _, _, name in rule.named()}
    hours = None if open_at is None else set(open_at)
    return Combined(
        rule,
        CandidateWriter("hall", "live", "both", "trouble", None),
        members,
        open=lambda time: hours is None or time in hours,
    )


def run(behaviour: Combined, last: int, close: bool = False) -> list[Candidate]:
    reports = [one for t in range(last + 1) for one in behaviour.update(look(float(t)))]
    return reports + (behaviour.close(float(last)) if close else [])


def shown(reports: Sequence[Candidate]) -> list[tuple[int | None, float, float, float | None]]:
    """(first track, start, triggered, end) of every suspicion."""
    latest = {report.id: report for report in reports}
    assert sum(report.end is None for report in reports) == len(latest), "one report at each trigger"
    assert len(reports) - len(latest) == sum(one.end is not None for one in latest.values())
    return sorted(
        (one.tracks[0].number if one.tracks else -1, one.start, one.triggered, one.end)
        for one in latest.values()
    )


# -- the reference


@dataclass(frozen=True)
class Moment:
    time: int
    late: bool
    """Whether what came and went at this very time is gone already."""

    def active(self, one: Told) -> bool:
        return one.triggered <= self.time and (
            one.over is None or one.over > self.time or (one.triggered == self.time and not self.late)
        )

    def until(self, one: Told) -> float:
        return float("inf") if one.end is None or one.over is None or one.over > self.time else one.end


def reference_holds(
    keys: dict[str, Any], told: Sequence[Told], now: Moment
) -> tuple[float, float, list[Told]] | None:
    """(since, start, support) as the words of the documentation say."""
    known = [one for one in told if one.triggered <= now.time]
    against = [one for one in known if one.member in keys.get("unless", ())]
    if any(map(now.active, against)):
        return None
    free = max(map(now.until, against), default=float("-inf"))
    if "then" in keys:
        steps = [[one for one in known if one.member == name] for name in keys["then"]]
        chains = [
            chain
            for chain in product(*steps)
            if now.active(chain[-1])
            and chain[0].start > free
            and all(a.start < b.start <= now.until(a) + keys["within"] for a, b in pairwise(chain))
        ]
        if not chains:
            return None
        best = max(chain[0].start for chain in chains)
        last = {chain[-1] for chain in chains if chain[0].start == best}
        since = {one.start for one in last}
        return min(since), best, [max(last, key=lambda one: (-one.start, one.id))]
    active = [one for one in known if now.active(one) and one.member in keys.get("all", keys.get("any", ()))]
    if "all" in keys:
        if {one.member for one in active} != set(keys["all"]):
            return None
        support = [
            min((o for o in active if o.member == name), key=lambda o: o.start) for name in keys["all"]
        ]
        return max(free, *(one.start for one in support)), 0.0, support
    return (max(free, min(one.start for one in active)), 0.0, active) if active else None


def reference(
    keys: dict[str, Any], told: Sequence[Told], last: int
) -> list[tuple[int | None, float, float, float | None]]:
    """What has to be reported, by runs of moments at which the combination holds."""
    subjects = [-1] if keys["same"] == "camera" else sorted({one.tracks[0] for one in told})
    moments = [Moment(t, late) for t in range(last + 1) for late in (False, True)]
    found: list[tuple[int | None, float, float, float | None]] = []
    for subject in subjects:
        about = [one for one in told if subject in (-1, *one.tracks)]
        answers = [(moment, reference_holds(keys, about, moment)) for moment in moments]
        for holding, run in groupby(answers, key=lambda answer: answer[1] is not None):
            stretch = list(run)
            if not holding:
                continue
            assert stretch[0][1] is not None
            since, start, _ = stretch[0][1]
            start = start if "then" in keys else since
            due = [m.time for m, _ in stretch if m.time - since >= keys["for"]]
            if not due:
                continue
            final, answer = stretch[-1]
            following = moments.index(final) + 1
            end = None
            if following < len(moments):
                assert answer is not None
                now = moments[following]
                rested = [one for _, a in stretch if a for one in a[2]] if "any" in keys else answer[2]
                ends = [now.until(one) for one in rested]
                decided = (max if "any" in keys else min)(ends)
                end = min(max(decided if decided <= now.time else final.time, since), now.time)
            name = min(one.tracks[0] for one in about) if subject == -1 else subject
            found.append((name if subject != -1 else None, start, due[0], end))
    return found


intervals = st.builds(
    lambda member, track, start, late, length, lag, fleeting: Told(
        member,
        (track,),
        start,
        start + late,
        start + late if fleeting else start + late + length,
        start + late if fleeting else start + late + length + lag,
    ),
    st.sampled_from(NAMES),
    st.integers(1, 2),
    st.integers(0, 20),
    st.integers(0, 4),
    st.integers(1, 8),
    st.integers(0, 2),
    st.booleans(),
)
operators = st.one_of(
    st.sampled_from([("a", "b"), ("b", "a"), ("a", "b", "c"), ("a",)]).map(lambda names: {"all": names}),
    st.sampled_from([("a", "b"), ("a", "b", "c"), ("c",)]).map(lambda names: {"any": names}),
    st.builds(
        lambda names, within: {"then": names, "within": within},
        st.sampled_from([("a", "b"), ("b", "a"), ("a", "b", "c"), ("a", "a")]),
        st.integers(1, 6),
    ),
)


@given(
    told=st.lists(intervals, max_size=8, unique_by=lambda one: (one.member, one.tracks, one.start)),
    operator=operators,
    unless=st.booleans(),
    lasting=st.integers(0, 4),
    same=st.sampled_from(["track", "camera"]),
)
def test_as_the_reference_says(
    told: list[Told], operator: dict[str, Any], unless: bool, lasting: int, same: str
) -> None:
    named = {name for names in operator.values() if isinstance(names, tuple) for name in names}
    against = tuple(sorted({"c"} - named)) if unless else ()
    keys = {**operator, "unless": against, "for": lasting, "same": same}
    reports = run(combined(told, **keys), 40)
    expected = reference(keys, told, 40)
    seen = shown(reports)
    if same == "camera":
        seen = [(None, start, triggered, end) for _, start, triggered, end in seen]
    assert sorted(seen, key=repr) == sorted(expected, key=repr)
    assert len({one.id for one in reports}) == len(expected)


# -- tracks, scores, hours


def test_a_pair_is_one_suspicion_and_each_other_track_one_of_its_own() -> None:
    pair = Told("a", (1, 2), 0, 1, 9, 9)
    (one,) = shown(run(combined([pair, Told("b", (1, 2), 0, 2, 9, 9)], all=["a", "b"]), 10))
    assert one == (1, 0.0, 2.0, 9.0)
    alone = [Told("b", (1,), 0, 2, 9, 9), Told("b", (2,), 1, 3, 9, 9)]
    assert shown(run(combined([pair, *alone], all=["a", "b"]), 10)) == [
        (1, 0.0, 2.0, 9.0),
        (2, 1.0, 3.0, 9.0),
    ]


def test_a_new_number_of_the_same_walk_is_no_second_suspicion() -> None:
    told = [Told("a", (3,), 0, 1, 9, 9), Told("b", (3, 7), 2, 3, 9, 9)]
    assert shown(run(combined(told, all=["a", "b"]), 10)) == [(3, 2.0, 3.0, 9.0)]
    assert shown(run(combined(told, any=["a", "b"]), 10)) == [(3, 0.0, 1.0, 9.0)]


@pytest.mark.parametrize(("operator", "score"), [("all", 0.4), ("any", 0.9), ("then", 0.4)])
def test_what_a_report_says(operator: str, score: float) -> None:
    told = [Told("a", (1,), 0, 1, 8, 8, score=0.9), Told("b", (1, 2), 2, 3, 9, 9, score=0.4)]
    keys: dict[str, Any] = {operator: ["a", "b"]}
    first, last = run(combined(told, **keys), 10)
    assert (first.rule, first.kind, first.zone, first.label) == ("both", "trouble", "zone of a", "person")
    assert first.score == (0.9 if operator == "any" else score)
    assert last.score == score
    assert [track.number for track in last.tracks] == [1, 2]
    assert first.start <= first.peak <= first.triggered
    assert last.scores["a"] == 0.9
    assert last.scores["b"] == 0.4


def test_what_has_no_track_is_combined_by_camera() -> None:
    smoke = Told("a", (), 0, 1, 9, 9, box=Box(0.1, 0.1, 0.2, 0.2))
    car = Told("b", (5,), 2, 3, 8, 8)
    reports = run(combined([smoke, car], all=["a", "b"], same="camera"), 10)
    assert shown(reports) == [(5, 2.0, 3.0, 8.0)]
    assert reports[0].box == smoke.box
    assert not run(combined([smoke, car], all=["a", "b"]), 10)


def test_silence_after_an_end() -> None:
    told = [Told("a", (1,), t, t, t + 2, t + 2) for t in (0, 4, 8)]
    assert [one[2] for one in shown(run(combined(told, all=["a"], cooldown=5), 12))] == [0.0, 8.0]


def test_hours_begin_and_end_it() -> None:
    told = [Told("a", (1,), 0, 0), Told("b", (1,), 1, 1)]
    behaviour = combined(told, open_at=range(4, 7), all=["a", "b"], **{"for": 1})
    assert shown(run(behaviour, 10)) == [(1, 4.0, 5.0, 6.0)]


def test_the_end_of_an_epoch_ends_it() -> None:
    told = [Told("a", (1,), 0, 0), Told("b", (1,), 1, 1)]
    assert shown(run(combined(told, all=["a", "b"]), 5, close=True)) == [(1, 1.0, 1.0, 5.0)]


def test_a_sequence_lasts_as_long_as_its_last_step() -> None:
    told = [Told("a", (1,), 0, 0, 1, 1), Told("b", (1,), 3, 3, 5000, 5000)]
    behaviour = combined(told, then=["a", "b"])
    reports = [one for t in (0, 1, 3, 4, 2000, 4000, 5000, 5001) for one in behaviour.update(look(float(t)))]
    assert shown(reports) == [(1, 0.0, 3.0, 5000.0)]


# -- with real rules, from YAML to candidates


def site(**rules: Any) -> SiteConfig:
    zones = {
        "yard": {"coordinates": [[0.4, 0.2], [0.8, 0.2], [0.8, 0.9], [0.4, 0.9]]},
        "left": {"coordinates": [[0, 0], [0.7, 0], [0.7, 1], [0, 1]]},
    }
    return SiteConfig.model_validate(
        {"cameras": {"hall": {"source": "a.mp4", "zones": zones}}, "rules": rules}
    )


IN_YARD = {"behaviour": "intrusion", "zone": "yard", "inertia": 1, "report": False}
ON_THE_LEFT = {**IN_YARD, "zone": "left"}


def test_inside_two_zones_for_two_seconds() -> None:
    config = site(
        yard=IN_YARD,
        left=ON_THE_LEFT,
        both={"behaviour": "combined", "kind": "trespass", "all": ["yard", "left"], "for": "2s"},
    )
    (behaviour,) = make_behaviours("hall", config, "file:abc")
    walk = [
        look(T0 + i / FPS, Being(1, 0.3 + 0.02 * i, 0.6)) for i in range(26)
    ]  # yard from 5 on, left until 20
    reports = play(behaviour, walk, close=True)
    assert times(reports) == [(5, 15, 20)]
    assert {(report.rule, report.kind) for report in reports} == {("both", "trespass")}


def test_members_are_never_silent_and_shared() -> None:
    config = site(
        yard=IN_YARD | {"cooldown": "10min"},
        one={"behaviour": "combined", "all": ["yard"], "cooldown": 0},
        two={"behaviour": "combined", "any": ["yard", "one"], "cooldown": 0},
    )
    one, two = make_behaviours("hall", config, "live")
    first, second = [], []
    for observation in pattern("iiioooiiiooo"):
        first += one.update(observation)
        second += two.update(observation)
    assert times(first) == times(second) == [(0, 0, 2), (6, 6, 8)]


def test_the_same_looks_give_the_same_ids() -> None:
    config = site(yard=IN_YARD, two={"behaviour": "combined", "all": ["yard"]})
    ids = []
    for origin in ("file:abc", "file:abc", "file:other"):
        (behaviour,) = make_behaviours("hall", config, origin)
        ids.append([one.id for one in play(behaviour, pattern("iiiooo"), close=True)])
    assert ids[0] == ids[1] != ids[2]


def test_a_told_suspicion_is_what_a_script_reports() -> None:
    told = replace(Told("a", (1,), 0, 0), end=3, over=4)
    assert [one.end for t in range(6) for one in Script("a", [told]).update(look(float(t)))] == [None, 3.0]


def test_what_a_member_counts_is_counted_once() -> None:
    """A member without events of its own is asked for its counts by whoever names it."""
    camera = {"source": "a.mp4"}
    rules = {
        "waiting": {"behaviour": "queue", "zone": "frame", "people": 9, "report": False},
        "one": {"behaviour": "combined", "all": ["waiting"], "same": "camera"},
        "two": {"behaviour": "combined", "any": ["waiting"], "same": "camera"},
    }
    config = SiteConfig.model_validate({"cameras": {"hall": camera}, "rules": rules})
    made = make_behaviours("hall", config, "file:abc")
    for behaviour in made:
        play(behaviour, pattern("iiiiiiiiii"))
    counted = [
        [one.name for one in made.counts(over=True)] for made in made if isinstance(made, CountingBehaviour)
    ]
    assert [len(names) for names in counted] == [len(counted[0]), 0]
    assert "queue_watched:waiting" in counted[0]
