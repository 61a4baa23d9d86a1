"""The tour of the frame path, docs/tour.md, against the code and against a real run.

After a change of the code, `python -m tests.test_tour` puts the present line numbers into the page.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from secondsight.config import load_site
from secondsight.site import Site
from tests.conftest import ROOT
from tests.site.sites import site_file

PAGE = ROOT / "docs" / "tour.md"
_PLACE = re.compile(r"^(- `(secondsight/\S+)\.py`, line )(\d+)(: `(\w+)\.(\w+)`)$", re.MULTILINE)


class Place(NamedTuple):
    """A function that the tour names."""

    file: str
    line: int
    owner: type
    function: str

    @property
    def line_in_code(self) -> int:
        """Number of the line with `def`."""
        lines, first = inspect.getsourcelines(getattr(self.owner, self.function))
        return first + next(number for number, line in enumerate(lines) if line.lstrip().startswith("def "))


def places(text: str) -> list[Place]:
    """What a page, or a part of it, names, in its order."""
    found = []
    for _, file, line, _, owner, function in _PLACE.findall(text):
        module = import_module(file.replace("/", "."))
        found.append(Place(file, int(line), vars(module)[owner], function))
    return found


def stations(text: str) -> list[list[Place]]:
    """The places of each numbered heading."""
    return [places(section) for section in re.split(r"^## \d+\. ", text, flags=re.MULTILINE)[1:]]


def test_the_tour_has_eight_stations_each_with_a_file_of_its_own() -> None:
    entered = [station[0].file for station in stations(PAGE.read_text(encoding="utf-8"))]
    assert len(entered) == len(set(entered)) == 8


def test_every_line_number_is_that_of_the_code() -> None:
    wrong = [
        f"{place.file}.py:{place.line} is line {place.line_in_code} now"
        for place in places(PAGE.read_text(encoding="utf-8"))
        if place.line != place.line_in_code
    ]
    assert not wrong, "`python -m tests.test_tour` corrects the page"


def test_a_frame_visits_the_stations_in_the_order_of_the_tour(
    shorts: Path, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frame at which the candidate arises, through a whole site."""
    tour = places(PAGE.read_text(encoding="utf-8"))
    visits: list[tuple[Place, float]] = []
    for place in tour:
        original = getattr(place.owner, place.function)
        note = _noting_frames if inspect.isgeneratorfunction(original) else _noting_calls
        monkeypatch.setattr(place.owner, place.function, note(place, original, visits))
    file = site_file(tmp_path / "site", {"hall": shorts / "one.mp4"}, models=str(models_dir))
    with Site(load_site(file)) as site:
        events = list(site.events(once=True))
    assert events, "somebody walks in"
    reported = next(time for place, time in visits if place.function == "report")
    assert [place[:2] for place, time in visits if time == reported] == [place[:2] for place in tour]


def _noting_frames(
    place: Place, original: Callable[..., Iterator[Any]], visits: list[Any]
) -> Callable[..., Any]:
    """The generator of packets and frames, which notes each frame."""

    def noted(*args: Any) -> Iterator[Any]:
        for packet, frames in original(*args):
            visits.extend((place, frame.time) for frame in frames)
            yield packet, frames

    return noted


def _noting_calls(place: Place, original: Callable[..., Any], visits: list[Any]) -> Callable[..., Any]:
    """The function, which notes of which frame each call is."""
    signature = inspect.signature(original)

    def noted(*args: Any, **named: Any) -> Any:
        given = signature.bind(*args, **named).arguments
        if "candidate" in given:
            time = given["candidate"].triggered
        else:
            time = (given.get("frame") or given.get("comparison") or given["observation"]).time
        visits.append((place, time))
        return original(*args, **named)

    return noted


def corrected(text: str) -> str:
    """The page with the line numbers of the code."""
    numbers = iter([place.line_in_code for place in places(text)])
    return _PLACE.sub(lambda match: f"{match[1]}{next(numbers)}{match[4]}", text)


if __name__ == "__main__":
    PAGE.write_text(corrected(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
