"""Learning needs torch, an extra. Without it these tests are left out, except in CI, where they then fail."""

import os
from importlib.util import find_spec

collect_ignore_glob = ["test_*.py"] if find_spec("torch") is None and os.environ.get("CI") != "true" else []
