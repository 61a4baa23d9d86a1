"""A brain that a site no longer has: nothing waits for it for ever."""

import time
from pathlib import Path

import pytest

from secondsight.config import load_site
from secondsight.records import Verification
from secondsight.site import Site
from secondsight.store import DATABASE, OpenCandidate, Store
from tests.site.sites import assert_sound, site_file
from tests.store.samples import candidate, decision


@pytest.mark.parametrize(
    ("told", "late"),
    [
        (True, False),
        (False, True),
        pytest.param(True, True, marks=pytest.mark.slow),
        pytest.param(False, False, marks=pytest.mark.slow),
    ],
)
def test_cases_that_waited_for_it_are_settled_as_their_policy_says(
    told: bool, late: bool, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    """Killed during a recording whose suspicion is not reported again: the rule is another one by now."""
    path = site_file(tmp_path, {"hall": shorts / "one.mp4"}, models=models_dir)
    data = tmp_path / "data"
    data.mkdir()
    deadline = time.time() + (-1.0 if late else 3600.0)
    with Store.open(data / DATABASE) as store:
        asked = decision(deadline=deadline, alert_without_brain=told)
        store.apply([OpenCandidate(candidate("left", camera="hall"), asked)])
    with Site(load_site(path)) as site:
        announced = {event.id: event for event in site.events(once=True, poll=0.1)}
    assert "left" in announced, "and it came to an end"
    left = next(event for event in assert_sound(data) if event.id == "left")
    assert left.verification in (Verification.EXPIRED, Verification.UNVERIFIED)
    assert (left.verification is Verification.EXPIRED) or not late
    assert left.alert is told
    assert "no brain configured any more" in (left.note or "") or "deadline" in (left.note or "")
