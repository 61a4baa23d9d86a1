"""What goes out with a release: a bill of materials that is valid, a wheel that can be built again."""

import hashlib
import json
import os
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts.audit import CLEAN, FOUND, UNCHECKED, audit, judge, main
from scripts.sbom import sbom_of
from tests.conftest import ROOT, require


def installed(site: Path, name: str, version: str, *needs: str) -> None:
    about = site / f"{name}-{version}.dist-info"
    about.mkdir()
    lines = [
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}",
        *(f"Requires-Dist: {one}" for one in needs),
    ]
    (about / "METADATA").write_text("\n".join(lines) + "\n")


def test_the_bill_of_materials_lists_what_is_installed_and_is_valid(tmp_path: Path) -> None:
    require(find_spec("cyclonedx_py") is not None, "the bill of materials needs cyclonedx-bom")
    venv.create(tmp_path / "env", with_pip=False)
    (site,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    installed(site, "secondsight", "0.1.0", "numpy>=1.26")
    installed(site, "numpy", "2.2.0")
    target = tmp_path / "out" / "sbom.cdx.json"
    sbom_of(tmp_path / "env" / "bin" / "python", target)
    bill = json.loads(target.read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "secondsight"
    found = {one["name"]: one for one in bill["components"]}
    assert found["numpy"]["version"] == "2.2.0"
    assert found["numpy"]["purl"] == "pkg:pypi/numpy@2.2.0"


@pytest.mark.slow
def test_the_same_commit_gives_the_same_wheel(tmp_path: Path) -> None:
    require(find_spec("hatchling") is not None, "building a wheel needs hatchling")
    hashes = set()
    for number in range(2):
        out = tmp_path / str(number)
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
            cwd=ROOT,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1764500000"},
            check=True,
            capture_output=True,
        )
        (wheel,) = out.glob("*.whl")
        hashes.add(hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("report", "code", "words"),
    [
        (
            {"dependencies": [{"name": "a", "version": "1", "vulns": []}]},
            CLEAN,
            "1 of 1 packages looked up, 0 known",
        ),
        (
            {
                "dependencies": [
                    {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]},
                    {"name": "b", "skip_reason": "not on PyPI"},
                ]
            },
            FOUND,
            "a 1: PYSEC-1, mended in 2",
        ),
        (
            {"dependencies": [{"name": "a", "skip_reason": "not on PyPI"}]},
            UNCHECKED,
            "none of 1 packages is known",
        ),
        ({}, UNCHECKED, "none of 0"),
    ],
    ids=["clean", "found", "a mirror", "nothing"],
)
def test_an_audit_that_looked_nothing_up_is_none(report: dict, code: int, words: str) -> None:
    """Behind a mirror without advisories pip-audit itself calls everything fine."""
    found, lines = judge(report)
    assert found == code
    assert words in "\n".join(lines)


def test_without_a_network_the_audit_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    away = [sys.executable, "-c", "raise OSError('no route to host')"]
    assert audit(away) == UNCHECKED
    said = capsys.readouterr().err
    assert "NOT AUDITED: no source of advisories can be reached from here" in said
    assert "osv: OSError: no route to host" in said


def test_a_closed_network_stops_no_change_and_a_known_weakness_does() -> None:
    away = [sys.executable, "-c", "raise OSError('no route to host')"]
    weak = {"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1"}]}]}
    told = [sys.executable, "-c", f"print({json.dumps(json.dumps(weak))})"]
    assert main([], away) == UNCHECKED
    assert main(["--if-reachable"], away) == CLEAN
    assert main(["--if-reachable"], told) == FOUND
