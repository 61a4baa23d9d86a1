"""What ships with the package is read by another library than what users write: both must read it alike."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from secondsight.packaged import packaged_yaml
from tests.conftest import ROOT

PACKAGE = ROOT / "secondsight"
FILES = sorted(file for file in PACKAGE.rglob("*.yaml") if "templates" not in file.parts)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_words_such_as_no_stand_in_quotes(file: Path) -> None:
    path = file.relative_to(PACKAGE).parts
    assert packaged_yaml("secondsight", *path) == YAML(typ="safe", pure=True).load(file)
