"""What of pictures and words may leave this machine: the `egress` section of the site file."""

from typing import Annotated

from pydantic import Field

from secondsight.config.types import Fraction, Section
from secondsight.records import Egress

Label = Annotated[str, Field(min_length=1)]


class EgressSettings(Section):
    """What may go to a brain that is not on this machine, and what is blurred before.

    Attributes:
        level: of every camera that names none of its own.
        face_model: finds faces, by its name in the model store; without one the upper part of every person is
            blurred.
        plate_model: finds number plates likewise; without one the lower part of every vehicle is blurred.
        people: classes of the sentinel's model that have a face.
        vehicles: classes that have a plate.
        threshold: lowest confidence of a detection that is blurred.
    """

    level: Egress = Egress.REDACTED
    face_model: str | None = None
    plate_model: str | None = None
    people: tuple[Label, ...] = ("person",)
    vehicles: tuple[Label, ...] = ("car", "truck", "bus", "van", "motorcycle")
    threshold: Fraction = 0.1
