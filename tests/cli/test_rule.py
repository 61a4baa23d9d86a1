"""`secondsight rule`: shows, tries, and writes only when told to; comments and order of the file stay."""

import json
from pathlib import Path

import pytest

from secondsight.config import load_site
from tests.cli.conftest import Command

SITE = """\
# my site
cameras:
  hall:   # the big one
    source: hall.mp4
    zones:
      yard: {coordinates: "0,0,1,0,1,1"}
rules:
  # keep out
  no-entry: {behaviour: intrusion, zone: yard}
"""
SENTENCE = "tell me when somebody stays in the yard for more than 5 minutes after 18:00"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(SITE)
    return file


def test_nothing_is_written_without_approval(site: Path, command: Command) -> None:
    said = command("rule", SENTENCE, "--no-trial")
    assert said.returncode == 0, said.stderr
    assert "loitering_time: 5min" in said.stdout
    assert "for at least 5min" in said.stdout
    assert "+  loitering:" in said.stdout
    assert "nothing was written" in said.stderr
    assert site.read_text() == SITE


def test_yes_writes_it_as_a_version_with_comments_kept(site: Path, command: Command) -> None:
    assert command("rule", SENTENCE, "--no-trial", "--yes", "--name", "evening").returncode == 0
    assert site.read_text().startswith(SITE)
    assert load_site(site).rules["evening"].behaviour == "loitering"
    assert "rules changed" in command("config", "history").stdout
    assert command("config", "revert", "1").returncode == 0
    assert site.read_text() == SITE


def test_a_refusal_says_why_and_what_would_do(site: Path, command: Command) -> None:
    refused = command("rule", "tell me when a dog barks", "--yes")
    assert refused.returncode == 1
    assert "`dog`, `barks`" in refused.stderr
    assert refused.stderr.count("Tell me when") == 3
    assert site.read_text() == SITE
    as_json = command("rule", "tell me when a dog barks", "--json")
    assert (as_json.returncode, json.loads(as_json.stdout)["unknown"]) == (1, ["dog", "barks"])


def test_it_is_tried_in_the_city(site: Path, command: Command) -> None:
    made = json.loads(command("rule", SENTENCE.replace("5 minutes", "10 seconds"), "--json").stdout)
    (trial,) = made["simulated"]
    assert (trial["rule"], trial["pack"], trial["why"]) == ("loitering", "metro", "")
    assert trial["events"] >= trial["found"] > 0
    assert made["stored"] == []
    assert not made["written"]
    assert site.read_text() == SITE


def test_a_rule_that_is_there_is_not_written_over(site: Path, command: Command) -> None:
    refused = command("rule", SENTENCE, "--no-trial", "--yes", "--name", "no-entry")
    assert refused.returncode != 0
    assert "no-entry" in refused.stderr
    assert site.read_text() == SITE
