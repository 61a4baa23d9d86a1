"""`secondsight config`: the site file is changed, compared, and brought back, with its comments."""

from pathlib import Path

from tests.cli.conftest import Command

SITE = """\
cameras:
  hall:  # the big one
    source: hall.mp4
rules:
  in: {behaviour: intrusion, zone: frame}
"""


def test_a_change_is_shown_made_listed_and_taken_back(command: Command, tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE)
    tried = command("config", "set", "cameras.hall.description", "the hall", "--dry-run")
    assert (tried.returncode, "+    description: the hall" in tried.stdout) == (0, True)
    assert site.read_text() == SITE
    made = command("config", "set", "cameras.hall.zones.door", "{coordinates: [[0, 0], [1, 0], [1, 1]]}")
    assert made.returncode == 0, made.stderr
    assert "# the big one" in site.read_text()
    removed = command("config", "remove", "rules.in")
    assert removed.returncode == 0, removed.stderr
    listed = command("config", "history").stdout
    assert "command line" in listed
    assert "rules.in removed" in listed
    assert "+        coordinates" in command("config", "diff", 2).stdout
    assert command("config", "revert", 1).returncode == 0
    assert site.read_text() == SITE
    assert command("config", "diff").stdout == "no difference\n"


def test_mistakes_are_said_in_a_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    for arguments, said in (
        (("set", "rules.in.zone", "hall"), "rules.in.zone"),
        (("set", "rules.in", "{"), "not YAML"),
        (("set", "rules..in", "x"), "dots between"),
        (("remove", "rules.out"), "there is no `rules.out`"),
        (("revert", "7"), "no version 7"),
        (("history", "--site", "gone.yaml"), "no versions yet"),
    ):
        done = command("config", *arguments)
        assert said in done.stderr + done.stdout, done
        assert "Traceback" not in done.stderr
    assert (tmp_path / "site.yaml").read_text() == SITE
