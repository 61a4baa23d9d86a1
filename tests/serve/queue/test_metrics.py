"""What Prometheus sees of cases that other programs answered through a NATS server."""

import asyncio
import re
from contextlib import suppress

from secondsight.errors import BrainError
from secondsight.serve.metrics import SiteMetrics
from tests.brain.samples import review_request
from tests.serve.conftest import Served, clock, data, filled, served, store  # noqa: F401 - the fixtures of a served site
from tests.serve.queue.test_reviews import Reviewer, Site, run, saying
from tests.servers.nats import NatsServer


def test_answers_from_the_queue_are_counted_by_camera_and_kind(server: NatsServer, served: Served) -> None:  # noqa: F811
    async def work() -> None:
        async with Site(server) as site, Reviewer(server) as reviewer:
            for number, answer in enumerate((saying("yes"), saying("perhaps"), saying("no"))):
                answering = asyncio.create_task(reviewer.answer(answer))
                with suppress(BrainError):
                    await site.brain.review(review_request(source="hall", case_id=f"case-{number}"))
                await answering
            served.store.ledger.add(site.booked)

    run(work)
    text = SiteMetrics(served.site).text().decode()
    found = re.findall(r"^secondsight_message_queue_reviews_(\w+)_total\{(.*)\} (\S+)", text, re.MULTILINE)
    kind = review_request().kind
    assert found == [
        ("answered", f'camera="hall",kind="{kind}"', "2.0"),
        ("malformed", f'camera="hall",kind="{kind}"', "1.0"),
    ]
