"""Which cameras' pictures may go to this site's brain, and what is opened to redact them."""

from secondsight.brain import Brain, Reviewer
from secondsight.cascade import EgressGate, Redactor
from secondsight.config import SiteConfig
from secondsight.errors import ConfigError
from secondsight.records import Egress, classes_named
from secondsight.sentinel import Detector, ModelStore

_OF_THE_HEAD = frozenset({"no_helmet"})
"""Behaviours whose question is about heads, which redaction hides where no model finds the faces alone."""


def sending_cameras(config: SiteConfig) -> list[str]:
    """The cameras that have a rule which may ask the brain."""
    return [
        name
        for name in config.cameras
        if any(rule.policy.verify != "never" for rule in config.rules_of(name).values())
    ]


def make_egress_gate(config: SiteConfig, brain: Reviewer | None) -> EgressGate:
    """The gate that releases requests to this brain, with the models that redaction needs.

    Raises:
        ConfigError: pictures of a camera may not leave, but the brain is elsewhere; or nothing can find people.
        ModelError: a model cannot be used; names it.
    """
    remote = brain is not None and brain.remote
    redactor = None
    if brain is not None and remote:
        for name in sending_cameras(config):
            _refuse(config, name, brain)
        if any(config.egress_of(name) is Egress.REDACTED for name in sending_cameras(config)):
            redactor = _redactor(config)
    return EgressGate(remote, redactor)


def make_question_gate(config: SiteConfig, brain: Brain) -> EgressGate:
    """The gate that releases pictures for a question. Those of cameras that may not leave are left out, one by one.

    Raises:
        ConfigError: nothing can find people in pictures that are to be redacted.
        ModelError: a model cannot be used; names it.
    """
    redacts = brain.remote and any(config.egress_of(name) is Egress.REDACTED for name in config.cameras)
    return EgressGate(brain.remote, _redactor(config) if redacts else None)


def check_egress(config: SiteConfig, brain: Reviewer | None, before: SiteConfig) -> None:
    """Check that a running site can take over these cameras and rules.

    Args:
        before: what the gate of the site was made for.

    Raises:
        ConfigError: pictures of a camera may not leave; or they have to be redacted, and nothing was opened for it.
    """
    if brain is None or not brain.remote:
        return
    for name in sending_cameras(config):
        _refuse(config, name, brain)
    redacting = any(before.egress_of(name) is Egress.REDACTED for name in sending_cameras(before))
    for name in sending_cameras(config):
        if config.egress_of(name) is Egress.REDACTED and not redacting:
            raise ConfigError(
                f"the models that redact pictures of camera {name} are opened at the start; restart the site",
                key=f"cameras.{name}.egress",
            )


def describe_egress(config: SiteConfig, camera: str, brain: Reviewer) -> str:
    """What of a camera's pictures goes to a brain elsewhere, in words. Raises as `make_egress_gate`."""
    _refuse(config, camera, brain)
    level = config.egress_of(camera)
    if level is Egress.FULL:
        return f"full: pictures and words go to {brain.name} as they are"
    settings = config.egress
    _redactor(config).close()
    blind = [name for name, rule in config.rules_of(camera).items() if rule.behaviour in _OF_THE_HEAD]
    if blind and settings.face_model is None:
        raise ConfigError(
            f"rule {', '.join(blind)} asks about heads, which are blurred before they go to {brain.name}; set "
            "`face_model`, or `egress: full` for the camera",
            key="egress.face_model",
        )
    faces = f"faces ({settings.face_model})" if settings.face_model else "heads of people"
    plates = f"plates ({settings.plate_model})" if settings.plate_model else "lower parts of vehicles"
    return f"redacted: {faces} and {plates} are blurred before they go to {brain.name}"


def _refuse(config: SiteConfig, camera: str, brain: Reviewer) -> None:
    if config.egress_of(camera) is Egress.LOCAL_ONLY:
        raise ConfigError(
            f"pictures of camera {camera} may not leave this machine, but the brain {brain.name} may be elsewhere; "
            "use a brain at localhost, another level, or `verify: never` in the rules of this camera",
            key=f"cameras.{camera}.egress",
        )


def _redactor(config: SiteConfig) -> Redactor:
    settings, sentinel, store = config.egress, config.sentinel, ModelStore(config.models)
    opened: list[Detector] = []

    def model(name: str) -> Detector:
        opened.append(Detector.open(store.resolve(name), sentinel.runtime, sentinel.device))
        return opened[-1]

    try:
        people = model(sentinel.model)
        if settings.face_model is None and not classes_named(settings.people, people.labels, people.groups):
            raise ConfigError(
                f"model {sentinel.model} knows none of these classes, so nobody's face can be hidden; name its "
                "classes of people, or set `face_model`",
                key="egress.people",
            )
        faces = model(settings.face_model) if settings.face_model else None
        plates = model(settings.plate_model) if settings.plate_model else None
    except BaseException:
        for one in opened:
            one.close()
        raise
    return Redactor(settings, people, faces, plates)
