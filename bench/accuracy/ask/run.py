"""How many questions are answered rightly: `python -m bench ask`. No language model takes part."""

import argparse
import sys
import tempfile
from collections import Counter as Tally
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.accuracy.ask.facts import store_facts
from bench.accuracy.ask.held_out import HELD_OUT, UNANSWERABLE
from bench.accuracy.ask.kiosk import Kiosk
from bench.accuracy.ask.kiosk import cases as kiosk_cases
from bench.accuracy.ask.sites import SITES
from bench.accuracy.ask.strangers import LAST, LATER, NEWEST, STRANGERS
from bench.accuracy.ask.strangers import UNANSWERABLE as STRANGE
from bench.accuracy.ask.unanswerable import CHINESE, ENGLISH
from bench.accuracy.ask.world import Case, Expected, World
from secondsight.ask import QuestionAnswer, Questions, Vocabulary
from secondsight.clock import ManualClock
from secondsight.store import Store

KNOWN, HELD, FRESH, LATE, NEW, FINAL = "known", "held out", "strangers", "later", "newest", "last"
FOLLOWED = "followed"
"""The sets of wordings."""
EXACT, BOUNDED, REFUSED, WRONG = "exact", "within bounds", "refused", "wrong"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question.

    Attributes:
        wordings: of which set. verdict: of `EXACT` and so on. why: what is wrong.
    """

    site: str
    language: str
    wordings: str
    answerable: bool
    question: str
    verdict: str
    why: str = ""

    @property
    def right(self) -> bool:
        return self.verdict in (EXACT, BOUNDED) if self.answerable else self.verdict == REFUSED


def outcomes(seed: int) -> Iterator[Outcome]:
    """Ask every question of every site."""
    for name, (make, _) in SITES.items():
        world = make(seed)
        with (
            tempfile.TemporaryDirectory() as folder,
            Store.open(Path(folder), ManualClock(world.now)) as store,
        ):
            store_facts(world, store)
            asker = Questions(store, Vocabulary.of_site(world.config), clock=ManualClock(world.now))
            yield from asked_of(name, world, asker)
    kiosk = Kiosk(seed)
    now = ManualClock(kiosk.world.now)
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder), now) as store:
        kiosk.store(store)
        yield from asked_at_kiosk(kiosk, Questions(store, Vocabulary.of_site(kiosk.world.config), clock=now))


def people_of_a_week(seed: int) -> Iterator[str]:
    """How near the estimate of different people is, without and with a re-id model."""
    for described in (False, True):
        kiosk = Kiosk(seed, described=described)
        now = ManualClock(kiosk.world.now)
        with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder), now) as store:
            kiosk.store(store)
            asker = Questions(store, Vocabulary.of_site(kiosk.world.config), clock=now)
            answer = asker.ask("How many different people have we seen last week?")
        by = "time, place and appearance" if described else "time and place"
        truth = kiosk.people(kiosk.world.last_week)
        bounds = f"[{answer.low:g}, {answer.high:g}]"
        yield f"different people of a week by {by}: {answer.value:g} {bounds}, truth {truth:g}"


def asked_at_kiosk(kiosk: Kiosk, asker: Questions) -> Iterator[Outcome]:
    """Ask the small shop about goods and people that are followed."""
    for case in kiosk_cases(kiosk):
        for language, _, question in wordings(case):
            verdict, why = judged(asker.ask(question), case.expected)
            yield Outcome("kiosk", language, FOLLOWED, True, question, verdict, why)


def asked_of(name: str, world: World, asker: Questions) -> Iterator[Outcome]:
    """Ask one site its questions, and its share of those that nobody can answer."""
    for case, held, strange in zip(SITES[name][1](world), HELD_OUT[name], STRANGERS[name], strict=True):
        for language, of, question in wordings(case, held, strange):
            verdict, why = judged(asker.ask(question), case.expected)
            yield Outcome(name, language, of, True, question, verdict, why)
    cases = SITES[name][1](world)
    for of, some, pairs in (
        (LATE, cases, LATER[name]),
        (NEW, cases[5:], NEWEST[name]),
        (FINAL, cases[10:], LAST[name]),
    ):
        for case, pair in zip(some, pairs, strict=False):
            for language, question in zip(("en", "zh"), pair, strict=True):
                verdict, why = judged(asker.ask(question), case.expected)
                yield Outcome(name, language, of, True, question, verdict, why)
    for language, refused in (("en", ENGLISH), ("zh", CHINESE)):
        for place in range(list(SITES).index(name), len(refused), len(SITES)):
            answer = asker.ask(refused[place])
            verdict = REFUSED if answer.refused else WRONG
            yield Outcome(name, language, KNOWN, False, refused[place], verdict, answer.text)
    for of, further in ((HELD, UNANSWERABLE), (FRESH, STRANGE)):
        for question in (one for site, one in further if site == name):
            answer = asker.ask(question)
            verdict = REFUSED if answer.refused else WRONG
            yield Outcome(name, answer.language, of, False, question, verdict, answer.text)


def wordings(case: Case, *sets: tuple[str, str]) -> Iterator[tuple[str, str, str]]:
    """Language, set and question, of all sets."""
    yield from (("en", KNOWN, one) for one in case.english)
    yield from (("zh", KNOWN, one) for one in case.chinese)
    for of, (english, chinese) in zip((HELD, FRESH), sets, strict=False):
        yield "en", of, english
        yield "zh", of, chinese


def judged(answer: QuestionAnswer, expected: Expected) -> tuple[str, str]:
    """What an answer is worth."""
    if answer.refused is not None:
        return REFUSED, answer.text
    verdicts = list(_compared(answer, expected))
    for verdict, why in verdicts:
        if verdict == WRONG:
            return WRONG, f"{why}: {answer.text}"
    return (BOUNDED if any(verdict == BOUNDED for verdict, _ in verdicts) else EXACT), ""


def _compared(answer: QuestionAnswer, expected: Expected) -> Iterator[tuple[str, str]]:
    result = answer.result
    assert result is not None
    if expected.value is not None:
        yield _number(answer.value, answer.low, answer.high, expected.value, "value")
    if expected.other is not None:
        other = result.other
        if other is None:
            yield WRONG, "no comparison"
        else:
            yield _number(other.value, other.low, other.high, expected.other, "other")
    if expected.top is not None:
        yield _names(answer, expected.top)
    if expected.table is not None:
        yield from _table({one.key: one.figure for one in result.groups}, expected.table)
    if expected.other_table is not None:
        yield from _table({one.key: one.figure for one in result.compared}, expected.other_table)
    if expected.further is not None:
        if not answer.further:
            yield WRONG, "no second answer"
        else:
            second = answer.further[0]
            yield _number(second.value, second.low, second.high, expected.further, "second")
    if expected.further_top is not None:
        yield (
            _names(answer.further[0], expected.further_top) if answer.further else (WRONG, "no second answer")
        )


def _number(
    value: float | None, low: float | None, high: float | None, truth: float, what: str
) -> tuple[str, str]:
    if value is not None and abs(value - truth) < 1e-6 * max(1.0, abs(truth)):
        return EXACT, ""
    if low is not None and high is not None and low - 1e-6 <= truth <= high + 1e-6:
        return BOUNDED, ""
    return WRONG, f"{what} {value} [{low}, {high}] instead of {truth}"


def _names(answer: QuestionAnswer, truth: frozenset[str]) -> tuple[str, str]:
    found = frozenset(one.key for one in answer.groups)
    return (EXACT, "") if found == truth else (WRONG, f"{sorted(found)} instead of {sorted(truth)}")


def _table(found: Mapping[str, object], truth: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    for key in dict.fromkeys((*found, *truth)):
        figure = found.get(key)
        value, low, high = (getattr(figure, name, 0.0) for name in ("value", "low", "high"))
        yield _number(value, low, high, truth.get(key, 0.0), key)


def main() -> int:
    """Ask, print, and return 1 if the promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m bench ask", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the simulated month")
    parser.add_argument(
        "--misses", action="store_true", help="also every question that was not answered rightly"
    )
    options = parser.parse_args()
    asked = list(outcomes(options.seed))
    print("simulated facts of four sites, questions in English and Chinese, no language model")
    for of in (KNOWN, HELD, FRESH, LATE, NEW, FINAL, FOLLOWED):
        for language in ("en", "zh"):
            some = [one for one in asked if (one.wordings, one.language) == (of, language)]
            print(f"{of:9} {language}: {_summary(some)}")
    print(f"yardstick    : {_summary([one for one in asked if one.wordings == KNOWN])}")
    for line in people_of_a_week(options.seed):
        print(line)
    if options.misses:
        for one in asked:
            if not one.right:
                print(f"- [{one.site} {one.verdict} {one.wordings}] {one.question}\n    {one.why}")
    return 0 if _kept(asked) else 1


def _summary(some: list[Outcome]) -> str:
    answerable = Tally(one.verdict for one in some if one.answerable)
    others = Tally(one.verdict for one in some if not one.answerable)
    whole = sum(answerable.values())
    right = answerable[EXACT] + answerable[BOUNDED]
    return (
        f"{right} of {whole} answered rightly ({100 * right / max(1, whole):.1f} %: {answerable[EXACT]} exactly, "
        f"{answerable[BOUNDED]} within bounds), {answerable[REFUSED]} refused, {answerable[WRONG]} wrong; "
        f"unanswerable: {others[REFUSED]} of {sum(others.values())} refused"
    )


def _kept(asked: list[Outcome]) -> bool:
    """At least 95 % of what can be answered, nothing wrong, all else refused."""
    answerable = [one for one in asked if one.answerable]
    return sum(one.right for one in answerable) >= 0.95 * len(answerable) and not any(
        one.verdict == WRONG for one in asked
    )


if __name__ == "__main__":
    sys.exit(main())
