"""How good is a site on labelled video? python evaluate.py FOLDER [--without-brain]

FOLDER holds videos, each with its labels beside it (hall.mp4, hall.json), and a site.yaml. The simulated city writes
all three; docs/truth.md says how to label recordings of your own.
"""

import json
import subprocess
import sys

command = [sys.executable, "-m", "secondsight", "eval", *sys.argv[1:], "--json"]
found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
for system in found["systems"]:
    counts, figures = system["overall"]["counts"], system["overall"]["figures"]
    hits, misses, false = (round(counts[name]) for name in ("hit", "miss", "false_alarm"))
    print(f"{system['name']}: {hits} found, {misses} missed, {false} false alarms")
    for name in ("recall", "precision"):
        value = figures[name]["value"]
        print(f"  {name}: {'-' if value is None else f'{value:.2f}'}")
for thing in found["things"]:
    if thing["truth"] == "event" and not thing["alert"]:
        print(f"missed: {thing['kind']} at {thing['start']:.0f} s of {thing['camera']}")
