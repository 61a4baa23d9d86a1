"""What goes to a brain that is not on this machine: nothing, redacted pictures or everything, camera by camera.

Faces of bystanders must not leave because only the suspect was known. So every key frame hides the suspect,
everybody who was tracked at that moment, and everybody whom the sentinel's model finds in the picture that leaves.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from secondsight.cascade.egress.redaction import RedactionTargets, redacted, united
from secondsight.config import EgressSettings
from secondsight.errors import BrainError
from secondsight.jpeg import open_jpeg
from secondsight.records import Box, Egress, KeyFrame, ReviewRequest, classes_named, label_of
from secondsight.sentinel import Detector

if TYPE_CHECKING:
    from secondsight.records import Frame

_IOU = 0.5


class Redactor:
    """Finds and hides what identifies people. Safe in any thread.

    Args:
        people: the sentinel's model, which finds people and vehicles.
        faces, plates: models for those alone, if there are any.
    """

    def __init__(
        self, settings: EgressSettings, people: Detector, faces: Detector | None, plates: Detector | None
    ) -> None:
        self._settings, self._people, self._faces, self._plates = settings, people, faces, plates

    def redact(self, request: ReviewRequest, key_frames: Sequence[KeyFrame]) -> ReviewRequest:
        """The redacted request. Raises BrainError when a picture cannot be read or analysed."""
        frames = zip(request.frames, key_frames, strict=True)
        return redacted(request, [self._targets(shown.jpeg, key, request.label) for shown, key in frames])

    def close(self) -> None:
        """Release the models."""
        for model in (self._people, self._faces, self._plates):
            if model is not None:
                model.close()

    def _targets(self, jpeg: bytes, key: KeyFrame, label: str) -> RedactionTargets:
        frame, settings = _frame(jpeg), self._settings
        known = [*key.around, *self._found(self._people, frame)]
        if key.box is not None:
            known.append((label, key.box))
        return RedactionTargets(
            people=united(box for label, box in known if label in self._classes(settings.people)),
            vehicles=united(box for label, box in known if label in self._classes(settings.vehicles)),
            faces=None if self._faces is None else tuple(box for _, box in self._found(self._faces, frame)),
            plates=None
            if self._plates is None
            else tuple(box for _, box in self._found(self._plates, frame)),
        )

    def _classes(self, wanted: tuple[str, ...]) -> frozenset[str]:
        """What is to be hidden: the classes that the settings name, and those of the model that they mean."""
        return classes_named(wanted, self._people.labels, self._people.groups).union(wanted)

    def _found(self, model: Detector, frame: "Frame") -> list[tuple[str, Box]]:
        tensor, letterbox = model.prepare(frame)
        found = model.submit(tensor, letterbox, self._settings.threshold, _IOU).result()
        scale = (frame.width, frame.height, frame.width, frame.height)
        classes = found.class_id.tolist() if found.class_id is not None else []
        boxes = (found.xyxy / scale).tolist()
        return [
            (label_of(model.labels, number), Box(*box)) for number, box in zip(classes, boxes, strict=True)
        ]


class EgressGate:
    """Releases requests to the brain as far as their camera's egress level allows.

    Args:
        remote: whether the brain may be elsewhere.
        redactor: hides people and plates; never needed for a brain on this machine.
    """

    def __init__(self, remote: bool, redactor: Redactor | None = None) -> None:
        self._remote, self._redactor = remote, redactor

    def close(self) -> None:
        """Release the models."""
        if self._redactor is not None:
            self._redactor.close()

    def release(self, request: ReviewRequest, key_frames: Sequence[KeyFrame], level: Egress) -> ReviewRequest:
        """The request as the brain may get it.

        Args:
            key_frames: what is known of each of its pictures.
            level: what of the camera's pictures may leave.

        Raises:
            BrainError: nothing of this camera may leave, or it cannot be redacted. Another try would not help.
        """
        if not self._remote or level is Egress.FULL:
            return replace(request, egress=level)
        if level is Egress.REDACTED and self._redactor is not None:
            return self._redactor.redact(request, key_frames)
        raise BrainError(
            f"nothing of camera {request.source} may leave this machine (egress: {level.value})",
            retryable=False,
        )


def _frame(jpeg: bytes) -> "Frame":
    from av import VideoFrame

    from secondsight.media import Converter, DecodedFrame

    try:
        picture = open_jpeg(jpeg)
    except ValueError as error:
        raise BrainError(f"a key frame is {error}", retryable=False) from None
    frame = VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
    return DecodedFrame("", 0, 0, 0.0, frame, Converter())
