"""What a scene asks of everything that moves in it, so that the renderer and the labels need not know who is who."""

from collections.abc import Mapping
from typing import Protocol

from secondsight.sim.shapes.shapes import ObjectShape, Vector


class Actor(Protocol):
    """A person or something in the city; every method is a pure function of the time, in seconds of the scene."""

    @property
    def number(self) -> int:
        """Identity in pixels and labels, 1..65535."""
        ...

    @property
    def label(self) -> str:
        """Class, such as `person` or `truck`."""
        ...

    @property
    def caption(self) -> str:
        """A noun phrase that describes it."""
        ...

    def present(self, t: float) -> bool: ...

    def body(self, t: float) -> ObjectShape: ...

    def attributes(self, t: float) -> Mapping[str, str]: ...

    def place(self, t: float) -> Vector:
        """The ground point below its middle."""
        ...
