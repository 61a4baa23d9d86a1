"""The demo of learning: what its page says, and that its days go through the product."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.learning.city import DAY, START, City, Weather
from bench.learning.days import DayRecord, LearningSite, Plan
from bench.learning.page import page, plot, summary
from secondsight.learn import LearnCatalogue, SampleReason

FIRST = DayRecord(0, False, "b0000", 10, 9, 9, 1, 1, 3, 2, 5, 4, ("<b0001>: waits",))
FOGGY = replace(FIRST, day=1, fog=True, found=4, first=4)
LATER = replace(FOGGY, day=2, live="b0001", found=8, first=4, false=2, false_first=3)


def test_the_page_says_what_was_gained_and_escapes_what_the_loop_said() -> None:
    text = page([FIRST, FOGGY, LATER], cameras=2)
    assert "simulated" in text
    assert "&lt;b0001&gt;: waits" in text
    assert "<svg" in text
    assert not any(loads in text for loads in ('href="http', "src=", "url(http", "<script"))
    assert "recall 0.80, the first model on the same samples 0.40; false boxes 2, the first model 3" in text


def test_without_a_promotion_nothing_is_claimed() -> None:
    assert summary([FIRST, FOGGY]).endswith("no bundle was promoted.")


def test_the_same_days_give_the_same_plot_also_without_people() -> None:
    assert plot([FIRST, LATER], 1) == plot([FIRST, LATER], 1)
    assert "<svg" in plot([replace(FIRST, people=0)], 1)


@pytest.mark.slow
def test_days_are_lived_through_by_the_product_and_gone_on_with(tmp_path: Path) -> None:
    city = City(tmp_path / "film", 2, 2, 8.0, (Weather("fog", 0.7, 1, 2),))
    plan = Plan(minutes=1.0, threads=1, labels=1000, by_people=2)
    said: list[str] = []
    site = LearningSite(city, tmp_path, plan, said.append)
    first = site.live_through(0)
    assert (first.live, first.fog, first.day) == ("b0000", False, 0)
    assert 0 < first.found <= first.people
    site = LearningSite(city, tmp_path, plan, said.append)
    assert site.days == [first]
    second = site.live_through(1)
    assert second.fog
    assert second.found / second.people < first.found / first.people
    with LearnCatalogue(tmp_path / "data") as catalogue:
        times = [one.time for one in catalogue.samples(reason=SampleReason.UNIFORM)]
        assert all(0 <= (time - START) % DAY <= 8.0 for time in times)
        assert len(catalogue.labels()) == first.by_people + second.by_people
    assert any("of 1000 new labelled samples" in note for note in second.notes)
