"""The outbox: nothing is lost, order is kept, and a receiver that fails delays itself alone."""

import random
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from secondsight.clock import ManualClock
from secondsight.config import SiteConfig
from secondsight.errors import DeliveryError, StoreError
from secondsight.records import ReportKind, ReportPeriod, StepKind, Verification, Word
from secondsight.report import PeriodFacts, Report, ReportFacts
from secondsight.serve.alerts.channel import Notice, ReportNotice
from secondsight.serve.alerts.notices import NoticeMaker
from secondsight.serve.alerts.outbox import Outbox
from secondsight.serve.alerts.reports import ReportNoticeMaker
from secondsight.store import DeliveryState, EventCount, Store
from tests.serve.alerts.life import Life, eventually, severity

WEBHOOK = {"type": "webhook", "url": "http://127.0.0.1:9/"}


class Mailbox:
    """A channel in memory.

    Attributes:
        got: what was taken.
        fail: raises what `send` is to raise, given a notice.
    """

    def __init__(self) -> None:
        self.got: list[Notice] = []
        self.reports: list[ReportNotice] = []
        self.tries: list[str] = []
        self.fail: Callable[[Notice | ReportNotice], None] = lambda notice: None
        self.closed = 0

    def send(self, notice: Notice) -> None:
        self.tries.append(notice.id)
        self.fail(notice)
        self.got.append(notice)

    def send_report(self, report: ReportNotice) -> None:
        self.tries.append(report.id)
        self.fail(report)
        self.reports.append(report)

    def check(self) -> str:
        return "here"

    def close(self) -> None:
        self.closed += 1

    def ids(self) -> list[str]:
        return [notice.id for notice in self.got]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(time.time())


@pytest.fixture
def store(data, clock):
    with Store.open(data, clock) as opened:
        yield opened


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def make_outbox(make_config, store, clock, mailbox):
    def make(name: str = "ops", config: SiteConfig | None = None, **settings: Any) -> Outbox:
        config = config or make_config({name: {**WEBHOOK, **settings}})
        chosen = config.alerts[name]
        notices = NoticeMaker(config, chosen, store, severity, clock)
        return Outbox(
            name,
            chosen,
            mailbox,
            lambda: mailbox,
            notices,
            ReportNoticeMaker(config, chosen, store),
            store,
            severity,
            clock,
            random.Random(1),
        )

    return make


def work(outbox: Outbox, clock: ManualClock, turns: int = 200) -> None:
    """Let it work until nothing is left; pauses pass at once."""
    for _ in range(turns):
        wait = outbox.turn()
        if outbox.is_empty():
            return
        clock.advance(wait)
    raise AssertionError("the outbox does not become empty")


def refuse(*, retry: bool = True, after: float | None = None) -> Callable[[Notice], None]:
    def fail(notice: Notice) -> None:
        raise DeliveryError("away", retry=retry, after=after)

    return fail


def test_steps_go_out_in_their_order_each_once(make_outbox, life: Life, clock, mailbox) -> None:
    outbox = make_outbox()
    outbox.turn()
    life.begin("a"), life.begin("b"), life.record("a"), life.end("a"), life.record("b")
    work(outbox, clock)
    assert mailbox.ids() == ["a-1", "b-1", "a-2", "a-3", "a-4", "b-2", "b-3"]
    assert mailbox.got[0].text == "Intrusion on camera hall, zone yard at 1970-01-01 00:16:30; not verified"


def test_new_channel_begins_with_what_comes(make_outbox, life: Life, clock, mailbox) -> None:
    life.begin("old")
    outbox = make_outbox()
    work(outbox, clock)
    life.begin("new")
    work(outbox, clock)
    assert mailbox.ids() == ["new-1"]


def test_what_waits_survives_a_restart(make_outbox, life: Life, clock, mailbox) -> None:
    outbox = make_outbox()
    outbox.turn()
    life.begin("a")
    mailbox.fail = refuse()
    outbox.turn()
    life.begin("b")
    mailbox.fail = lambda notice: None
    work(make_outbox(), clock)
    assert sorted(mailbox.ids()) == ["a-1", "b-1"]


def test_a_later_step_waits_for_the_earlier_one_of_its_event_only(make_outbox, life, clock, mailbox) -> None:
    outbox = make_outbox()
    outbox.turn()

    def fail_the_first(notice: Notice) -> None:
        if notice.id == "a-1" and mailbox.tries.count("a-1") < 4:
            raise DeliveryError("not this one")

    mailbox.fail = fail_the_first
    life.begin("a"), life.record("a"), life.begin("b")
    work(outbox, clock)
    ids = mailbox.ids()
    assert ids.index("b-1") < ids.index("a-1")
    assert [id for id in ids if id.startswith("a")] == ["a-1", "a-2", "a-3"]


def test_pauses_double_with_jitter_and_end_with_success(make_outbox, life, clock, mailbox, store) -> None:
    outbox = make_outbox()
    outbox.turn()
    life.begin("a")
    mailbox.fail = refuse()
    pauses = []
    while len(mailbox.tries) < 12:
        tried, before = len(mailbox.tries), clock.now()
        while len(mailbox.tries) == tried:
            clock.advance(max(outbox.turn(), 0.001))
        pauses.append(clock.now() - before)
    assert pauses[3] > 2 * pauses[1]
    assert max(pauses) <= 300.01
    assert len({round(pause, 3) for pause in pauses[-3:]}) == 3  # jitter
    clock.advance(300)
    (delivery,) = store.deliveries.due("ops")
    assert (delivery.attempts, delivery.error) == (12, "away")
    mailbox.fail = lambda notice: None
    work(outbox, clock)
    assert mailbox.ids() == ["a-1"]


def test_receiver_that_asks_for_time_gets_it(make_outbox, life, clock, mailbox) -> None:
    outbox = make_outbox()
    outbox.turn()
    life.begin("a")
    mailbox.fail = refuse(after=77.0)
    outbox.turn()
    mailbox.fail = lambda notice: None
    begun = clock.now()
    work(outbox, clock)
    assert 77.0 <= clock.now() - begun < 80.0


def test_refused_for_good_is_dead_at_once_and_holds_nobody_up(
    make_outbox, life, clock, mailbox, store
) -> None:
    outbox = make_outbox()
    outbox.turn()

    def fail(notice: Notice) -> None:
        if notice.id == "a-1":
            raise DeliveryError("never", retry=False)

    mailbox.fail = fail
    life.begin("a"), life.record("a")
    work(outbox, clock)
    assert mailbox.ids() == ["a-2", "a-3"]
    (dead,) = store.deliveries.dead()
    assert (dead.id, dead.attempts, dead.error) == ("a-1", 1, "never")
    assert store.deliveries.resend(channel="ops", positions=[dead.position]) == 1
    mailbox.fail = lambda notice: None
    work(outbox, clock)
    assert mailbox.ids() == ["a-2", "a-3", "a-1"]
    assert store.deliveries.dead() == []


@pytest.mark.parametrize(("settings", "tries"), [({"max_attempts": 3}, 3), ({"max_age": "10min"}, None)])
def test_what_is_old_or_tried_enough_goes_to_the_dead_letters(
    make_outbox, life, clock, mailbox, store, settings, tries
) -> None:
    outbox = make_outbox(**settings)
    outbox.turn()
    life.begin("a")
    mailbox.fail = refuse()
    begun = clock.now()
    work(outbox, clock)
    (dead,) = store.deliveries.dead("ops")
    assert tries is None or dead.attempts == tries
    assert tries is not None or 600 <= clock.now() - begun < 600 + 300


def test_no_more_than_so_many_a_minute(make_outbox, life, clock, mailbox) -> None:
    outbox = make_outbox(max_per_minute=5)
    outbox.turn()
    times: list[float] = []
    mailbox.fail = lambda notice: times.append(clock.now())
    for number in range(17):
        life.begin(f"e{number}")
    work(outbox, clock)
    assert len(times) == 17
    assert all(later - earlier >= 60.0 for earlier, later in zip(times, times[5:], strict=False))
    assert times[-1] - times[0] < 185


def test_withdrawal_goes_where_the_alarm_went_and_nowhere_else(
    make_outbox, make_config, life, clock, mailbox
) -> None:
    filtered = {
        "yard": {**WEBHOOK, "cameras": ["yard"], "send": "announcements"},
        "hall": {**WEBHOOK, "cameras": ["hall"], "send": "announcements"},
    }
    config = make_config(filtered)
    both = [make_outbox("yard", config), make_outbox("hall", config)]
    for one in both:
        one.turn()
    life.begin("a"), life.record("a"), life.deny("a", "a cat")
    work(both[0], clock)
    assert mailbox.got == []
    work(both[1], clock)
    assert [(one.step.kind, one.step.word) for one in mailbox.got] == [
        (StepKind.RAISED, Word.ALERT),
        (StepKind.VERIFIED, Word.UPDATE),
        (StepKind.CORRECTED, Word.WITHDRAWAL),
    ]
    assert mailbox.got[2].text.startswith("Withdrawn: A person says it is a false alarm (Ann): intrusion")


def test_an_update_is_the_alarm_where_nothing_was_said_before(make_outbox, life, clock, mailbox) -> None:
    """Also where it belongs to the incident of another camera's event that this channel is not about."""
    outbox = make_outbox(send="announcements", cameras=["yard"])
    outbox.turn()
    life.begin("first")
    life.words[StepKind.RAISED] = Word.UPDATE
    life.begin("second", camera="yard")
    work(outbox, clock)
    assert [(one.id, one.step.word) for one in mailbox.got] == [("second-1", Word.ALERT)]


def test_a_store_that_is_away_delays_and_nothing_is_sent_twice(
    make_outbox, life, clock, mailbox, store, monkeypatch
) -> None:
    outbox = make_outbox()
    outbox.turn()
    life.begin("a")

    def away(*args: object) -> None:
        raise StoreError("away", retryable=True)

    with monkeypatch.context() as patch:
        patch.setattr(store.deliveries, "sent", away)
        for _ in range(3):
            with pytest.raises(StoreError):
                outbox.turn()
    work(outbox, clock)
    assert mailbox.tries == ["a-1"]


def test_a_channel_that_hangs_is_left_and_made_anew(make_outbox, life, clock, mailbox) -> None:
    outbox = make_outbox(timeout=0.1)
    outbox.turn()
    life.begin("a")
    release = threading.Event()
    mailbox.fail = lambda notice: release.wait(120)
    begun = time.monotonic()
    outbox.turn()
    assert time.monotonic() - begun < 60
    assert outbox.trouble == "no answer within 0.65 s"
    eventually(lambda: mailbox.closed == 1)
    mailbox.fail = lambda notice: None
    work(outbox, clock)
    assert mailbox.got[-1].id == "a-1"
    release.set()


def test_any_error_of_a_channel_is_a_failed_try(make_outbox, life, clock, mailbox, store) -> None:
    outbox = make_outbox(max_attempts=1)
    outbox.turn()
    life.begin("a")

    def fail(notice: Notice) -> None:
        raise ZeroDivisionError("their mistake")

    mailbox.fail = fail
    work(outbox, clock)
    assert store.deliveries.dead()[0].error == "ZeroDivisionError: their mistake"


def test_thread_ends_at_once_while_a_message_hangs(make_outbox, life, clock, mailbox, store) -> None:
    outbox = make_outbox(timeout=60)
    outbox.turn()
    life.begin("a")
    release = threading.Event()
    mailbox.fail = lambda notice: release.wait(120)
    outbox.start()
    eventually(lambda: mailbox.tries)
    begun = time.monotonic()
    outbox.ask_to_stop()
    outbox.join(100.0)
    assert time.monotonic() - begun < 40.0
    assert store.deliveries.totals()[0].waiting == 1
    release.set()


def test_totals_and_sweep(make_outbox, life, clock, mailbox, store) -> None:
    outbox = make_outbox()
    outbox.turn()
    life.begin("a"), life.begin("b")
    mailbox.fail = lambda notice: None if notice.id == "a-1" else refuse()(notice)
    outbox.turn(), outbox.turn()
    (totals,) = store.deliveries.totals()
    assert (totals.channel, totals.waiting, totals.sent, totals.dead, totals.error) == (
        "ops",
        1,
        1,
        0,
        "away",
    )
    assert store.deliveries.totals(sent=False)[0].sent == 0
    assert store.deliveries.sweep(clock.now() + 1) == 1
    assert store.deliveries.sweep(clock.now() + 1) == 0
    (totals,) = store.deliveries.totals()
    assert (totals.waiting, totals.sent) == (1, 0)
    assert Verification.UNVERIFIED is mailbox.got[0].step.verification


def kept_report(store: Store, *channels: str, number: int = 0) -> str:
    """A report that is kept and waits for these channels."""
    start = 1_767_254_400.0 + 3600 * number
    period = ReportPeriod(ReportKind.HOURLY, start, start + 3600, "UTC")
    facts = ReportFacts("Depot 7", "en", (), PeriodFacts(period), PeriodFacts(period))
    store.reports.keep(Report(facts).kept(start + 3700), channels)
    return period.id


def test_a_report_goes_to_its_channels_once(make_outbox, life: Life, clock, mailbox, store) -> None:
    outbox = make_outbox()
    id, _ = kept_report(store, "ops"), kept_report(store, "elsewhere", number=1)
    work(outbox, clock)
    (report,) = mailbox.reports
    assert (report.id, report.site, report.kind, report.media_type) == (id, "Depot 7", "hourly", "text/html")
    assert report.text == "Alarms raised: 0, which is as many as in the period before."
    assert report.content.startswith(b"<!doctype html>")
    again = make_outbox()
    assert again.is_empty() or again.turn() is not None
    assert mailbox.tries == [id]


def test_a_report_is_tried_again_and_given_up_like_a_notice(make_outbox, clock, mailbox, store) -> None:
    outbox = make_outbox(max_attempts=3)
    id = kept_report(store, "ops")
    mailbox.fail = refuse()
    work(outbox, clock)
    assert mailbox.tries == [id] * 3
    (delivery,) = store.reports.deliveries(id)
    assert (delivery.state, delivery.attempts, delivery.error) == (DeliveryState.DEAD, 3, "away")


def test_alarms_go_before_reports(make_outbox, life: Life, clock, mailbox, store) -> None:
    outbox = make_outbox()
    outbox.turn()
    id = kept_report(store, "ops")
    life.begin("a")
    work(outbox, clock)
    assert mailbox.tries[-1] == id
    assert len(mailbox.tries) > 1


def test_a_report_that_cannot_be_a_pdf_is_given_up_in_words(
    make_outbox, make_config, clock, mailbox, store, monkeypatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    outbox = make_outbox(config=make_config({"ops": WEBHOOK}, report={"form": "pdf", "send": ["ops"]}))
    id = kept_report(store, "ops")
    work(outbox, clock)
    (delivery,) = store.reports.deliveries(id)
    assert delivery.state is DeliveryState.DEAD
    assert "secondsight[report]" in (delivery.error or "")


def test_a_channel_with_cameras_gets_the_report_of_those(
    make_outbox, make_config, store, clock, mailbox
) -> None:
    start = 1_767_254_400.0
    period = ReportPeriod(ReportKind.HOURLY, start, start + 3600, "UTC")
    rows = tuple(
        EventCount(camera, "night", "intrusion", None, None, Verification.CONFIRMED, None, 0, 1, 1)
        for camera in ("hall", "yard")
    )
    facts = ReportFacts("Depot 7", "en", (), PeriodFacts(period, events=rows), PeriodFacts(period))
    store.reports.keep(Report(facts).kept(start), ["ops"])
    work(make_outbox(cameras=["hall"]), clock)
    assert mailbox.reports[0].text.startswith("Alarms raised: 1,")
