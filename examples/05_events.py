"""What a site has stored: python 05_events.py DATA_FOLDER"""

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from secondsight.store import Store

with Store.open(Path(sys.argv[1]), read_only=True) as store:
    events = store.events.find()
for event in events:
    start = datetime.fromtimestamp(event.start, UTC)
    summary = event.verdict.summary if event.verdict else "no verdict"
    print(f"{start:%H:%M:%S}  {event.camera}  {event.kind}  {event.verification.value}  {summary}")
print("events by kind:", dict(Counter(event.kind for event in events)))
