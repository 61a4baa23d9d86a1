"""What happens in the simulated city. In: a scene, a generator, a place and a time. Out: actors and their truth."""

from collections.abc import Mapping

from secondsight.sim.events import industrial, metro, motorway, retail
from secondsight.sim.events.stage import Happening, Plot, Stage

PLOTS: Mapping[str, tuple[Plot, ...]] = {
    "metro": metro.PLOTS,
    "industrial": industrial.PLOTS,
    "retail": retail.PLOTS,
    "motorway": motorway.PLOTS,
}
"""By pack."""

__all__ = ["PLOTS", "Happening", "Plot", "Stage"]
