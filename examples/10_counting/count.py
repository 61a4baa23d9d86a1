"""People over a line, and people present, minute by minute: python count.py"""

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from secondsight import Site
from secondsight.config import load_site
from secondsight.store import Store

config = load_site(Path(__file__).parent / "site.yaml")
with Site(config) as site:
    for _ in site.events(once=True):
        pass  # counting rules make no events
minutes: dict[float, dict[str, float]] = defaultdict(dict)
with Store.open(config.data, read_only=True) as store:
    for one in store.observations.counters(camera="platform"):
        if ":" in one.name:  # what rules counted; the others are figures of the run itself
            minutes[one.minute][one.name] = one.value
for minute, values in sorted(minutes.items()):
    present = values.get("dwell:presence", 0) / max(values.get("watched:presence", 0), 1e-9)
    into, out = values.get("in:flow", 0), values.get("out:flow", 0)
    print(f"{datetime.fromtimestamp(minute, UTC):%H:%M}  in {into:.0f}  out {out:.0f}  present {present:.1f}")
