"""Pictures of the city with the truth of every pixel: colours, who is seen where, how far, how much of whom.

Bodies are painted from far to near over a backdrop that was painted once, at twice the picture's size, and averaged
down. Who is hidden by a standing thing is decided per body and thing by a plane between them, not by distance: a long
shelf is before one man and behind another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from secondsight.sim.rendering.backdrop import Backdrop, Painter, outline
from secondsight.sim.rendering.depth_order import far_to_near
from secondsight.sim.rendering.frame import Canvas, LitPatch, Parts, VisiblePart
from secondsight.sim.rendering.outlines import Strokes, gather, shadows, strokes
from secondsight.sim.rendering.soft_particles import blend, sprite
from secondsight.sim.shapes.camera import Camera
from secondsight.sim.shapes.shading import Light, vignette
from secondsight.sim.shapes.shapes import GroundPatch, ObjectShape, Puff

__all__ = ["Backdrop", "Light", "RenderedFrame", "Renderer", "VisiblePart"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RenderedFrame:
    """One rendered frame.

    Attributes:
        bgr: uint8 (height, width, 3).
        ids: uint16 (height, width), number of the body seen at each pixel; 0 for none.
        depth: float32 (height, width), metres along the optical axis, inf for the sky; one value for a whole body.
        objects: by number, every body of which something is seen.
    """

    bgr: NDArray[np.uint8]
    ids: NDArray[np.uint16]
    depth: NDArray[np.float32]
    objects: Mapping[int, VisiblePart] = field(default_factory=dict)


class Renderer:
    """Renders frames of one camera; the same bodies give the same bytes, whatever was rendered before.

    Args:
        seed: of all textures.
    """

    def __init__(self, camera: Camera, backdrop: Backdrop, light: Light, seed: int) -> None:
        self.camera, self.light = camera, light
        self._stage = Painter(camera, light, seed).paint(backdrop)
        self._sprite = sprite(seed)

    def render(self, bodies: Sequence[ObjectShape]) -> RenderedFrame:
        """Paint one frame.

        Args:
            bodies: in any order. Several with one number are one object; those with number 0 are painted and hide
                others, but are nobody.
        """
        frame = Canvas(self.camera, self._stage)
        scene = gather(bodies)
        frame.darken(shadows(self.camera, self.light, scene), self.light.shadow)
        painted = strokes(self.camera, self.light, scene)
        depths = self.camera.view(scene.places)[:, 2].tolist()
        flat = [all(isinstance(shape, GroundPatch) for shape in body.shapes) for body in bodies]
        for number in far_to_near(self.camera, scene, painted, flat):
            frame.add(bodies[number], self._parts(bodies[number], painted, number), depths[number])
        return RenderedFrame(frame.finish(), frame.ids, frame.depth, frame.objects())

    def _parts(self, body: ObjectShape, painted: Strokes, position: int) -> Parts:
        puffs = [shape for shape in body.shapes if isinstance(shape, Puff)]
        margin = (self.camera.width // 2, self.camera.height // 2)
        return Parts(
            painted,
            painted.starts[position],
            painted.starts[position + 1],
            [mark for shape in body.shapes if isinstance(shape, GroundPatch) for mark in self._marks(shape)],
            blend(self.camera, self.light, puffs, self._sprite, margin) if puffs else None,
        )

    def _marks(self, patch: GroundPatch) -> Sequence[LitPatch]:
        corners = patch.outline.astype(np.float64)
        polygon = outline(self.camera, corners)
        if polygon is None:
            return []
        brightness = self.light.on(np.array([0.0, 0.0, 1.0]))
        lit = self.light.shade(np.array(patch.colour), brightness)
        lit *= vignette(self.camera, self.camera.pixels(self.camera.view(corners.mean(0))))
        blue, green, red = np.rint(lit).astype(int).tolist()
        return [LitPatch(polygon, (blue, green, red), patch.opacity)]
