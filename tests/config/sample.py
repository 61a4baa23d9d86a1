"""A small valid site, and the places in it that hold secrets."""

from pathlib import Path

SITE = """\
version: 1
cameras:
  hall:
    source: rtsp://admin:hunter2secret@10.0.0.5/stream
    zones:
      yard:
        coordinates: [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]
    lines:
      door: {coordinates: "0.1,0.5,0.9,0.5"}
    gate:
      threshold: 25
  roof:
    source: ${ROOF}
rules:
  inside:
    behaviour: intrusion
    zone: yard
    policy:
      verify: band
  wait:
    behaviour: loitering
    zone: frame
    loitering_time: 30s
  pass:
    behaviour: line_crossing
    line: door
    cameras: [hall]
brain:
  backend: openai
  base_url: http://token:hunter2secret@localhost:8000/v1
  model: qwen
  timeout: 30s
store:
  url: postgresql+psycopg://site:hunter2secret@db/events
"""
ENVIRON = {"ROOF": "http://cam/live?pw=hunter2secret"}
SECRET = "hunter2secret"


def written(folder: Path, text: str = SITE) -> Path:
    """The text as a site file."""
    file = folder / "site.yaml"
    file.write_bytes(text.encode())
    return file
