"""Rows go by their age, a little at a time; those of recordings stay."""

from itertools import count
from pathlib import Path

import pytest

from secondsight.ask import Questions, Vocabulary
from secondsight.clock import ManualClock
from secondsight.config import RetentionSettings, make_site
from secondsight.errors import ConfigError
from secondsight.records import Counter, Coverage, CoverageState, TrackId, Visit
from secondsight.site.services.row_retention import RowRetention
from secondsight.store import AddCounters, AddTracks, AddVisits, AgedRows, SetCoverage, Store
from tests.store.facts.test_aging import BEGIN, DAY, event, track

SETTINGS = RetentionSettings(min_free=0)
CAMERAS = ("hall", "old-film")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    opened = Store.open(tmp_path, ManualClock(BEGIN))
    for camera in CAMERAS:
        opened.observations.upsert_camera(camera)
        counts = tuple(Counter(camera, int(BEGIN) + 60 * n, "in:door", 1.0) for n in range(1200))
        visit = Visit(
            TrackId(camera, 1, 1), "frame", "person", BEGIN, BEGIN + 9, (0, 0), (1, 1), None, None, {}
        )
        opened.apply(
            [
                AddTracks(tuple(track(n, BEGIN + n, camera) for n in range(2500))),
                AddCounters(counts),
                AddVisits((visit,)),
                SetCoverage((Coverage(camera, CoverageState.WATCHED, BEGIN, BEGIN + DAY),)),
            ]
        )
        event(opened, f"c-{camera}", BEGIN, camera=camera)
    return opened


def rows(store: Store, camera: str) -> tuple[int, int, int]:
    return (
        len(store.observations.tracks(camera=camera)),
        len(store.observations.counters(camera=camera)),
        len(store.events.find(camera=camera)),
    )


def test_only_what_is_too_old_goes_and_recordings_stay(store: Store) -> None:
    clock = ManualClock(BEGIN + 29 * DAY)
    retention = RowRetention(store, SETTINGS, clock.now, lambda: ("old-film",))
    assert retention.sweep()
    whole = (2500, 1200, 1)
    for days, left in ((0, whole), (2, (0, 1200, 1)), (65, (0, 80, 1)), (640, (0, 80, 0))):
        clock.advance(days * DAY)
        while not retention.sweep():
            pass
        assert rows(store, "hall") == left, days
    assert rows(store, "old-film") == whole
    store.close()


def test_a_sweep_ends_in_time_and_the_next_goes_on(store: Store) -> None:
    ticks = count()
    retention = RowRetention(store, SETTINGS, lambda: BEGIN + 60 * DAY, tuple, lambda: next(ticks) * 0.15)
    left = [rows(store, "hall")[0]]
    sweeps = 0
    while not retention.sweep():
        sweeps += 1
        left.append(rows(store, "hall")[0])
    assert sweeps > 5
    assert 1500 in left
    assert left[-1] == 0
    store.close()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many intrusions were there on 2026-01-01?", "only how many there were is kept"),
        ("How many people were there on 2026-01-01?", "is no longer kept, hence not counted"),
        ("2026-01-01 有多少起闯入？", "只保留每刻钟的数量"),
    ],
)
def test_answers_say_what_is_gone(store: Store, question: str, words: str) -> None:
    now = BEGIN + 800 * DAY
    retention = RowRetention(store, SETTINGS, lambda: now, tuple)
    asker = Questions(store, Vocabulary.of_store(store), clock=ManualClock(now))
    before = asker.ask(question)
    assert before.refused is None, before.text
    assert words not in before.text
    while not retention.sweep():
        pass
    after = asker.ask(question)
    assert words in after.text
    if "people" not in question:
        assert after.value == before.value == 2
    assert set(store.aging.horizons()) == set(AgedRows)
    store.close()


def test_events_outlive_their_clips() -> None:
    values = {"cameras": {"hall": {"source": "x.mp4"}}, "retention": {"events": "7d"}}
    with pytest.raises(ConfigError, match="must not be below `age`"):
        make_site(values, Path())
