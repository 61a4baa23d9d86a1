"""Watch a live camera until three events are settled, then stop in order: python watch.py [COUNT]"""

import sys
from itertools import islice
from pathlib import Path

from secondsight import Site

count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
with Site.load(Path(__file__).parent / "site.yaml") as site:
    for event in islice(site.events(), count):
        print(event.id, event.camera, event.kind, event.verification.value)
    for camera in site.status().cameras:
        print(camera.name, camera.state, f"{camera.frames} frames", dict(camera.drops))
