"""A process that sends alerts until it is killed: `python -m tests.serve.alerts.sender SITE`.

With `--die-after N` it kills itself the moment the receiver has taken the N-th message, before that is stored.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from secondsight.config import load_site
from secondsight.serve.alerts import AlertService
from secondsight.store import Delivery, Store
from secondsight.store.queries.deliveries import Deliveries
from tests.serve.alerts.life import severity


def main(site: str, die_after: int) -> None:
    config = load_site(Path(site))
    count = 0
    stored = Deliveries.sent

    def sent(self: Any, delivery: Delivery) -> None:
        nonlocal count
        count += 1
        if count == die_after:
            os.kill(os.getpid(), signal.SIGKILL)
        stored(self, delivery)

    Deliveries.sent = sent  # type: ignore[method-assign]
    with Store.open(config.data) as store, AlertService(config, store, severity):
        print("ready", flush=True)
        time.sleep(3600)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
