"""The site file: what stands in it, changing it, its versions, and a test of a camera before it is added.

Only who may administer sees or changes it. A site that runs in this process takes over cameras and rules at once; all
else holds from its next start on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from secondsight.config import (
    CameraSettings,
    FormField,
    SiteConfig,
    SiteDifference,
    SiteEdit,
    SiteFile,
    SiteProposal,
    SiteVersion,
    difference,
    put_camera,
    put_rule,
    rule_form,
)
from secondsight.errors import RefusedError, SecondSightError
from secondsight.masking import HIDDEN, redact
from secondsight.media import StreamInfo, probe
from secondsight.serve.auth.rights import Principal, Right, UnknownError
from secondsight.serve.pictures import take
from secondsight.serve.site import ServedSite
from secondsight.serve.trials import RuleTrial
from secondsight.store import AuditEntry

AT_ONCE, NEXT_START = "at once", "at the next start of the site"


@dataclass(frozen=True, slots=True)
class SiteChange:
    """A change of the site file.

    Attributes:
        diff: unified, without secrets.
        base: digest of the file that it starts from; a later save can insist on it.
        version: number of the version that was saved; None where it was only tried.
        takes_effect: when it holds, in words.
    """

    what: str
    diff: str
    base: str
    version: int | None
    takes_effect: str


@dataclass(frozen=True, slots=True)
class SiteText:
    """What stands in the site file of cameras and rules, as plain values without secrets."""

    cameras: Mapping[str, Any]
    rules: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CameraTest:
    """What a camera showed when it was tried. Attributes: picture: JPEG."""

    info: StreamInfo
    picture: bytes


def site_text(site: ServedSite, person: Principal) -> SiteText:
    """Cameras and rules as they are written. Raises RefusedError, ConfigError."""
    values = _file(site, person).values()
    return SiteText(_shown(values.get("cameras") or {}), _shown(values.get("rules") or {}))


def configured_camera(site: ServedSite, person: Principal, name: str) -> CameraSettings:
    """A camera as the site file describes it now. Raises UnknownError, RefusedError, ConfigError."""
    found = _file(site, person).config().cameras.get(name)
    if found is None:
        raise UnknownError("there is no such camera")
    return found


def form_of_rule(site: ServedSite, person: Principal, behaviour: str) -> list[FormField]:
    """The keys that a rule of a behaviour has. Raises RefusedError."""
    _file(site, person)
    return rule_form(behaviour)


def change(
    site: ServedSite, person: Principal, edit: SiteEdit, *, try_only: bool = False, base: str | None = None
) -> SiteChange:
    """Change the site file.

    Args:
        try_only: check it and show the difference; nothing is written.
        base: of a change that was tried: refuse if the file has changed since.

    Raises:
        ConfigError: the site would be none; with line and key of every mistake.
        RefusedError: there is no site file, nothing to change, or it has changed meanwhile.
        StoreError: the file cannot be written.
    """
    file = _file(site, person)
    edit = _without_hidden_source(file, edit)
    return _made(site, person, file, file.propose(edit), edit.name, try_only=try_only, base=base)


def versions(site: ServedSite, person: Principal) -> list[SiteVersion]:
    """Kept versions, newest first."""
    return _file(site, person).versions()[::-1]


def version_difference(site: ServedSite, person: Principal, number: int) -> str:
    """What a version changed. Raises RefusedError."""
    return _file(site, person).diff_of(number)


def revert(
    site: ServedSite, person: Principal, number: int, *, try_only: bool = False, base: str | None = None
) -> SiteChange:
    """Let the site file be as a kept version was. Raises as `change`."""
    file = _file(site, person)
    proposal = file.propose_revert(number)
    return _made(site, person, file, proposal, f"version {number}", try_only=try_only, base=base)


def try_camera(site: ServedSite, person: Principal, name: str, settings: Mapping[str, Any]) -> CameraTest:
    """Open a camera as it would be with these settings, and take a picture. Takes seconds.

    Raises:
        ConfigError: the settings are wrong.
        SourceError: it cannot be opened, or shows no picture.
    """
    file = _file(site, person)
    edit = _without_hidden_source(file, put_camera(name, settings))
    camera = file.propose(edit).config.cameras[name]
    return CameraTest(probe(name, camera), take(name, camera))


def try_rule(
    site: ServedSite, person: Principal, rule: str, settings: Mapping[str, Any], hours: float
) -> RuleTrial:
    """Begin to try a rule on what was recorded in the last hours. It goes on by itself; see `trial`.

    Raises:
        ConfigError: the settings are wrong.
        RefusedError: there is no site file, or another trial runs.
    """
    file = _file(site, person)
    file.tried(put_rule(rule, settings))
    return site.trials.start(file.path, site.data, rule, settings, hours)


def trial(site: ServedSite, person: Principal, id: str) -> RuleTrial:
    """A trial, as far as it is. Raises UnknownError."""
    _file(site, person)
    found = site.trials.get(id)
    if found is None:
        raise UnknownError("there is no such trial any more")
    return found


def trial_picture(site: ServedSite, person: Principal, id: str, number: int) -> bytes:
    """The picture of an event of a trial, JPEG; counted from 0. Raises UnknownError."""
    events = trial(site, person, id).events
    picture = events[number].picture if number < len(events) else None
    if picture is None:
        raise UnknownError("there is no such picture")
    return picture


def stop_trial(site: ServedSite, person: Principal) -> None:
    """End the trial that runs, if any."""
    _file(site, person)
    site.trials.stop()


def _file(site: ServedSite, person: Principal) -> SiteFile:
    person.need(Right.ADMINISTER)
    if site.file is None:
        raise RefusedError(
            "no site file was named: run `secondsight serve site.yaml`, or `secondsight run site.yaml`"
        )
    return site.file


def _made(
    site: ServedSite,
    person: Principal,
    file: SiteFile,
    proposal: SiteProposal,
    target: str,
    *,
    try_only: bool,
    base: str | None,
) -> SiteChange:
    if base is not None and base != proposal.base:
        raise RefusedError("the site file has changed meanwhile; look at the difference again")
    if try_only:
        return SiteChange(proposal.what, proposal.diff, proposal.base, None, _when(site, proposal.config))
    version = file.save(proposal, person.name)
    after = {"version": version.number, "change": proposal.what, "difference": proposal.diff}
    site.store.audit.add(AuditEntry(person.name, "site.change", target, {"digest": proposal.base}, after))
    return SiteChange(
        proposal.what, proposal.diff, proposal.base, version.number, _taken(site, proposal.config)
    )


def _when(site: ServedSite, config: SiteConfig) -> str:
    """When a change holds that is saved now."""
    running = site.live.config
    return NEXT_START if running is None else _told(difference(running, config))


def _taken(site: ServedSite, config: SiteConfig) -> str:
    """Let a site that runs here take over what it can; when the change holds."""
    try:
        found = site.live.apply(config)
    except SecondSightError as error:
        return f"{NEXT_START}: {redact(str(error))}"
    return NEXT_START if found is None else _told(found)


def _told(found: SiteDifference) -> str:
    if not found.restart:
        return AT_ONCE
    waiting = f"{NEXT_START} ({', '.join(found.restart)})"
    return f"{AT_ONCE} for cameras and rules, {waiting}" if found.cameras else waiting


def _without_hidden_source(file: SiteFile, edit: SiteEdit) -> SiteEdit:
    """A source that came back as it was shown, its password hidden, has not been changed."""
    if len(edit.place) != 2 or edit.place[0] != "cameras" or not isinstance(edit.value, Mapping):
        return edit
    given = edit.value.get("source")
    if not isinstance(given, str) or HIDDEN not in given:
        return edit
    camera = (file.values().get("cameras") or {}).get(edit.place[1])
    if not isinstance(camera, Mapping) or given != redact(str(camera.get("source"))):
        return edit
    return replace(edit, value={key: value for key, value in edit.value.items() if key != "source"})


def _shown(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {redact(str(key)): _shown(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_shown(value) for value in node]
    return redact(node) if isinstance(node, str) else node
