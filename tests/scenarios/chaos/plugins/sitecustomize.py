"""Makes the wall clock of the program under test jump: by the seconds that a file says."""

import os
import time

_real, _file = time.time, os.path.join(os.environ.get("CHAOS_FOLDER", "/nonexistent"), "clock")  # noqa: PTH118


def _time():
    try:
        with open(_file) as file:  # noqa: PTH123
            return _real() + float(file.read() or 0)
    except (OSError, ValueError):
        return _real()


time.time = _time
