"""Wrong site files through the command line: each is named by file, line and key, with the nearest valid spelling."""

from pathlib import Path

import pytest

from tests.cli.conftest import Command

GOOD = """\
cameras:
  hall:
    source: rtsp://user:sEcr3t@10.0.0.1/live
    zones:
      door:
        coordinates: 0.1,0.1,0.9,0.1,0.9,0.9
rules:
  night:
    behaviour: intrusion
    zone: door
    policy:
      deadline: 10min
brain:
  backend: none
"""


@pytest.mark.parametrize(
    ("good", "wrong", "expected"),
    [
        ("source:", "sorce:", "3: cameras.hall.sorce: unknown key; did you mean `source`?"),
        ("cameras:", "camera:", "1: camera: unknown key; did you mean `cameras`?"),
        ("behaviour: i", "behavior: i", "9: rules.night.behavior: unknown key; did you mean `behaviour`?"),
        (
            "intrusion",
            "intrusoin",
            "9: rules.night.behaviour: not a choice here; did you mean `intrusion`?",
        ),
        ("zone: door", "zone: doors", "10: rules.night.zone: no camera has a zone of this name; did you mean `d"),
        ("0.9,0.9", "0.9,9", "6: cameras.hall.zones.door.coordinates: point 3 lies outside the picture"),
        ("0.1,0.1,", "0.1,", "6: cameras.hall.zones.door.coordinates: an odd count of numbers"),
        ("10min", "10 minuets", "12: rules.night.policy.deadline: not a duration; write 5s, 10min"),
        ("none", "opanai", "14: brain.backend: not a choice here; did you mean `openai`?"),
        ("none", "openai", "13: brain.base_url: backend `openai` needs this key: such as http://localhost:8000/v1"),
        ("deadline", "dead_line", "12: rules.night.policy.dead_line: unknown key; did you mean `deadline`?"),
        ("rtsp://user:sEcr3t@10.0.0.1/live", "${CAM}", "3: cameras.hall.source: environment variable CAM is not set"),
        ("  night:", "\tnight:", "8: not valid YAML: a tab where spaces are expected"),
        ("  hall:\n", "  hall: {\n", "4: not valid YAML"),
        ("rules:", "cameras:", "7: cameras: this key stands here twice"),
        ("  hall:", "  front door!:", "2: cameras.front door!: a name holds only letters, digits, - and _"),
    ],
)  # fmt: skip
def test_each_kind_of_mistake(good: str, wrong: str, expected: str, command: Command, tmp_path: Path) -> None:
    assert good in GOOD
    (tmp_path / "site.yaml").write_text(GOOD.replace(good, wrong, 1))
    done = command("run", "site.yaml")
    assert done.returncode == 2
    assert f"site.yaml:{expected}" in done.stderr
    assert "sEcr3t" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "data").exists()


def test_all_mistakes_are_told_at_once_and_check_says_the_same(command: Command, tmp_path: Path) -> None:
    text = GOOD.replace("source:", "sorce:").replace("10min", "soon").replace("none", "nine")
    (tmp_path / "site.yaml").write_text(text)
    run = command("run", "site.yaml")
    check = command("check", "site.yaml")
    assert run.returncode == check.returncode == 2
    assert run.stderr == check.stderr
    lines = run.stderr.removeprefix("error: ").splitlines()
    assert [line.split(":")[1] for line in lines] == ["3", "12", "14"]
