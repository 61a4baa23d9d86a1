"""What happens in the simulated city. In: a scene, a generator, a place and a time. Out: actors and their truth."""

from collections.abc import Mapping, Sequence

from secondsight.config import suggestion
from secondsight.errors import ConfigError
from secondsight.sim.events import (
    industrial,
    industrial_more,
    metro,
    metro_more,
    motorway,
    motorway_more,
    retail,
    retail_more,
)
from secondsight.sim.events.stage import Happening, Plot, Stage

PLOTS: Mapping[str, tuple[Plot, ...]] = {
    "metro": metro.PLOTS,
    "industrial": industrial.PLOTS,
    "retail": retail.PLOTS,
    "motorway": motorway.PLOTS,
}
"""What happens by itself, by pack."""

MORE: Mapping[str, tuple[Plot, ...]] = {
    "metro": metro_more.PLOTS,
    "industrial": industrial_more.PLOTS,
    "retail": retail_more.PLOTS,
    "motorway": motorway_more.PLOTS,
}
"""What happens only where it is asked for by its kind, by pack."""


def plots_of(pack: str, kinds: Sequence[str] = ()) -> tuple[Plot, ...]:
    """The plots of some kinds of real events and of what looks like them; without kinds, what happens by itself.

    Raises:
        ConfigError: the pack does not know a kind.
    """
    if not kinds:
        return PLOTS[pack]
    plots = (*PLOTS[pack], *MORE.get(pack, ()))
    known = [plot.kind for plot in plots if plot.resembles is None]
    for kind in kinds:
        if kind not in known:
            raise ConfigError(
                f"no event of {pack} is called `{kind}`; {suggestion(kind, known)}", key="events"
            )
    return tuple(plot for plot in plots if (plot.resembles or plot.kind) in kinds)


__all__ = ["MORE", "PLOTS", "Happening", "Plot", "Stage", "plots_of"]
