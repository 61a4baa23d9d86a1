"""The site file as typed, frozen values. Unknown keys are errors; defaults are what most sites want."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, SecretStr, model_validator

from secondsight.config.rules import FRAME, CombinedRule, Rule
from secondsight.config.sections.alerts import AnyChannelSettings
from secondsight.config.sections.brain import BrainSettings, NoBrainSettings, OpenAIBrainSettings
from secondsight.config.sections.budget import BudgetLimits, BudgetSettings
from secondsight.config.sections.egress import EgressSettings
from secondsight.config.sections.feedback import CalibrationSettings, FilterSettings
from secondsight.config.sections.ground import GroundSettings
from secondsight.config.sections.learn import LearnSettings
from secondsight.config.sections.questions import AskSettings, FindSettings, VoiceSettings
from secondsight.config.sections.queue import QueueSettings
from secondsight.config.sections.report import ReportSettings
from secondsight.config.sections.second_stage import SecondStageSettings
from secondsight.config.sections.serve import ServeSettings, TelemetrySettings
from secondsight.config.types import (
    Alias,
    AllowedHost,
    Duration,
    Fraction,
    Moment,
    Name,
    Polygon,
    Processes,
    Real,
    Section,
    Segment,
    Size,
    Timespan,
    TimeZone,
    Title,
    Whole,
)
from secondsight.records import Egress

Recording = Literal["continuous", "motion", "events"]
"""What of a camera is kept as footage: all, or what is around motion or events."""
WHOLE_PICTURE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


class SiteInfo(Section):
    """Who and where.

    Attributes:
        name: shown in reports.
        language: of the questions to the brain and its answers.
        timezone: for the times that people read; a name such as Asia/Shanghai.
    """

    name: str = "my site"
    language: Literal["en", "zh"] = "en"
    timezone: TimeZone = "UTC"


class Zone(Section):
    """A polygon in the picture. An object is present when its bottom centre is inside.

    Attributes:
        coordinates: corners in order, 3 to 100.
        aliases: what people call it in questions, in any language, besides its name.
        product: what lies in this shelf; takes and put-backs in the zone are counted as of it.
        till: whether people pay here, for goods that they took where the same camera sees them.
        min_area: smallest box or region that counts in this zone, as a share of the picture, for every rule there.
        max_area: largest one.
    """

    coordinates: Polygon
    aliases: tuple[Alias, ...] = ()
    product: Alias | None = None
    till: bool = False
    min_area: Fraction = 0.0
    max_area: Annotated[Fraction, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _some_size(self) -> Self:
        if self.min_area > self.max_area:
            raise ValueError("`min_area` must not be above `max_area`")
        return self


class Line(Section):
    """A directed segment in the picture, from the first point to the second.

    Attributes:
        coordinates: two points, from and to.
        aliases: what people call it in questions, in any language, besides its name.
    """

    coordinates: Segment
    aliases: tuple[Alias, ...] = ()


class GateSettings(Section):
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


class CameraSettings(Section):
    """One configured stream.

    Attributes:
        source: a URL, a file, a device or a folder of images; a secret, since URLs hold passwords.
        title: what people read instead of the name, in any script; the name if absent.
        description: what the brain is told about the place.
        aliases: what people call it in questions, in any language, besides its name.
        stream: of a source with several video streams, such as a playlist with variants: `main` is the one that is
            marked as default, else the largest that `max_megapixels` allows; or `largest`, or `smallest`.
        transport: of RTSP: `tcp` or `udp`.
        tls_verify: of rtsps, rtmps and https: whether the certificate must be valid and of this host.
        tls_ca: PEM file of the authorities, or the certificate itself, that are trusted instead of the system's.
        allow_hosts: servers, besides its own, to which a redirect or a playlist may lead: `host`, `host:port`,
            `*.domain`. Without a port, the scheme's usual one.
        max_megapixels: a larger picture is refused before it is decoded; 36 lets pass 8K.
        max_packet: a larger encoded picture is refused.
        pace: of files: `fast` as they can be worked off, `realtime` as they were recorded.
        loop: of files: begin again at the end.
        start_time: of files: when the recording began, such as 2026-01-31T08:00:00+01:00; UTC if it names no time
            zone. If absent: the time written in the file, else the time of its last change.
        frame_rate: of folders of images, frames per second.
        picture_interval: of HTTP addresses that give one picture, time between two requests.
        stall_timeout: a live source without a packet for this long is opened again.
        max_staleness: frames of a live source that are older are dropped, and counted.
        reconnect_min: first pause before a live source is opened again; it doubles with every failure.
        reconnect_max: longest such pause.
        zones: polygons by name. Every camera has the zone `frame`, the whole picture.
        lines: directed segments by name.
        masks: polygons in which motion does not count.
        gate: this camera's gate; the site's if absent.
        ground: what gives metres to speeds and distances.
        budget: maximum cost of the reviews of this camera.
        egress: what of its pictures may leave this machine; as the section `egress` says if absent.
        record: keep footage: `continuous`, or around `motion` or `events`; none if absent. Packets are kept as they
            come, so it costs disk and no computing.
    """

    source: Annotated[SecretStr, Field(min_length=1)]
    title: Title | None = None
    description: str = ""
    aliases: tuple[Alias, ...] = ()
    stream: Literal["main", "largest", "smallest"] = "main"
    transport: Literal["tcp", "udp"] = "tcp"
    tls_verify: bool = True
    tls_ca: Path | None = None
    allow_hosts: tuple[AllowedHost, ...] = ()
    max_megapixels: Annotated[Real, Field(gt=0, le=100)] = 36.0
    max_packet: Annotated[Size, Field(ge=100_000, le=500_000_000)] = 32_000_000
    pace: Literal["fast", "realtime"] = "fast"
    loop: bool = False
    start_time: Moment | None = None
    frame_rate: Annotated[Real, Field(gt=0, le=240)] = 10.0
    picture_interval: Timespan = 0.5
    stall_timeout: Timespan = 10.0
    max_staleness: Timespan = 2.0
    reconnect_min: Timespan = 1.0
    reconnect_max: Timespan = 60.0
    zones: dict[Name, Zone] = Field(default_factory=dict)
    lines: dict[Name, Line] = Field(default_factory=dict)
    masks: tuple[Polygon, ...] = ()
    gate: GateSettings | None = None
    ground: GroundSettings = GroundSettings()
    budget: BudgetLimits = BudgetLimits()
    egress: Egress | None = None
    record: Recording | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.reconnect_min > self.reconnect_max:
            raise ValueError("`reconnect_min` must not be above `reconnect_max`")
        return self

    def polygon_of(self, zone: str) -> tuple[tuple[float, float], ...]:
        """Corners of a zone of this camera, or of the whole picture for the reserved name `frame`."""
        return WHOLE_PICTURE if zone == FRAME else self.zones[zone].coordinates


class SentinelSettings(Section):
    """The small models that watch every frame.

    Attributes:
        model: name in the model store.
        runtime: what runs the model; `auto` takes OpenVINO on a CPU.
        device: as the runtime calls it, such as CPU, GPU or CUDA.
        threshold: lowest confidence of a detection that the tracker sees.
        iou: minimum overlap of two boxes of one class for the weaker one to be a duplicate.
        fps: most looks per second of stream and camera; frames in between are not inferred.
        idle_fps: looks per second while every object that moves goes on as it went. The first motion that was not
            foreseen is looked at in the same frame. Only on cameras whose rules ask where objects are (`intrusion`,
            `loitering`, `line_crossing`, without `min_area`, `max_area` and `attributes`); a value of `fps` or more
            switches it off.
        regions: look only at the part of the picture that moves, and at the whole every 2.5 s; for convolutional
            models (YOLOX, YOLOv5 to v12) with OpenVINO on a CPU. `false`: always the whole.
        contrast: `auto` gives dark pictures more contrast before the detector sees them, such as those of infra-red
            lamps at night; pictures that are recorded stay as they are. `off`: never.
        tracker: `bytetrack`, `ocsort`, `sort` and `botsort` go by place and motion; `deepsort` also by appearance, so
            that it knows people again after seconds; give it a longer `lost_track`, such as 10s.
        reid: of `deepsort`: model that describes the appearance, by its name in the model store; without one the
            colours do.
        second_stage: second-stage models by chosen names; they look at tracks, or at the whole picture, where
            a rule needs it.
        lost_track: seconds after which an object out of sight is forgotten.
        look_timeout: time that a model, or a behaviour of another package, may take for one look. A behaviour that
            takes longer is off until the next start; a model is after three such looks in a row.
        processes: that share the cameras, up to 256; each takes 450 to 550 MB of memory. `auto`: one for every 16
            cameras while there are cores, where the model runs on a CPU.
        isolate: decode in processes of their own even where one is enough, so that a camera that breaks into a
            decoder finds no secrets but those of its process. `auto`: where the address of a camera is not in a
            private network.
    """

    renamed: ClassVar[Mapping[str, str]] = {"steady_fps": "idle_fps", "second": "second_stage"}

    model: str = "yolox-nano"
    runtime: Literal["auto", "openvino", "onnxruntime"] = "auto"
    device: str = "CPU"
    threshold: Fraction = 0.25
    iou: Fraction = 0.5
    fps: Annotated[Real, Field(gt=0, le=240)] = 5.0
    idle_fps: Annotated[Real, Field(gt=0, le=240)] = 1.0
    regions: bool = True
    contrast: Literal["auto", "off"] = "auto"
    tracker: Literal["bytetrack", "ocsort", "sort", "botsort", "deepsort"] = "bytetrack"
    reid: str | None = None
    lost_track: Duration = 2.0
    look_timeout: Annotated[Timespan, Field(ge=0.1, le=3600)] = 30.0
    processes: Processes = "auto"
    isolate: bool | Literal["auto"] = "auto"
    second_stage: dict[Name, SecondStageSettings] = Field(default_factory=dict)
    gate: GateSettings = GateSettings()

    @model_validator(mode="after")
    def _described(self) -> Self:
        if self.reid is not None and self.tracker != "deepsort":
            raise ValueError(
                "`reid` is of the tracker deepsort only; set `tracker: deepsort` or leave it out"
            )
        return self


class ClipsSettings(Section):
    """What is cut out of the stream for a case.

    Attributes:
        pre_capture: seconds before the start of the candidate; held in memory for every camera.
        post_capture: seconds after its trigger.
        max_length: longest clip.
        key_frames: still pictures taken from it, chosen around the best view of its object.
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


class RetentionSettings(Section):
    """How long clips, pictures and rows of the database stay. Sums stay for ever.

    Attributes:
        age: older ones are removed.
        disk_budget: the oldest are removed when all together take more.
        min_free: free space of the disk that is never used up.
        facts: visits and the times at which cameras were watched are removed when they are older.
        tracks: paths of objects are removed when they are older.
        minutes: counts per minute are added up to quarters of an hour when they are older.
        footage: recorded footage is removed, by the hour, when it is older.
        footage_budget: the oldest footage is removed when all together takes more. On a full disk footage goes before
            clips.
        events: events with their verdicts and steps are removed when they are older and settled and have no clip
            any more; how many there were stays, by camera, rule, kind, zone, verification and quarter of an hour.
    """

    age: Duration = 30 * 86400.0
    disk_budget: Size = 20 * 10**9
    min_free: Size = 10**9
    footage: Duration = 7 * 86400.0
    footage_budget: Size = 100 * 10**9
    facts: Duration = 365 * 86400.0
    tracks: Duration = 30 * 86400.0
    minutes: Duration = 90 * 86400.0
    events: Duration = 730 * 86400.0

    @model_validator(mode="after")
    def _outlived(self) -> Self:
        if self.events < self.age:
            raise ValueError("`events` must not be below `age`: a clip without its event is nobody's")
        return self


class StoreSettings(Section):
    """Where events live.

    Attributes:
        url: of a database, as SQLAlchemy writes it; SQLite in the data folder if absent. A secret.
    """

    url: SecretStr | None = None


class SiteConfig(Section):
    """One site: cameras, rules, models, brain, storage.

    Attributes:
        version: of this format.
        site: name, time zone and language of the site.
        data: folder for the database, clips and pictures.
        models: folder of the model store; the user's cache folder if absent.
        cameras: what is watched, by chosen names.
        rules: what to watch for, by chosen names.
        sentinel: the small models.
        brain: the large model that takes the second look; `backend` chooses which keys there are.
        budget: limits of what the brain may cost.
        calibration: how the brain's probabilities are fitted to human feedback.
        filters: filters that learn from rejections.
        egress: what may leave this machine.
        learn: what is kept for learning, and what a new model has to show.
        clips: length of the clips.
        retention: what is kept, and for how long.
        store: the database.
        alerts: channels that carry events to people and systems, by chosen names.
        ask: what the large model does for questions.
        find: search by words.
        report: the reports that the site writes of itself; absent: none.
        voice: what turns spoken questions into text; absent: nothing does.
        queue: the message queue over which programs share the work.
        serve: the API and the console; absent: not served by `secondsight run`.
        telemetry: the collector that takes traces of cases; absent: none are made.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.config import make_site
        >>> config = make_site(
        ...     {
        ...         "cameras": {"hall": {"source": "rtsp://10.0.0.5/live"}},
        ...         "rules": {"no-entry": {"behaviour": "intrusion", "zone": "frame"}},
        ...     },
        ...     Path("/srv/site"),
        ... )
        >>> list(config.rules_of("hall")), config.data
        (['no-entry'], PosixPath('/srv/site/data'))
    """

    version: Literal[1] = 1
    site: SiteInfo = SiteInfo()
    data: Path = Path("data")
    models: Path | None = None
    cameras: Annotated[dict[Name, CameraSettings], Field(min_length=1)]
    rules: dict[Name, Rule] = Field(default_factory=dict)
    sentinel: SentinelSettings = SentinelSettings()
    brain: BrainSettings = NoBrainSettings()
    budget: BudgetSettings = BudgetSettings()
    calibration: CalibrationSettings = CalibrationSettings()
    filters: FilterSettings = FilterSettings()
    egress: EgressSettings = EgressSettings()
    learn: LearnSettings = LearnSettings()
    clips: ClipsSettings = ClipsSettings()
    retention: RetentionSettings = RetentionSettings()
    store: StoreSettings = StoreSettings()
    alerts: dict[Name, AnyChannelSettings] = Field(default_factory=dict)
    ask: AskSettings = AskSettings()
    find: FindSettings = FindSettings()
    report: ReportSettings | None = None
    voice: VoiceSettings | None = None
    queue: QueueSettings | None = None
    serve: ServeSettings | None = None
    telemetry: TelemetrySettings | None = None

    @model_validator(mode="after")
    def _priced(self) -> Self:
        limits = [self.budget, *self.budget.kinds.values(), *(c.budget for c in self.cameras.values())]
        limits.append(self.ask.budget)
        limits += [self.report.budget] if self.report is not None else []
        unpriced = any(
            isinstance(brain, OpenAIBrainSettings) and brain.price_in is None and brain.price_out is None
            for brain in self.brain.asked
        )
        if unpriced and any(limit.counts_money for limit in limits):
            raise ValueError("a budget of money needs `brain.price_in` or `brain.price_out`; or limit calls")
        return self

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        called = dict(zip((name.casefold() for name in self.cameras), self.cameras, strict=False))
        for name, camera in self.cameras.items():
            other = called.setdefault((camera.title or name).casefold(), name)
            if other != name:
                raise ValueError(f"the cameras {other} and {name} would both be called `{camera.title}`")
        return self

    def title_of(self, camera: str) -> str:
        """What people call a camera: its title, or else its name; the name of a camera that is gone too."""
        settings = self.cameras.get(camera)
        return (settings.title if settings is not None else None) or camera

    def egress_of(self, camera: str) -> Egress:
        """What of a camera's pictures may leave: its own level, or the site's; that of a camera that is gone too."""
        own = self.cameras[camera].egress if camera in self.cameras else None
        return own or self.egress.level

    def gate_of(self, camera: str) -> GateSettings:
        """The gate settings of one camera: its own, or the site's."""
        return self.cameras[camera].gate or self.sentinel.gate

    def rules_of(self, camera: str) -> dict[str, Rule]:
        """The rules that watch one camera, by name."""
        return {name: rule for name, rule in self.rules.items() if self.watches(name, camera)}

    def watches(self, name: str, camera: str) -> bool:
        """Whether a rule watches a camera: one that it names, or else any that has its zone and line; a combination
        watches where its members do.
        """
        rule = self.rules[name]
        if rule.cameras:
            return camera in rule.cameras
        if isinstance(rule, CombinedRule):
            return (any if rule.any else all)(self.watches(member, camera) for member in rule.members)
        settings = self.cameras[camera]
        zones = {FRAME, *settings.zones}
        return all(
            name in (settings.lines if what == "line" else zones) for what, name in rule.places.items()
        )
