"""Requests, pictures and settings that the brain's tests share."""

from io import BytesIO
from typing import Any

from PIL import Image
from pydantic import SecretStr, TypeAdapter

from secondsight.brain import question_sheet
from secondsight.brain.prompts.questions import Language
from secondsight.config import BrainSettings, GuardSettings, OpenAIBrainSettings
from secondsight.records import Box, ReviewFrame, ReviewRequest

TRIGGERED = 1_767_225_600.25
"""2026-01-01T00:00:00.250Z"""
BOX = Box(0.25, 0.25, 0.5, 0.75)


def jpeg(width: int = 320, height: int = 180, colour: tuple[int, int, int] = (90, 90, 90)) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG", quality=90)
    return out.getvalue()


def review_request(
    *,
    count: int = 3,
    language: Language = "en",
    kind: str = "intrusion",
    custom: str | None = None,
    **changes: Any,
) -> ReviewRequest:
    """A request whose frame `i` lies `i - 1` seconds from the trigger; the last frame has no box."""
    sheet = question_sheet(kind, language, custom)
    values: dict[str, Any] = {
        "case_id": "case-1",
        "kind": kind,
        "camera": 'Hall "A", ground floor',
        "label": "person",
        "zone": "room",
        "start": TRIGGERED - 1,
        "triggered": TRIGGERED,
        "frames": tuple(
            ReviewFrame(
                jpeg(colour=(40 * i % 256, 90, 90)), TRIGGERED - 1 + i, BOX if i < count - 1 else None
            )
            for i in range(count)
        ),
        "questions": sheet.questions,
        "sheet": sheet.version,
        "language": sheet.language,
    }
    return ReviewRequest(**{**values, **changes})


def brain_settings(values: dict[str, Any]) -> BrainSettings:
    """Settings from the plain values of a `brain` section."""
    made: BrainSettings = TypeAdapter(BrainSettings).validate_python(values)
    return made


def settings(url: str, **changes: Any) -> OpenAIBrainSettings:
    """Settings of an `openai` brain at `url`, impatient enough for tests; their plain pictures are not refused."""
    guard = GuardSettings(opposite="never", picture=False)
    values: dict[str, Any] = {"model": "test-vl", "timeout": 5.0, "guard": guard}
    return OpenAIBrainSettings(base_url=SecretStr(url), **{**values, **changes})
