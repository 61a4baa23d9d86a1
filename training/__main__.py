"""`python -m training NAME [options]`: trains one model; each module has its own options."""

import importlib
import sys

from secondsight.errors import SecondSightError

MODULES = {
    "detector": "training.detector.train",
    "measure_detector": "training.detector.measure",
    "clip": "training.clip.train",
    "attributes": "training.attributes",
    "postures": "training.postures.train",
}


def main() -> int:
    """Run one module's `main(arguments)`."""
    if len(sys.argv) < 2 or sys.argv[1] not in MODULES:
        print(f"usage: python -m training {'|'.join(MODULES)} [--help]", file=sys.stderr)
        return 2
    module = importlib.import_module(MODULES[sys.argv[1]])
    try:
        return int(module.main(sys.argv[2:]) or 0)
    except SecondSightError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
