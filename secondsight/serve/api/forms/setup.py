"""Changes of the site file, as the API takes and shows them."""

from typing import Annotated, Any

from pydantic import Field

from secondsight.serve.api.forms.common import FormIn, FormOut, NameText, Number, Time
from secondsight.serve.trials import TrialState

Settings = Annotated[dict[str, Any], Field(max_length=200)]
"""Keys as the site file has them."""
Coordinates = Annotated[list[tuple[float, float]], Field(min_length=2, max_length=101)]
"""Points as shares of the picture's width and height."""


class SiteTextOut(FormOut):
    """Cameras and rules as the site file has them; passwords are `***`, variables stay `${NAME}`."""

    cameras: dict[str, Any]
    rules: dict[str, Any]


class NewCameraIn(FormIn):
    """A camera. `source` may hold a password: it is kept in `.env`, and not shown again."""

    name: NameText
    settings: Settings


class SettingsIn(FormIn):
    """Settings of a camera or a rule."""

    settings: Settings


class RulesIn(FormIn):
    """Settings of rules, by name."""

    rules: Annotated[dict[str, Settings], Field(min_length=1, max_length=20)]


class PlaceIn(FormIn):
    """Corners of a zone, or both points of a line."""

    coordinates: Coordinates


class MasksIn(FormIn):
    """Every mask of a camera."""

    masks: Annotated[list[Coordinates], Field(max_length=100)]


class SiteChangeOut(FormOut):
    """A change. `version` is null where it was only tried (`try=true`). `base` can be sent with the save."""

    what: str
    diff: str
    base: str
    version: int | None
    takes_effect: str


class SiteVersionOut(FormOut):
    """A kept version. `author` is empty where the file was edited by hand."""

    number: int
    time: Time
    author: str
    what: str


class DifferenceOut(FormOut):
    """What a version changed, unified."""

    diff: str


class CameraTestOut(FormOut):
    """What a camera showed. `picture`: JPEG, base64."""

    codec: str
    width: int
    height: int
    frame_rate: Number
    duration: Number
    live: bool
    picture: str


class TrialIn(FormIn):
    """Settings of a rule to be tried, and on how many of the last hours."""

    settings: Settings
    hours: Annotated[float, Field(gt=0, le=24)] = 1.0


class TriedCameraOut(FormOut):
    """A camera of a trial. `seconds` of video were looked at; `footage` is false where there were only clips of
    events."""

    camera: str
    seconds: Number
    footage: bool


class TriedEventOut(FormOut):
    """What the rule would have reported. `has_picture`: whether its picture can be asked for."""

    camera: str
    kind: str
    triggered: Time
    score: Number
    label: str
    zone: str
    has_picture: bool


class TrialOut(FormOut):
    """A trial. `state`: running, done or failed; `error` then says why."""

    id: str
    rule: str
    state: TrialState
    error: str
    cameras: list[TriedCameraOut]
    events: list[TriedEventOut]
