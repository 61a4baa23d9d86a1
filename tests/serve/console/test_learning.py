"""The page of what was learned: curves, history, and what is put live by hand."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from secondsight.learn import BundleState, HistoryEntry, LearnCatalogue
from secondsight.serve.console.pages.learning import HEIGHT, WIDTH, calls_curve, recall_curves
from secondsight.store import CallTotals
from tests.serve.console.conftest import Site, filled, open_browser, serve
from tests.serve.console.test_shell import violations
from tests.serve.learned import GATE, learn_something

DAY = 86400.0


@pytest.fixture
def learned(tmp_path: Path) -> Iterator[Site]:
    """A site that has learned, and that a test may change."""
    now = time.time()
    filled(tmp_path, now)
    learn_something(tmp_path, now)
    with serve(tmp_path) as site:
        yield site


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_shows_what_is_live_with_its_evidence(chromium, learned: Site, language: str) -> None:
    with open_browser(chromium, learned, "ada", language, width=360) as page:
        page.goto(f"{learned.url}/learning")
        text = page.locator("main").inner_text()
        assert "no worse in person, and better, on 31 camera-days" in text
        assert "person 44" in text
        assert page.locator("svg polyline").count() == 3
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
        assert violations(page) == []


def test_an_administrator_rolls_back_and_promotes(chromium, learned: Site) -> None:
    with open_browser(chromium, learned, "ada") as page:
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"{learned.url}/learning")
        page.get_by_label("Reason for going back").fill("worse in the rain")
        page.get_by_role("button", name="Roll back to b0000").click()
        page.get_by_role("cell", name="worse in the rain").wait_for()
        page.locator("select[name=bundle]").select_option("b0002")
        page.get_by_label("Reason", exact=True).fill("tried by hand")
        page.get_by_role("button", name="Put it into production").click()
        page.get_by_role("cell", name="tried by hand").wait_for()
    with LearnCatalogue(learned.data) as catalogue:
        live = catalogue.in_state(BundleState.PRODUCTION)
        assert live is not None
        assert (live.name, catalogue.history()[-1].by) == ("b0002", "ada")


def test_recall_goes_from_what_was_live_before_to_each_bundle() -> None:
    history = [
        HistoryEntry(0.0, "b0000", "added", ""),
        HistoryEntry(1.0, "b0001", "refused", "", {**GATE, "recall person": 0.4}),
        HistoryEntry(2.0, "b0002", "shadow", "", GATE),
    ]
    curves, judged = recall_curves(history)
    assert judged == ("b0001", "b0002")
    assert {one.name: one.values for one in curves} == {"car": (0.9, 0.9), "person": (0.5, 0.4, 0.8)}
    (person,) = (one for one in curves if one.name == "person")
    assert person.points[0] == (0.0, HEIGHT / 2)
    assert person.points[-1][0] == WIDTH
    assert recall_curves(history[:1]) == ((), ())


def test_days_without_a_call_count_as_none() -> None:
    one = CallTotals((int(3 * DAY),), 4, 4, 0, 0, 0, 0.0, 0.0, 0, 3 * DAY, 3 * DAY)
    curve, most = calls_curve([one], 0.0, 5 * DAY)
    assert (most, curve.values) == (4, (0.0, 0.0, 4.0, 0.0, 0.0))
    assert [top for _, top in curve.points] == [HEIGHT, HEIGHT, 0.0, HEIGHT, HEIGHT]
    assert calls_curve([], 0.0, 5 * DAY)[1] == 0
