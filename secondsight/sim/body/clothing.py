"""How people are dressed: the colours by which witnesses, captions and questions tell them apart."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from secondsight.sim.shapes.shapes import Colour

PALETTE: dict[str, Colour] = {
    "red": (40.0, 40.0, 200.0),
    "blue": (190.0, 90.0, 35.0),
    "green": (60.0, 135.0, 50.0),
    "white": (232.0, 232.0, 232.0),
    "black": (34.0, 32.0, 32.0),
    "grey": (128.0, 126.0, 124.0),
    "yellow": (45.0, 205.0, 235.0),
    "brown": (45.0, 75.0, 115.0),
    "orange": (30.0, 120.0, 240.0),
    "purple": (140.0, 55.0, 120.0),
}
"""BGR by the name used in captions."""

LIME: Colour = (40.0, 245.0, 200.0)
"""Yellow-green of warning clothes."""
_SKINS: tuple[Colour, ...] = (
    (150.0, 180.0, 225.0),
    (125.0, 160.0, 210.0),
    (80.0, 115.0, 165.0),
    (50.0, 75.0, 110.0),
)
_HAIRS: tuple[Colour, ...] = (
    (25.0, 25.0, 28.0),
    (40.0, 55.0, 80.0),
    (60.0, 110.0, 160.0),
    (150.0, 150.0, 150.0),
)
_SHIRTS = tuple(PALETTE)
_TROUSERS = ("blue", "black", "grey", "brown", "green", "white")
_SHOES = ("black", "brown", "white", "grey")


@dataclass(frozen=True, slots=True)
class Looks:
    """A person's body and clothes.

    Attributes:
        height: metres.
        build: thickness of limbs and trunk, 1 is average.
        helmet: colour of a hard hat, on the head or, with `helmet_in_hand`, in the right hand.
        vest: colour of a warning vest, if one is worn.
    """

    height: float
    build: float
    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    shoes: Colour
    helmet: Colour | None = None
    vest: Colour | None = None
    helmet_in_hand: bool = False
    short_sleeves: bool = False

    def caption(self) -> str:
        """A noun phrase: `a person in a red shirt and blue trousers with a white helmet`."""
        upper = "a warning vest" if self.vest else _article(f"{colour_name(self.shirt)} shirt")
        text = f"a person in {upper} and {colour_name(self.trousers)} trousers"
        if self.helmet is None:
            return text
        helmet = _article(f"{colour_name(self.helmet)} helmet")
        return f"{text} holding {helmet} in the hand" if self.helmet_in_hand else f"{text} with {helmet}"


def colour_name(colour: Colour) -> str:
    """Name of the palette colour next to `colour`."""
    return min(
        PALETTE, key=lambda name: sum((a - b) ** 2 for a, b in zip(PALETTE[name], colour, strict=True))
    )


def random_looks(
    rng: random.Random,
    *,
    helmet: Colour | None = None,
    vest: Colour | None = None,
    helmet_in_hand: bool = False,
    shirts: Sequence[str] = _SHIRTS,
) -> Looks:
    """A person from the street; what a scene needs to be certain is given."""
    return Looks(
        height=rng.uniform(1.55, 1.92),
        build=rng.uniform(0.9, 1.18),
        skin=rng.choice(_SKINS),
        hair=rng.choice(_HAIRS),
        shirt=PALETTE[rng.choice(tuple(shirts))],
        trousers=PALETTE[rng.choice(_TROUSERS)],
        shoes=PALETTE[rng.choice(_SHOES)],
        helmet=helmet,
        vest=vest,
        helmet_in_hand=helmet_in_hand,
        short_sleeves=rng.random() < 0.35,
    )


def _article(text: str) -> str:
    return f"an {text}" if text[0] in "aeiou" else f"a {text}"
