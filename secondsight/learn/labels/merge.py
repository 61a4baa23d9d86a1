"""Which of the labels of a sample counts, and which samples a person should look at first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from secondsight.learn.values import LabelSource, Sample, SampleLabel, SampleReason

LEAST_CONFIDENCE = 0.5
"""Labels below it are kept for the record only."""


def merge(labels: Sequence[SampleLabel]) -> SampleLabel | None:
    """The label that counts: the newest of the highest source that is sure enough; None if there is none.

    Args:
        labels: of one sample, in the order in which they were given. A person's overrules all others, however sure
            those are.
    """
    sure = [one for one in labels if one.confidence >= LEAST_CONFIDENCE or one.source is LabelSource.HUMAN]
    if not sure:
        return None
    highest = max(one.source.rank for one in sure)
    return [one for one in sure if one.source.rank == highest][-1]


def least_certain(
    samples: Iterable[Sample], labels: Mapping[str, Sequence[SampleLabel]], first: Iterable[str] = ()
) -> list[Sample]:
    """Samples without a person's label, in the order in which labelling them is worth most. Those that are equally
    uncertain take turns by camera-day: fifty pictures of one night teach nothing of the fog after it.

    Args:
        first: ids that come before all others, such as those that two bundles see differently.
    """
    urgent = set(first)

    def worth(sample: Sample) -> tuple[bool, bool, float]:
        known = merge(labels.get(sample.id, ()))
        certainty = known.confidence if known is not None else 0.0
        # What somebody reported as missed is known to be wrong.
        return sample.id not in urgent, sample.reason is not SampleReason.MISSED, certainty

    waiting = [
        sample
        for sample in samples
        if not any(one.source is LabelSource.HUMAN for one in labels.get(sample.id, ()))
    ]
    turns: Counter[tuple[tuple[bool, bool, float], str]] = Counter()
    keyed = []
    for sample in sorted(waiting, key=lambda one: one.time):
        value = worth(sample)
        keyed.append((value, turns[value, sample.day], sample.time, sample))
        turns[value, sample.day] += 1
    return [sample for *_, sample in sorted(keyed, key=lambda one: one[:3])]
