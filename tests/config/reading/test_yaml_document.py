"""Whatever a file holds, reading it ends in values or in a plain word about what is wrong."""

from pathlib import Path

import pytest

from secondsight.config import load_site
from secondsight.config.reading.yaml_document import parse, read_text
from secondsight.errors import ConfigError
from tests.config.sample import ENVIRON, SECRET, SITE, written
from tests.table import table

CAMERA = "cameras:\n  hall:\n    source: a.mp4\n"


@table(
    ("data", "line", "problem"),
    [
        (b"", 1, "the file is empty; `secondsight init FOLDER`"),
        (b"\xef\xbb\xbf", 1, "the file is empty"),
        (b"# nothing\n", 1, "the file is empty"),
        (b"- a\n- b\n", 1, "expected keys such as `cameras:`"),
        (b"just text", 1, "expected keys"),
        (b"a: 1\nb: \xff\xfe\n", 2, "not UTF-8 text"),
        ("cameras: {}".encode("utf-16"), 1, "not UTF-8 text"),
        (b"a: 1\nb: \x00\x01\n", 2, "control character"),
        (b"\x7fELF\x02\x01\x01\x00", 1, "control character"),
        (b"cameras:\n\thall:\n", 2, "indent with spaces"),
        (b"cameras:\n  hall:\n\t  source: a\n", 3, "indent with spaces"),
        (b"cameras: [1, 2\n", 2, "not valid YAML"),
        (b"cameras: *nobody\n", 1, "undefined alias"),
        (b"a: b: c\n", 1, "mapping values are not allowed"),
        (b"a: 1\n---\nb: 2\n", 2, "a second document begins here"),
        (b"cameras:\n  hall: 'open\n", 3, "not valid YAML"),
        (b"a: !!binary aGFsbG8=\n", 1, "a kind of value that site files do not use"),
        (b"a: !secret xyz\n", 1, "a kind of value"),
        (b"a: !!set {x, y}\n", 1, "a kind of value"),
        (b"a: !!python/object/apply:os.system [ls]\n", None, ""),
        (b"x: " + b"[" * 60 + b"]" * 60, 1, "nested too deeply"),
        (b"x: " + b"[" * 1_000 + b"]" * 1_000, None, "nested too deeply"),
        (b"x: &a [*a]\n", None, ""),
        (b"x: &a {y: *a}\n", None, ""),
        (b"# " + b"x" * 2**20, None, "larger than 512 KB"),
        (b"x: " + b"9" * 5000, None, ""),
    ],
)
def test_wrong_files(tmp_path: Path, data: bytes, line: int | None, problem: str) -> None:
    file = tmp_path / "site.yaml"
    file.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load_site(file, {})
    assert problem in caught.value.problem
    assert caught.value.file == str(file)
    assert problem == "" or caught.value.line == line


def test_aliases_that_explode(tmp_path: Path) -> None:
    """Nine levels of nine aliases each would be a billion values."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for here, below in zip("bcdefghi", "abcdefgh", strict=True):
        lines.append(f"{here}: &{here} [{', '.join([f'*{below}'] * 9)}]")
    with pytest.raises(ConfigError, match="too large"):
        load_site(written(tmp_path, "\n".join(lines)), {})


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, problem in (
        (tmp_path / "none.yaml", "no such file; `secondsight init FOLDER` writes a first one"),
        (tmp_path, "this is a folder"),
        (tmp_path / ("x" * 300), "cannot be read"),
        (Path("/proc/self/mem"), "cannot be read: Input/output error"),
        (Path("a\0b"), "no file can have such a name"),
    ):
        with pytest.raises(ConfigError, match=problem):
            load_site(path, {})


def test_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + CAMERA.encode())
    assert list(load_site(file, {}).cameras) == ["hall"]
    assert read_text(file) == CAMERA


def test_windows_line_ends(tmp_path: Path) -> None:
    assert load_site(written(tmp_path, SITE.replace("\n", "\r\n")), ENVIRON).rules


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        (SITE + "version: 1\n", SITE.count("\n") + 1, "version"),
        (SITE.replace("  roof:\n", f"    source: {SECRET}\n  roof:\n"), 12, "source"),
    ],
)
def test_duplicate_keys(tmp_path: Path, text: str, line: int, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_site(written(tmp_path, text), ENVIRON)
    assert (caught.value.line, caught.value.key) == (line, key)
    assert "twice" in caught.value.problem
    assert SECRET not in str(caught.value)


SHARED = """\
cameras:
  a: &common
    source: a.mp4
    frame_rate: 5
    zones: &zones
      yard: {coordinates: "0,0,1,0,1,1"}
  b:
    <<: *common
    source: b.mp4
  c:
    source: c.mp4
    zones: *zones
"""


def test_anchors_aliases_and_merge_keys(tmp_path: Path) -> None:
    cameras = load_site(written(tmp_path, SHARED), {}).cameras
    assert [cameras[name].frame_rate for name in "abc"] == [5, 5, 10]
    assert [cameras[name].source.get_secret_value()[-5:] for name in "abc"] == ["a.mp4", "b.mp4", "c.mp4"]
    assert cameras["a"].zones == cameras["b"].zones == cameras["c"].zones


def test_a_merged_mistake_has_a_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_site(written(tmp_path, SHARED.replace("frame_rate: 5", "frame_rate: fast")), {})
    assert [(each.line, each.key) for each in caught.value.errors] == [
        (4, "cameras.a.frame_rate"),
        (7, "cameras.b.frame_rate"),
    ]


def test_lines_of_everything() -> None:
    document = parse("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n", "f")
    assert document.lines == {
        ("a",): 1,
        ("b",): 2,
        ("b", "0"): 3,
        ("b", "1"): 4,
        ("b", "1", "c"): 4,
        ("b", "1", "d"): 5,
    }
    assert document.values == {"a": 1, "b": ["x", {"c": 2, "d": 3}]}


def test_secrets_in_keys_are_redacted(tmp_path: Path) -> None:
    text = f"cameras:\n  ? rtsp://admin:{SECRET}@host/x\n  : {{source: a}}\n"
    with pytest.raises(ConfigError) as caught:
        load_site(written(tmp_path, text), {})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("name", ["007", "010", "0x10", "1_000", "7", "1e3"])
def test_a_camera_is_called_as_it_is_written(name: str, tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(f"cameras:\n  {name}:\n    source: a.mp4\n")
    assert list(load_site(file).cameras) == [name]
