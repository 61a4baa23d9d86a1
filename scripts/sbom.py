"""Writes the bill of materials of a wheel, CycloneDX 1.6 in JSON: `make sbom`.

The wheel is installed into an environment of its own, so that the list holds what users get and no tools of ours; the
CycloneDX project's own program makes the list and checks it against the schema.
"""

import argparse
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def sbom_of(python: Path, target: Path) -> None:
    """Write the bill of materials of what is installed beside `python`; checked against the schema.

    Raises:
        subprocess.CalledProcessError: it cannot be made, or is not valid.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "cyclonedx_py", "environment", str(python)]
    options = ["--pyproject", str(ROOT / "pyproject.toml"), "--sv", "1.6", "--of", "JSON"]
    subprocess.run([*command, *options, "--output-reproducible", "--validate", "-o", str(target)], check=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--extras", default="clip,onnxruntime,postgres", help="Extras to install with it.")
    parser.add_argument("--out", type=Path, help="By default beside the wheel.")
    asked = parser.parse_args()
    environment = ROOT / "build" / "sbom-env"
    venv.create(environment, clear=True, with_pip=True)
    python = environment / "bin" / "python"
    extras = f"[{asked.extras}]" if asked.extras else ""
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"{asked.wheel}{extras}"], check=True)
    target = asked.out or asked.wheel.with_suffix(".cdx.json")
    sbom_of(python, target)
    print(target)


if __name__ == "__main__":
    main()
