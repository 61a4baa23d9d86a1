"""Events of one video, without a site file: python 01_first_video.py city/metro-0.mp4"""

import sys
from pathlib import Path

from secondsight import Site
from secondsight.site import quick_config

config = quick_config([sys.argv[1]], data=Path("first-video"), rule="intrusion", model="city-nano")
with Site(config) as site:
    for event in site.events(once=True):
        clip = event.clip.path if event.clip else event.note
        print(event.kind, event.label, f"score {event.score:.2f}", clip)
