"""The shadow: production and candidate look at the same new frames, and people judge where they differ.

Only uniform samples count, since they alone stand for what the cameras show. Where both models see the same, the
difference is nothing whatever the truth is, so nobody needs to label that: a person is asked about the disputed boxes
alone. The label of the brain is no judge.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from secondsight.certify import FoundCounts, PairedDay
from secondsight.errors import StoreError
from secondsight.learn.catalogue.catalogue import LearnCatalogue, ShadowComparison
from secondsight.learn.pictures import detect, frame_of, read_sample
from secondsight.learn.promote.scoring import best_match, differences
from secondsight.learn.values import BundleState, LabelSource, Sample, SampleLabel, SampleReason
from secondsight.sentinel import Detector


@dataclass(frozen=True, slots=True)
class ShadowDays:
    """What the shadow has seen so far.

    Attributes:
        days: camera-days of which every dispute has been settled by a person, by their name, in order.
        waiting: samples that a person must look at before the others count.
    """

    days: tuple[tuple[str, PairedDay], ...]
    waiting: tuple[str, ...]


def compare_new(
    catalogue: LearnCatalogue,
    names: tuple[str, str],
    detectors: tuple[Detector, Detector],
    thresholds: tuple[float, float],
    since: float,
) -> int:
    """Let production and candidate look at the uniform samples that they have not seen yet; how many those were.

    Args:
        names, detectors, thresholds: of production and of the candidate.
        since: samples from this time on; the candidate may have learned from older ones.
    """
    done = {one.sample for one in catalogue.comparisons(*names)}
    seen = 0
    for sample in catalogue.samples(reason=SampleReason.UNIFORM, since=since):
        if sample.id in done:
            continue
        try:
            frame = frame_of(read_sample(catalogue.data, sample))
        except StoreError:
            continue  # its row goes with the next tidying
        boxes = [tuple(detect(one, frame, least)) for one, least in zip(detectors, thresholds, strict=True)]
        catalogue.add_comparison(ShadowComparison(sample.id, *names, *boxes))
        seen += 1
    return seen


def shadow_days(
    comparisons: Iterable[ShadowComparison],
    samples: Mapping[str, Sample],
    labels: Mapping[str, Sequence[SampleLabel]],
    *,
    today: str,
) -> ShadowDays:
    """Camera-days as the sequential test takes them, those of `today` left out: they are not over.

    A day counts when its last dispute is settled, all of it at once: else the easy part of a day would count before
    the hard one.

    Args:
        today: UTC day, such as `2026-01-31`.
    """
    by_day: dict[str, list[ShadowComparison]] = defaultdict(list)
    for one in comparisons:
        by_day[samples[one.sample].day].append(one)
    days, waiting = [], []
    for day, members in by_day.items():
        open_disputes = [
            one.sample for one in members if disputed(one) and _judged(labels.get(one.sample, ())) is None
        ]
        waiting += open_disputes
        if not open_disputes and not day.endswith(f"/{today}"):
            days.append((day, _paired(members, labels)))
    return ShadowDays(tuple(days), tuple(waiting))


def disputed(one: ShadowComparison) -> bool:
    """Whether the two models see something else in a sample."""
    _, production, candidate = differences(one.production_boxes, one.candidate_boxes)
    return bool(production or candidate)


def disputed_samples(catalogue: LearnCatalogue) -> list[str]:
    """Samples that the bundles on trial or under watch see differently: a trial waits for people to judge them."""
    live = {BundleState.PRODUCTION, BundleState.SHADOW, BundleState.RETIRED}
    names = [bundle.name for bundle in catalogue.bundles() if bundle.state in live]
    pairs = [(one, other) for one in names for other in names if one != other]
    return [found.sample for pair in pairs for found in catalogue.comparisons(*pair) if disputed(found)]


def _judged(labels: Sequence[SampleLabel]) -> SampleLabel | None:
    """A person's newest label."""
    return next((one for one in reversed(labels) if one.source is LabelSource.HUMAN), None)


def _paired(members: Sequence[ShadowComparison], labels: Mapping[str, Sequence[SampleLabel]]) -> PairedDay:
    true: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    false = [0, 0]
    for one in members:
        agreed, *alone = differences(one.production_boxes, one.candidate_boxes)
        for box in agreed:
            for place in range(3):
                true[box.label][place] += 1
        judged = _judged(labels.get(one.sample, ()))
        # What both saw is taken, so that two boxes cannot claim one thing.
        things = [thing for thing in judged.boxes if best_match(thing, agreed) is None] if judged else []
        for thing in things:
            true[thing.label][0] += 1
        for who, boxes in enumerate(alone):
            rest = list(things)
            for box in boxes:
                match = best_match(box, rest)
                if match is None:
                    false[who] += 1
                else:
                    rest.remove(match)
                    true[box.label][1 + who] += 1
    return PairedDay({label: FoundCounts(*counts) for label, counts in true.items()}, *false)
