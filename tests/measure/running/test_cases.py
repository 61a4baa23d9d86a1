"""Cases of a world that nobody draws."""

from secondsight.cascade.recording.track_history import TrackHistory
from secondsight.measure.running.cases import as_found, key_frames, site_of, watched
from secondsight.sim.world import make_world


def test_the_rules_watch_a_world() -> None:
    world = make_world("motorway", 900_003, 0, 30.0, density=8.0)
    about, history = world.truth(), TrackHistory(world.duration)
    first, last = watched(world, site_of(world), history)
    assert first
    assert [one.id for one in first] == [one.id for one in last]
    assert {one.kind for one in first} <= set(about.labelled)
    for one, final in zip(first, last, strict=True):
        times = [time for time, _ in key_frames(one, history, about.start_time, world.duration)]
        assert times == sorted(times)
        assert 0.0 <= times[0] <= times[-1] <= world.duration
        found = as_found(final, about.start_time)
        assert 0.0 <= found.start <= found.triggered <= found.end
