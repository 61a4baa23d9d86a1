"""Asks for known weaknesses of what is installed: `make audit`.

pip-audit does the work. Behind a mirror that knows no advisories it finds nothing wrong with anything, so this says
how many packages were really looked up. Exit code 0: none has a known weakness; 1: some have; 3: nothing could be
checked. With `--if-reachable` that last case is said and counts as 0: a closed network must not stop a change.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

CLEAN, FOUND, UNCHECKED = 0, 1, 3
_COMMAND = ("-m", "pip_audit", "--local", "--skip-editable", "--format", "json", "--progress-spinner", "off")
SOURCES = ("pypi", "osv")


def judge(report: dict[str, Any]) -> tuple[int, list[str]]:
    """What a report of pip-audit means.

    Returns:
        The exit code, and lines for people.
    """
    packages = report.get("dependencies", [])
    looked_up = [one for one in packages if "vulns" in one]
    if not looked_up:
        return UNCHECKED, [f"none of {len(packages)} packages is known to the source of advisories"]
    lines = [
        f"{one['name']} {one['version']}: {flaw['id']}"
        + (f", mended in {', '.join(flaw['fix_versions'])}" if flaw.get("fix_versions") else "")
        for one in looked_up
        for flaw in one["vulns"]
    ]
    summary = f"{len(looked_up)} of {len(packages)} packages looked up, {len(lines)} known weaknesses"
    return (FOUND if lines else CLEAN), [*lines, summary]


def audit(run: Sequence[str] = (sys.executable, *_COMMAND)) -> int:
    """Try one source after the other; print what was found."""
    why = []
    for source in SOURCES:
        done = subprocess.run([*run, "--vulnerability-service", source], capture_output=True, text=True)
        try:
            code, lines = judge(json.loads(done.stdout))
        except json.JSONDecodeError:
            code, lines = UNCHECKED, [(done.stderr.strip().splitlines() or ["no answer"])[-1][:300]]
        if code != UNCHECKED:
            print("\n".join(lines))
            return code
        why.append(f"{source}: {lines[0]}")
    print(
        "NOT AUDITED: no source of advisories can be reached from here\n  " + "\n  ".join(why),
        file=sys.stderr,
    )
    return UNCHECKED


def main(words: Sequence[str], run: Sequence[str] = (sys.executable, *_COMMAND)) -> int:
    """Audit; returns the exit code."""
    code = audit(run)
    return CLEAN if code == UNCHECKED and "--if-reachable" in words else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
