"""People who label, simulated: they draw what the city knows to be true."""

from collections.abc import Sequence

from bench.learning.city import City
from secondsight.clock import Clock
from secondsight.learn import LabelSource, LearnCatalogue, Sample, SampleLabel

AUTHOR = "simulated person"


class People:
    """Label samples of a city, completely and without mistakes."""

    def __init__(self, city: City) -> None:
        self._city = city

    def label(self, catalogue: LearnCatalogue, samples: Sequence[Sample], clock: Clock) -> int:
        """Label samples; how many."""
        catalogue.add_labels(
            [
                SampleLabel(
                    sample.id,
                    self._city.things_in(sample),
                    LabelSource.HUMAN,
                    AUTHOR,
                    1.0,
                    True,
                    clock.now(),
                )
                for sample in samples
            ]
        )
        return len(samples)
