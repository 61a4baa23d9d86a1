"""The site file as typed, frozen values. Unknown keys are errors; defaults are what most sites want."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from secondsight.config.rules import FRAME, Rule
from secondsight.config.types import (
    Duration,
    Fraction,
    Moment,
    Name,
    Polygon,
    Real,
    Section,
    Segment,
    Size,
    Timespan,
    TimeZone,
    Whole,
)

WHOLE_PICTURE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


class SiteInfo(Section):
    """Who and where.

    Attributes:
        language: of the questions to the brain and its answers.
        timezone: for the times that people read; a name such as Asia/Shanghai.
    """

    name: str = "my site"
    language: Literal["en", "zh"] = "en"
    timezone: TimeZone = "UTC"


class Zone(Section):
    """A polygon in the picture. An object is present when its bottom centre is inside."""

    coordinates: Polygon


class Line(Section):
    """A directed segment in the picture, from the first point to the second."""

    coordinates: Segment


class Gate(Section):
    """When a frame needs no inference.

    Attributes:
        enabled: without a gate every frame within `sentinel.fps` is inferred.
        threshold: change of brightness, in grey levels 0..255, that counts as motion.
        min_area: smallest share of the picture that must change.
        refresh: look at least this often even if nothing moves.
        light_change: share of the picture which, changing at once, is taken for light and not for motion.
    """

    enabled: bool = True
    threshold: Annotated[Real, Field(gt=0, le=255)] = 20.0
    min_area: Fraction = 0.0005
    refresh: Duration = 30.0
    light_change: Fraction = 0.6


class Camera(Section):
    """One configured stream.

    Attributes:
        source: a URL, a file, a device or a folder of images; a secret, since URLs hold passwords.
        description: what the brain is told about the place.
        transport: of RTSP.
        pace: of files: `fast` as they can be worked off, `realtime` as they were recorded.
        loop: of files: begin again at the end.
        start_time: of files: when the recording began; UTC if it names no time zone.
        frame_rate: of folders of images, frames per second.
        stall_timeout: a live source without a packet for so long is opened again.
        max_staleness: frames of a live source that are older are dropped, and counted.
        reconnect_min: first pause before a live source is opened again; it doubles with every failure.
        reconnect_max: longest such pause.
        masks: polygons in which motion does not count.
        gate: this camera's gate; the site's if absent.
    """

    source: Annotated[SecretStr, Field(min_length=1)]
    description: str = ""
    transport: Literal["tcp", "udp"] = "tcp"
    pace: Literal["fast", "realtime"] = "fast"
    loop: bool = False
    start_time: Moment | None = None
    frame_rate: Annotated[Real, Field(gt=0, le=240)] = 10.0
    stall_timeout: Timespan = 10.0
    max_staleness: Timespan = 2.0
    reconnect_min: Timespan = 1.0
    reconnect_max: Timespan = 60.0
    zones: dict[Name, Zone] = Field(default_factory=dict)
    lines: dict[Name, Line] = Field(default_factory=dict)
    masks: tuple[Polygon, ...] = ()
    gate: Gate | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.reconnect_min > self.reconnect_max:
            raise ValueError("`reconnect_min` must not be above `reconnect_max`")
        return self

    def polygon_of(self, zone: str) -> tuple[tuple[float, float], ...]:
        """Corners of a zone of this camera, or of the whole picture for the reserved name `frame`."""
        return WHOLE_PICTURE if zone == FRAME else self.zones[zone].coordinates


class Sentinel(Section):
    """The small models that watch every frame.

    Attributes:
        model: name in the model store.
        runtime: what runs the model; `auto` takes OpenVINO on a CPU.
        device: as the runtime calls it, such as CPU, GPU or CUDA.
        threshold: lowest confidence of a detection that the tracker sees.
        iou: overlap of two boxes of one class from which on the weaker one is a duplicate.
        fps: most looks per second of stream and camera; frames in between are not inferred.
        regions: look at no more of the picture than what moves needs, where model and runtime bear it.
        lost_track: seconds after which an object out of sight is forgotten.
    """

    model: str = "yolox-nano"
    runtime: Literal["auto", "openvino", "onnxruntime"] = "auto"
    device: str = "CPU"
    threshold: Fraction = 0.25
    iou: Fraction = 0.5
    fps: Annotated[Real, Field(gt=0, le=240)] = 5.0
    regions: bool = True
    tracker: Literal["bytetrack", "ocsort", "sort"] = "bytetrack"
    lost_track: Duration = 2.0
    gate: Gate = Gate()


class Brain(Section):
    """The large model for the second look.

    Attributes:
        backend: `openai` for any endpoint that speaks its protocol; `clip` compares with sentences on this machine;
            with `none` events stay unverified.
        base_url: of the endpoint, such as http://localhost:8000/v1; a secret.
        model: as the endpoint calls it; of `clip` an embedded model, or a folder, written with a slash.
        api_key_env: name of the environment variable that holds the key.
        api_key_file: file that holds the key.
        timeout: seconds for one review, the repair of a malformed answer included.
        concurrency: calls at a time.
        retries: further tries of a failed call, with exponential backoff; those while it is away do not count.
        backoff: pause before the first of them.
        lease: a worker that has not answered for so long is taken for dead and its case is given to another.
        max_frames: most pictures in one request.
        frame_size: longer side of those pictures, in pixels.
        price_in: price per million input tokens.
        price_out: price per million output tokens.
        accept: of `clip`: an answer counts from this probability on.
        reject: of `clip`: up to this probability the answer is no; in between it is unclear.
        temperature: of `clip`: above 1 the probabilities come closer to each other, below 1 they part.
    """

    backend: Literal["none", "openai", "clip"] = "none"
    base_url: SecretStr | None = None
    model: str = ""
    api_key_env: str | None = None
    api_key_file: Path | None = None
    timeout: Timespan = 60.0
    concurrency: Annotated[Whole, Field(ge=1, le=256)] = 2
    retries: Annotated[Whole, Field(ge=0, le=20)] = 3
    backoff: Timespan = 1.0
    lease: Timespan = 120.0
    max_frames: Annotated[Whole, Field(ge=1, le=64)] = 6
    frame_size: Annotated[Whole, Field(ge=64, le=4096)] = 768
    price_in: Annotated[Real, Field(ge=0)] | None = None
    price_out: Annotated[Real, Field(ge=0)] | None = None
    accept: Fraction = 0.6
    reject: Fraction = 0.4
    temperature: Annotated[Real, Field(gt=0, le=100)] = 1.0

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.backend == "openai" and (self.base_url is None or not self.model):
            raise ValueError("backend openai needs `base_url` and `model`")
        if self.backend == "clip" and not self.model:
            raise ValueError("backend clip needs `model`: city-clip, or a folder such as ./clip-vit-base")
        if self.reject >= self.accept:
            raise ValueError("`reject` must be below `accept`")
        if self.lease <= self.timeout:
            raise ValueError("`lease` must be longer than `timeout`")
        return self


class Clips(Section):
    """What is cut out of the stream for a case.

    Attributes:
        pre_capture: seconds before the start of the suspicion; held in memory for every camera.
        post_capture: seconds after its trigger.
        max_length: longest clip.
        key_frames: still pictures taken from it, chosen around the best view of the suspect.
    """

    pre_capture: Annotated[Duration, Field(le=600)] = 5.0
    post_capture: Annotated[Duration, Field(le=600)] = 5.0
    max_length: Annotated[Timespan, Field(le=3600)] = 60.0
    key_frames: Annotated[Whole, Field(ge=1, le=64)] = 6

    @model_validator(mode="after")
    def _roomy(self) -> Self:
        if self.max_length < self.pre_capture + self.post_capture:
            raise ValueError("`max_length` must hold at least `pre_capture` and `post_capture` together")
        return self


class Retention(Section):
    """How long clips and pictures stay; events stay without them.

    Attributes:
        age: older ones are removed.
        disk_budget: the oldest are removed when all together take more.
        min_free: free space of the disk that is never used up.
    """

    age: Duration = 30 * 86400.0
    disk_budget: Size = 20 * 10**9
    min_free: Size = 10**9


class StoreSettings(Section):
    """Where events live.

    Attributes:
        url: of a database, as SQLAlchemy writes it; SQLite in the data folder if absent. A secret.
    """

    url: SecretStr | None = None


class SiteConfig(Section):
    """One site: cameras, rules, models, brain, storage.

    Attributes:
        data: folder for the database, clips and pictures.
        models: folder of the model store; the user's cache folder if absent.
    """

    version: Literal[1] = 1
    site: SiteInfo = SiteInfo()
    data: Path = Path("data")
    models: Path | None = None
    cameras: Annotated[dict[Name, Camera], Field(min_length=1)]
    rules: dict[Name, Rule] = Field(default_factory=dict)
    sentinel: Sentinel = Sentinel()
    brain: Brain = Brain()
    clips: Clips = Clips()
    retention: Retention = Retention()
    store: StoreSettings = StoreSettings()

    def gate_of(self, camera: str) -> Gate:
        """The gate settings of one camera: its own, or the site's."""
        return self.cameras[camera].gate or self.sentinel.gate

    def rules_of(self, camera: str) -> dict[str, Rule]:
        """The rules that watch one camera, by name."""
        return {name: rule for name, rule in self.rules.items() if self._watches(rule, camera)}

    def _watches(self, rule: Rule, camera: str) -> bool:
        """A rule watches the cameras it names, or else every camera that has its zone and line."""
        if rule.cameras:
            return camera in rule.cameras
        settings = self.cameras[camera]
        known = {"zone": {FRAME, *settings.zones}, "line": settings.lines.keys()}
        return all(name in known[what] for what, name in rule.places.items())
