"""An event as a person judges it: its pictures with what is marked in them, questions with the answers, why
it came this far, and what has happened at this place before."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from secondsight.brain import question_sheet
from secondsight.records import Box, Case, Event, Outline, Step, snapshot_path
from secondsight.serve.access.events import assignable, feedback_on, find_events, get_event, steps_of
from secondsight.serve.access.files import file_of
from secondsight.serve.auth.rights import Principal, UnknownError
from secondsight.serve.site import ServedSite
from secondsight.store import EventSearch, Feedback

_MARGIN = 0.6
"""Share of a suspect's size that is shown around it on each side."""
_EARLIER = 6


@dataclass(frozen=True, slots=True)
class MarkedPicture:
    """A picture of an event. Boxes are in shares of its width and height.

    Attributes:
        number: of the key frame; None for the snapshot of the moment.
        time: UTC seconds.
        width, height: pixels.
        box: of the suspect, if known.
        evidence: what the brain points at.
    """

    number: int | None
    time: float
    width: int
    height: int
    box: Box | None
    evidence: tuple[Box, ...] = ()

    @property
    def crop(self) -> Box | None:
        """The part around the suspect; None where it is not known, or is nearly all of the picture."""
        if self.box is None:
            return None
        across, down = self.box.x2 - self.box.x1, self.box.y2 - self.box.y1
        part = Box(
            max(0.0, self.box.x1 - _MARGIN * across),
            max(0.0, self.box.y1 - _MARGIN * down),
            min(1.0, self.box.x2 + _MARGIN * across),
            min(1.0, self.box.y2 + _MARGIN * down),
        )
        whole = (part.x2 - part.x1) * (part.y2 - part.y1)
        return part if 0.0 < whole < 0.8 else None


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question in words and the brain's answer.

    Attributes:
        key: as of the answer.
        text: the words; empty where the sheet has no such question any more.
    """

    key: str
    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """All of an event that helps to judge it.

    Attributes:
        pictures: key frames, the one of the moment first; the snapshot where there are none.
        outline: corners of the zone, or both ends of the line, in shares of the picture; empty without one.
        moment: seconds from the beginning of the clip to the moment of the trigger; None without a clip.
        questions: in the order in which they were asked.
        same_words: whether the brain answered these very words.
        case: as it waited for its verdict, if it did.
        assignable: users to whom the person can give it.
        earlier: events of the same kind at this place before, newest first.
    """

    event: Event
    steps: tuple[Step, ...]
    feedback: list[Feedback]
    pictures: tuple[MarkedPicture, ...]
    outline: Outline
    moment: float | None
    questions: tuple[AnsweredQuestion, ...]
    same_words: bool
    case: Case | None
    earlier: tuple[Event, ...]
    assignable: list[str]

    @property
    def acknowledged_by(self) -> tuple[str, ...]:
        """Who has taken it."""
        return tuple(step.by for step in self.steps if step.kind == "acknowledged")


def inspect(site: ServedSite, person: Principal, id: str) -> Inspection:
    """Everything about one event. Raises UnknownError."""
    event = get_event(site, person, id)
    case = site.store.cases.get(id)
    questions, same_words = _questions(site, event)
    return Inspection(
        event=event,
        steps=steps_of(site, person, id),
        feedback=feedback_on(site, person, id),
        pictures=_pictures(site, event, case),
        outline=_outline(site, event),
        moment=None if event.clip is None else max(0.0, event.triggered - event.clip.start),
        questions=questions,
        same_words=same_words,
        case=case,
        earlier=_earlier(site, person, event),
        assignable=assignable(site, person, event.camera),
    )


def _pictures(site: ServedSite, event: Event, case: Case | None) -> tuple[MarkedPicture, ...]:
    said = event.verdict.evidence if event.verdict is not None else ()
    found = [
        MarkedPicture(
            number,
            frame.time,
            *size,
            frame.box,
            tuple(one.box for one in said if one.frame == number and one.box is not None),
        )
        for number, frame in enumerate(event.key_frames)
        if (size := _size(site.data, frame.path)) is not None
    ]
    if found:
        best = min(found, key=lambda one: (one.box is None, abs(one.time - event.triggered)))
        return (best, *(one for one in found if one is not best))
    size = _size(site.data, snapshot_path(event))
    if size is None:
        return ()
    return (MarkedPicture(None, event.triggered, *size, case.candidate.box if case is not None else None),)


def _size(data: Path, relative: str) -> tuple[int, int] | None:
    """Width and height; only the head of the file is read."""
    from PIL import Image

    try:
        with Image.open(file_of(data, relative, "picture")) as picture:
            return picture.size
    except (UnknownError, OSError, ValueError, Image.DecompressionBombError):
        return None


def _outline(site: ServedSite, event: Event) -> Outline:
    camera = site.config.cameras.get(event.camera) if site.config is not None else None
    if camera is None or event.zone is None:
        return ()
    if event.zone in camera.zones:
        return camera.zones[event.zone].coordinates
    return camera.lines[event.zone].coordinates if event.zone in camera.lines else ()


def _questions(site: ServedSite, event: Event) -> tuple[tuple[AnsweredQuestion, ...], bool]:
    if event.verdict is None:
        return (), True
    language: Literal["en", "zh"] = "zh" if ".zh." in event.verdict.prompt_version else "en"
    rule = site.config.rules.get(event.rule) if site.config is not None else None
    sheet = question_sheet(event.kind, language, getattr(rule, "question", None))
    answers = event.verdict.answers
    asked = [
        AnsweredQuestion(one.key, one.text, answers[one.key]) for one in sheet.questions if one.key in answers
    ]
    known = {one.key for one in asked}
    further = [AnsweredQuestion(key, "", answer) for key, answer in answers.items() if key not in known]
    return (*asked, *further), event.verdict.prompt_version.startswith(sheet.version)


def _earlier(site: ServedSite, person: Principal, event: Event) -> tuple[Event, ...]:
    wanted = EventSearch(
        cameras=(event.camera,),
        kinds=(event.kind,),
        zones=(event.zone,) if event.zone else (),
        until=event.triggered,
    )
    return find_events(site, person, wanted, None, _EARLIER).events
