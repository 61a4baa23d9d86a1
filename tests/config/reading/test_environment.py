"""`.env` files and `${NAME}`."""

from pathlib import Path

import pytest

from secondsight.config import load_site, read_environment
from secondsight.errors import ConfigError
from tests.config.sample import SECRET, written
from tests.table import table


@table(
    ("line", "value"),
    [
        ("A=x", "x"),
        ("export A=x", "x"),
        ("  A = x  ", "x"),
        ("A=", ""),
        ("A='x y'", "x y"),
        ('A="x y"', "x y"),
        ('A=" x "  # why', " x "),
        ("A=x#y", "x#y"),
        ("A=x # y", "x"),
        ("A= # y", ""),
        ("A=#y", ""),
        ("A=x=y", "x=y"),
        ("A='it\"s'", 'it"s'),
        ("# c\n\n\nA=x\r", "x"),
    ],
)
def test_lines(tmp_path: Path, line: str, value: str) -> None:
    (tmp_path / ".env").write_bytes(line.encode() + b"\n")
    assert read_environment(tmp_path, {}) == {"A": value}


@table(
    ("text", "line", "problem"),
    [
        (f"A=x\n{SECRET}\n", 2, "expected NAME=value"),
        (f"A B={SECRET}\n", 1, "expected NAME=value"),
        (f"={SECRET}", 1, "expected NAME=value"),
        (f"A='{SECRET}", 1, "quotes"),
        (f"A='{SECRET}' more", 1, "quotes"),
    ],
)
def test_wrong_lines(tmp_path: Path, text: str, line: int, problem: str) -> None:
    (tmp_path / ".env").write_text(text)
    with pytest.raises(ConfigError, match=problem) as caught:
        load_site(written(tmp_path), {})
    assert (caught.value.file, caught.value.line) == (str(tmp_path / ".env"), line)
    assert SECRET not in str(caught.value)


def test_wrong_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff")
    with pytest.raises(ConfigError, match=r"\.env.*not UTF-8"):
        read_environment(tmp_path, {})


def test_process_goes_before_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("SECONDSIGHT_A=file\nSECONDSIGHT_B=file\n")
    monkeypatch.setenv("SECONDSIGHT_A", "process")
    found = read_environment(tmp_path)
    assert (found["SECONDSIGHT_A"], found["SECONDSIGHT_B"]) == ("process", "file")
    assert read_environment(tmp_path, {})["SECONDSIGHT_A"] == "file"


@table(
    ("written_as", "value"),
    [
        ("${A}", "one"),
        ("x-${A}-${B}", "x-one-two"),
        ("${C:-three}", "three"),
        ("${A:-three}", "one"),
        ("${C:-}x", "x"),
        ("$A", "$A"),
        ("${D}", "${A}"),  # what a variable holds is not looked into again
    ],
)
def test_variables(tmp_path: Path, written_as: str, value: str) -> None:
    text = f"cameras: {{a: {{source: x, description: '{written_as}'}}}}"
    site = load_site(written(tmp_path, text), {"A": "one", "B": "two", "D": "${A}"})
    assert site.cameras["a"].description == value


def test_variables_in_lists_and_all_mistakes(tmp_path: Path) -> None:
    text = (
        "cameras: {a: {source: '${X}'}}\n"
        "rules:\n  r:\n    behaviour: intrusion\n    zone: frame\n    classes: ['${Y}', '${A}']\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_site(written(tmp_path, text), {"A": "one"})
    assert [(each.line, each.key) for each in caught.value.errors] == [
        (1, "cameras.a.source"),
        (6, "rules.r.classes.0"),
    ]


@table("key", ["transport", "frame_rate", "stall_timeout", "start_time", "masks", "zones", "loop"])
def test_values_of_variables_are_never_shown(tmp_path: Path, key: str) -> None:
    text = f"cameras: {{a: {{source: x, {key}: '${{A}}'}}}}"
    with pytest.raises(ConfigError) as caught:
        load_site(written(tmp_path, text), {"A": SECRET})
    assert SECRET not in str(caught.value)
    assert caught.value.key == f"cameras.a.{key}"
