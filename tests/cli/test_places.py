"""Commands that read find the run: by the site file, the one of the working folder, or the data folder."""

from pathlib import Path

import pytest

from secondsight.cascade import decide
from secondsight.clock import ManualClock
from secondsight.config import PolicySettings
from secondsight.records import Candidate, Counter, TrackId
from secondsight.store import AddCounters, OpenCandidate, Store
from tests.cli.conftest import Command
from tests.store.queries.test_ledger import call
from tests.table import table

BEGIN = 1_767_225_600.0
"""2026-01-01T00:00:00Z, which is 08:00 in Shanghai."""
SITE = """
site: {timezone: Asia/Shanghai}
cameras:
  hall: {source: hall.mp4}
rules:
  inside: {behaviour: intrusion, zone: frame}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site file in the working folder, and a run with three events and counts of two days of Shanghai."""
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "data").mkdir()
    with Store.open(tmp_path / "data", ManualClock(BEGIN)) as store:
        for id in ("20260101T000000-aa11", "20260101T000000-aa22", "20260101T000000-bb33"):
            candidate = Candidate(
                id,
                "hall",
                0,
                "inside",
                "intrusion",
                BEGIN,
                BEGIN,
                BEGIN,
                0.5,
                (TrackId("hall", 0, 1),),
                "person",
            )
            store.apply(
                [OpenCandidate(candidate, decide(candidate, PolicySettings(), brain=False, now=BEGIN))]
            )
        hours = (14, 15, 16, 17)  # the day of Shanghai begins at 16:00 UTC
        store.apply([AddCounters(tuple(Counter("hall", int(BEGIN) + 3600 * h, "in:door", 1) for h in hours))])
    return tmp_path / "site.yaml"


def test_times_are_those_of_the_site_found_in_the_working_folder(command: Command, site: Path) -> None:
    for words in ([], ["--site", str(site)]):
        shown = command("events", *words).stdout
        assert "start (Asia/Shanghai)" in shown
        assert "2026-01-01 08:00:00" in shown
    assert "2026-01-01 00:00:00" in command("events", "--data", "data").stdout
    assert not command("events", "--json", "--until", "2026-01-01T08:00").stdout
    assert len(command("events", "--json", "--since", "2026-01-01T08:00").stdout.splitlines()) == 3


def test_a_day_is_one_of_the_site(command: Command, site: Path) -> None:
    days = [line.split() for line in command("counts", "--by", "day").stdout.splitlines() if "hall" in line]
    assert [(words[1], words[-2]) for words in days] == [("2026-01-01", "2"), ("2026-01-02", "2")]


CHINESE = SITE.replace("Shanghai}", "Shanghai, language: zh, name: 一号车间}").replace(
    "hall.mp4}", "hall.mp4, title: 车间三号门}"
)


@table(
    ("words", "shown"),
    [
        (["events"], ["开始 (Asia/Shanghai)", "摄像头", "闯入", "未复核", "进行中"]),
        (["events", "--camera", "车间三号门"], ["闯入"]),
        (["counts", "--by", "day", "--camera", "车间三号门"], ["日 (Asia/Shanghai)", "2026-01-02"]),
        (["costs", "--by", "day", "--by", "camera"], ["日 (Asia/Shanghai)", "2026-01-02"]),
        (["ask", "2026-01-01 车间三号门有几起闯入？"], ["共 3 起", "摄像头 车间三号门"]),
        (["ask", "How many intrusions on 车间三号门 on 2026-01-01?"], ["3 events"]),
        (["ask", "哪个摄像头 2026-01-01 闯入最多？"], ["最多：车间三号门 (3)"]),
        (
            ["report", "--since", "2026-01-01", "--until", "2026-01-02", "--format", "md"],
            ["一号车间", "闯入"],
        ),
    ],
)
def test_titles_and_language_of_the_site_are_what_people_read(
    words: list[str], shown: list[str], command: Command, site: Path
) -> None:
    site.write_text(CHINESE, encoding="utf-8")
    if words[0] == "costs":
        with Store.open(site.parent / "data") as store:
            store.ledger.add([call(time=BEGIN + 17 * 3600)])
    done = command(*words)
    for part in ("车间三号门", *shown):
        assert part in done.stdout, done.stdout + done.stderr
    assert "hall" not in done.stdout


def test_json_keeps_names(command: Command, site: Path) -> None:
    site.write_text(CHINESE, encoding="utf-8")
    assert '"camera":"hall"' in command("events", "--json").stdout.replace(" ", "")


def test_two_cameras_are_not_called_the_same(command: Command, site: Path) -> None:
    site.write_text(SITE.replace("hall.mp4}", "hall.mp4, title: Yard}\n  yard: {source: yard.mp4}"))
    refused = command("events", "--site", str(site))
    assert refused.returncode == 2
    assert "the cameras yard and hall would both be called `Yard`" in refused.stderr


def test_a_broken_site_file_that_nobody_named_is_passed_over(command: Command, site: Path) -> None:
    site.write_text("cameras: [")
    shown = command("events")
    assert "site.yaml is not used" in shown.stderr
    assert "2026-01-01 00:00:00" in shown.stdout
    assert command("events", "--site", str(site)).returncode == 2


def test_ids_may_be_abbreviated_as_long_as_they_are_clear(command: Command, site: Path) -> None:
    assert command("feedback", "bb3", "true").returncode == 0
    assert "bb33" in command("feedback", "--list").stdout
    unclear = command("feedback", "aa", "true")
    assert unclear.returncode == 2
    assert "aa11" in unclear.stderr
    assert "aa22" in unclear.stderr
    assert command("feedback", "b_3", "true").returncode == 2, "letters, not patterns"


def test_a_camera_without_events_is_told_by_names_alone(command: Command, site: Path) -> None:
    assert "there are some of hall" in command("events", "--camera", "nosuch").stdout
    assert "there are some of intrusion" in command("events", "--kind", "nosuch").stdout
