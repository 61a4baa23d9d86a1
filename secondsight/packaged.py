"""Reads the YAML files that ship with the package."""

from importlib.resources import files
from typing import Any


def packaged_yaml(package: str, *path: str) -> Any:
    """What a YAML file of a package holds.

    By libyaml, in a tenth of the time that ruamel.yaml takes, which reads what users write: every start reads some.
    It knows YAML 1.1, so words such as `no` must stand in quotes there.

    Args:
        package: such as `secondsight.brain`.
        path: folders in it, and the file's name.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = files(package).joinpath(*path).read_text(encoding="utf-8")
    return yaml.load(text, Loader=loader)
