"""Puts together the folder that `install.sh` in it installs from."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit

from secondsight import __version__
from secondsight.config import load_site
from secondsight.errors import ConfigError, SecondSightError
from secondsight.offline.needs import SiteNeeds, needs_of
from secondsight.sentinel import ModelStore

SUMS = "SHA256SUMS"
_INSTALL = "install.sh"
_LAST_LINES = 3

CollectWheels = Callable[[Sequence[str], Path], None]
"""Extras and an empty folder: fills it with the wheels of the program and of all that it needs."""


@dataclass(frozen=True, slots=True)
class Bundled:
    """What is in a bundle.

    Attributes:
        needs: of the site.
        files: how many there are, `bytes` together.
        has_docs: whether the documentation was found.
    """

    folder: Path
    needs: SiteNeeds
    files: int
    bytes: int
    has_docs: bool


def make_bundle(
    site: Path, out: Path, *, extras: Sequence[str] = (), collect: CollectWheels | None = None
) -> Bundled:
    """Make a bundle of a site. `.env` stays where it is: passwords do not travel.

    Args:
        site: the site file.
        out: the folder to make; it must be empty or missing.
        extras: of the package, besides those that the site needs.
        collect: brings the wheels; pip by default, for this machine's Python and processor.

    Returns:
        What is in it.

    Raises:
        ConfigError: the site file has a mistake, names what lies outside its folder, or `out` is not empty.
        ModelError: a model cannot be had.
        SecondSightError: the wheels cannot be had, or `out` cannot be written.
    """
    config, folder = load_site(site), site.parent.resolve()
    needs = needs_of(config, folder)
    needs = SiteNeeds(tuple(sorted({*needs.extras, *extras})), needs.models, needs.files)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError("it is not empty; name another folder", file=str(out), key="--out")
    try:
        out.mkdir(parents=True, exist_ok=True)
        _copy_site(site, folder, needs, out / "site")
        _bring_models(ModelStore(config.models), needs.models, out / "models")
        (collect or collect_with_pip)(needs.extras, _made(out / "wheels"))
        docs = _documentation()
        if docs is not None:
            shutil.copytree(docs, out / "docs")
        _write_script(out / _INSTALL, needs.extras, site.name)
        sizes = _write_sums(out)
    except OSError as error:
        raise SecondSightError(f"{out} cannot be written: {error.strerror or error}") from None
    return Bundled(out, needs, len(sizes), sum(sizes), docs is not None)


def collect_with_pip(extras: Sequence[str], folder: Path) -> None:
    """Build or download the wheels by pip. Raises SecondSightError with its last words."""
    wanted = _requirement(extras, str(checkout)) if (checkout := _checkout()) else _pinned(extras)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(folder), wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join(done.stderr.strip().splitlines()[-_LAST_LINES:])
        raise SecondSightError(f"pip could not bring the wheels: {said or 'it gave no reason'}")


def _requirement(extras: Sequence[str], name: str) -> str:
    return f"{name}[{','.join(extras)}]" if extras else name


def _pinned(extras: Sequence[str]) -> str:
    return f"{_requirement(extras, 'secondsight')}=={__version__}"


def _checkout() -> Path | None:
    """The source folder that this program was installed from; None if it came as a wheel."""
    try:
        stated = distribution("secondsight").read_text("direct_url.json")
    except PackageNotFoundError:
        stated = None
    url = urlsplit(json.loads(stated)["url"]) if stated else None
    folder = Path(unquote(url.path)) if url is not None and url.scheme == "file" else None
    return folder if folder is not None and (folder / "pyproject.toml").is_file() else None


def _documentation() -> Path | None:
    """The built documentation of a checkout, or else its sources."""
    checkout = _checkout()
    found = [] if checkout is None else [checkout / "build" / "docs", checkout / "docs"]
    return next((folder for folder in found if folder.is_dir()), None)


def _copy_site(site: Path, folder: Path, needs: SiteNeeds, target: Path) -> None:
    target.mkdir()
    for file in (site, folder / ".env.example"):
        if file.is_file():
            shutil.copyfile(file, target / file.name)
    for source in needs.files:
        place = target / source.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, place)


def _bring_models(store: ModelStore, names: Sequence[str], target: Path) -> None:
    """Copy models, those that are published and not installed after pulling them; embedded ones are in the wheel."""
    missing = [name for name in names if name not in store.available() and name in store.catalogue()]
    for name in missing:
        store.pull(name)
    store.copy_to(target, names)


def _write_script(file: Path, extras: Sequence[str], site: str) -> None:
    text = files("secondsight.offline").joinpath(_INSTALL).read_text(encoding="utf-8")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for mark, value in {"@PYTHON@": version, "@REQUIREMENT@": _pinned(extras), "@SITE@": site}.items():
        text = text.replace(mark, value)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o755)


def _write_sums(out: Path) -> list[int]:
    """Hash every file; their sizes."""
    sums, sizes = [], []
    for file in sorted(path for path in out.rglob("*") if path.is_file()):
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        sums.append(f"{digest}  {file.relative_to(out).as_posix()}\n")
        sizes.append(file.stat().st_size)
    (out / SUMS).write_text("".join(sums), encoding="utf-8")
    return sizes


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
