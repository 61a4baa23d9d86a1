"""/site-file, and changes of /cameras and /rules: the site file, checked, versioned, with its comments."""

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from secondsight.config import (
    SiteEdit,
    put_camera,
    put_ground,
    put_line,
    put_masks,
    put_rule,
    put_rules,
    put_zone,
    remove_place,
)
from secondsight.serve.access import setup as access
from secondsight.serve.api.cameras import JpegResponse
from secondsight.serve.api.forms.setup import (
    CameraTestOut,
    DifferenceOut,
    MasksIn,
    NewCameraIn,
    PlaceIn,
    RulesIn,
    SettingsIn,
    SiteChangeOut,
    SiteTextOut,
    SiteVersionOut,
    TrialIn,
    TrialOut,
)
from secondsight.serve.auth.requests import Admin, Served

router = APIRouter(tags=["setup"])
_Name = Annotated[str, Path(max_length=128)]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
_Try = Annotated[bool, Query(alias="try", description="Only check it and show the difference.")]
_Base = Annotated[
    str | None, Query(max_length=64, description="`base` of the try: refused if the file is another.")
]


class Changing:
    """Makes an edit as a request asks for it: in earnest, or only to be looked at."""

    def __init__(self, site: Served, person: Admin, try_only: _Try = False, base: _Base = None) -> None:
        self._site, self._person, self._try, self._base = site, person, try_only, base

    def make(self, edit: SiteEdit) -> SiteChangeOut:
        """The change that an edit is."""
        made = access.change(self._site, self._person, edit, try_only=self._try, base=self._base)
        return SiteChangeOut.model_validate(made)

    def revert(self, number: int) -> SiteChangeOut:
        """The change back to a version."""
        made = access.revert(self._site, self._person, number, try_only=self._try, base=self._base)
        return SiteChangeOut.model_validate(made)


Change = Annotated[Changing, Depends()]


@router.get("/site-file")
def site_file(site: Served, person: Admin) -> SiteTextOut:
    """Cameras and rules as the site file has them."""
    return SiteTextOut.model_validate(access.site_text(site, person))


@router.get("/site-file/versions")
def versions(site: Served, person: Admin) -> list[SiteVersionOut]:
    """Kept versions of the site file, newest first."""
    return [SiteVersionOut.model_validate(one) for one in access.versions(site, person)]


@router.get("/site-file/versions/{number}")
def difference(site: Served, person: Admin, number: _Number) -> DifferenceOut:
    """What a version changed."""
    return DifferenceOut(diff=access.version_difference(site, person, number))


@router.post("/site-file/versions/{number}/revert")
def revert(person: Admin, change: Change, number: _Number) -> SiteChangeOut:
    """Let the site file be as this version was."""
    return change.revert(number)


@router.post("/camera-test")
def test(site: Served, person: Admin, camera: NewCameraIn) -> CameraTestOut:
    """Open a camera with these settings, and take a picture. Nothing is saved; takes seconds."""
    tried = access.try_camera(site, person, camera.name, camera.settings)
    info, picture = tried.info, base64.b64encode(tried.picture).decode()
    return CameraTestOut(
        codec=info.codec,
        width=info.width,
        height=info.height,
        frame_rate=info.frame_rate,
        duration=info.duration,
        live=info.live,
        picture=picture,
    )


@router.post("/cameras")
def add_camera(person: Admin, change: Change, camera: NewCameraIn) -> SiteChangeOut:
    """Add a camera."""
    return change.make(put_camera(camera.name, camera.settings, new=True))


@router.patch("/cameras/{camera}")
def change_camera(person: Admin, change: Change, camera: _Name, new: SettingsIn) -> SiteChangeOut:
    """Change the settings that are given; null gives one its default again."""
    return change.make(put_camera(camera, new.settings))


@router.delete("/cameras/{camera}")
def remove_camera(person: Admin, change: Change, camera: _Name) -> SiteChangeOut:
    """Take a camera out. Its events stay."""
    return change.make(remove_place("cameras", camera))


@router.put("/cameras/{camera}/zones/{zone}")
def zone(person: Admin, change: Change, camera: _Name, zone: _Name, new: PlaceIn) -> SiteChangeOut:
    """Add a zone, or change it."""
    return change.make(put_zone(camera, zone, new.coordinates))


@router.delete("/cameras/{camera}/zones/{zone}")
def remove_zone(person: Admin, change: Change, camera: _Name, zone: _Name) -> SiteChangeOut:
    """Take a zone out."""
    return change.make(remove_place("cameras", camera, "zones", zone))


@router.put("/cameras/{camera}/lines/{line}")
def line(person: Admin, change: Change, camera: _Name, line: _Name, new: PlaceIn) -> SiteChangeOut:
    """Add a line, or change it."""
    return change.make(put_line(camera, line, new.coordinates))


@router.delete("/cameras/{camera}/lines/{line}")
def remove_line(person: Admin, change: Change, camera: _Name, line: _Name) -> SiteChangeOut:
    """Take a line out."""
    return change.make(remove_place("cameras", camera, "lines", line))


@router.put("/cameras/{camera}/masks")
def masks(person: Admin, change: Change, camera: _Name, new: MasksIn) -> SiteChangeOut:
    """Set all masks of a camera."""
    return change.make(put_masks(camera, new.masks))


@router.put("/cameras/{camera}/ground")
def ground(person: Admin, change: Change, camera: _Name, new: SettingsIn) -> SiteChangeOut:
    """Set what is known of the ground of a camera."""
    return change.make(put_ground(camera, new.settings))


@router.put("/rules/{rule}")
def rule(person: Admin, change: Change, rule: _Name, new: SettingsIn) -> SiteChangeOut:
    """Add a rule, or set all of its settings."""
    return change.make(put_rule(rule, new.settings))


@router.put("/rules")
def rules(person: Admin, change: Change, new: RulesIn) -> SiteChangeOut:
    """Add several rules at once, such as those of a sentence, or set all of their settings; the others stay."""
    return change.make(put_rules(new.rules))


@router.post("/rules/{rule}/trial", status_code=202)
def start_trial(site: Served, person: Admin, rule: _Name, wanted: TrialIn) -> TrialOut:
    """Try a rule on what was recorded in the last hours: footage, or clips of events. One at a time; ask for its
    state."""
    return TrialOut.model_validate(access.try_rule(site, person, rule, wanted.settings, wanted.hours))


@router.get("/trials/{id}")
def trial(site: Served, person: Admin, id: _Name) -> TrialOut:
    """How far a trial is, and what the rule would have reported."""
    return TrialOut.model_validate(access.trial(site, person, id))


@router.get("/trials/{id}/pictures/{number}", response_class=JpegResponse)
def trial_picture(
    site: Served, person: Admin, id: _Name, number: Annotated[int, Path(ge=0, le=1000)]
) -> JpegResponse:
    """The picture of one of its events, JPEG; counted from 0."""
    return JpegResponse(access.trial_picture(site, person, id, number))


@router.delete("/trials", status_code=204)
def stop_trial(site: Served, person: Admin) -> None:
    """End the trial that runs, if any."""
    access.stop_trial(site, person)


@router.delete("/rules/{rule}")
def remove_rule(person: Admin, change: Change, rule: _Name) -> SiteChangeOut:
    """Take a rule out. Its events stay."""
    return change.make(remove_place("rules", rule))
