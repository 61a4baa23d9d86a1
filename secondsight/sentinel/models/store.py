"""The models on this machine, and where to get more: a folder of model files with their hashes in
`models.lock`.

A file is used only while it has the hash it had when it was installed; a download is pinned by the
catalogue's hash, or trusted the first time and pinned from then on. A few small models come with the package, in a
folder of the same form: they are there without any pull.
"""

from __future__ import annotations

import difflib
import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace as dataclass_replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from secondsight.clock import Clock, SystemClock, iso
from secondsight.errors import ModelError
from secondsight.log import fields, redact
from secondsight.records import Group
from secondsight.sentinel.families import Family
from secondsight.sentinel.models.catalogue import CatalogueEntry, catalogue, embedded
from secondsight.sentinel.models.inspection import check_hash, inspect, problem_of
from secondsight.sentinel.models.labels import read_groups, read_labels
from secondsight.sentinel.models.lockfile import InstalledModel, exclusive, read_lock, write_lock
from secondsight.sentinel.runtime.base import ModelInfo
from secondsight.sentinel.runtime.formats import (
    check_files,
    copy_files,
    form_of,
    move_files,
    remove_files,
    sha256_of,
    size_of,
)
from secondsight.sentinel.runtime.opening import describe

if TYPE_CHECKING:
    from secondsight.sentinel.models.download import DownloadLimits, Progress

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PARTIAL = ".partial"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything known about one model, for `models show`. `installed` and `info` are None for one only
    listed.
    """

    name: str
    family: str
    labels: tuple[str, ...]
    licence: str
    source: str
    sha256: str | None
    installed: InstalledModel | None
    info: ModelInfo | None


class _Origin(NamedTuple):
    """Where a file to be installed comes from; fields as in `InstalledModel`."""

    licence: str
    source: str
    size: tuple[int, int] | None
    pinned: bool = False
    groups: Mapping[str, Group] = {}


class Check(NamedTuple):
    """Result of verifying one installed model; `problem` is None when its file is what it was."""

    name: str
    problem: str | None


class ModelStore:
    """A folder of models. Safe to use from several processes at once.

    Args:
        root: the folder; by default SECONDSIGHT_MODELS, else the user's data folder.
        mirror: folder, or address, with `NAME.onnx` files, used instead of the publishers; by default
            SECONDSIGHT_MODEL_MIRROR. A mirror may be plain http: naming it is trusting it.
        clock: stamps what is installed; the machine's by default.

    Raises:
        ModelError: from the methods, when a model is unknown, missing or altered.

    Examples:
        >>> from secondsight.errors import ModelError
        >>> from secondsight.sentinel import ModelStore
        >>> store = ModelStore("models")
        >>> model = store.resolve("city-nano")  # it comes with the package
        >>> model.family, model.labels[:3]
        ('yolox', ('person', 'bicycle', 'car'))
        >>> try:
        ...     store.resolve("yolox-nan0")
        ... except ModelError as error:
        ...     print(error)
        no model is called `yolox-nan0` in models; did you mean `yolox-nano`?
    """

    def __init__(
        self, root: str | Path | None = None, *, mirror: str | None = None, clock: Clock | None = None
    ) -> None:
        self.root = Path(root) if root else _default_root()
        self._mirror = mirror or os.environ.get("SECONDSIGHT_MODEL_MIRROR") or None
        self._clock = clock or SystemClock()

    def catalogue(self) -> dict[str, CatalogueEntry]:
        """Published models that `pull` knows, by name."""
        return dict(catalogue())

    def embedded(self) -> dict[str, InstalledModel]:
        """The models that come with the package, by name; they were trained on the simulated city alone."""
        return embedded()

    def installed(self) -> dict[str, InstalledModel]:
        """Models in this folder, by name, without looking at their files."""
        return read_lock(self.root)

    def available(self) -> dict[str, InstalledModel]:
        """All that can be used without a pull: the embedded models and those of this folder."""
        return {**embedded(), **self.installed()}

    def resolve(self, name: str) -> InstalledModel:
        """Find an installed or embedded model and check its file against the lock.

        Args:
            name: of the model.

        Returns:
            The model: path, family, labels, hash.

        Raises:
            ModelError: it is not installed, its file is missing, or has changed.
        """
        model = self.available().get(name)
        if model is None:
            raise ModelError(self._not_installed(name))
        problem = problem_of(model)
        if problem:
            raise ModelError(f"model `{name}`: {problem}")
        return model

    def verify(self) -> list[Check]:
        """Hash every installed and embedded file and compare it with the lock."""
        return [Check(name, problem_of(model)) for name, model in sorted(self.available().items())]

    def show(self, name: str) -> ModelCard:
        """Tell everything known about an installed, embedded or listed model.

        Args:
            name: of the model.

        Returns:
            The card. `installed` and `info` are None for a model that is only listed.

        Raises:
            ModelError: the name is unknown, or the installed file cannot be read.
        """
        model = self.available().get(name)
        if model is not None:
            info = describe(model.path, model.size)
            return ModelCard(
                name, model.family, model.labels, model.licence, model.source, model.sha256, model, info
            )
        entry = self._entry(name)
        labels = read_labels(entry.labels)
        return ModelCard(name, entry.family, labels, entry.licence, entry.url, entry.sha256, None, None)

    def pull(
        self,
        name: str,
        progress: Progress | None = None,
        *,
        retries: int = 5,
        sha256: str | None = None,
        limits: DownloadLimits | None = None,
    ) -> InstalledModel:
        """Fetch a listed model, unless it is installed or embedded. Goes on where an interrupted pull
        stopped.

        Args:
            name: of the model, as the catalogue lists it.
            progress: called with (bytes so far, bytes in all or None).
            retries: further tries after failures in a row.
            sha256: what the file must have, from a source that you trust; where the catalogue states none, the first
                download is trusted without it.
            limits: largest file and longest time.

        Returns:
            The installed model; `pinned` says whether its hash was known before.

        Raises:
            ModelError: the name is unknown; the file cannot be fetched, is too large, takes too long, has another
                hash than it must, or is no such model.
        """
        if name in embedded() and name not in catalogue():
            return self.resolve(name)
        entry = self._entry(name)
        with self._folder() as partial, exclusive(partial / f"{name}.lock"):
            known = self.installed().get(name)
            wanted = [one.lower() for one in (known and known.sha256, entry.sha256, sha256) if one]
            if known and known.path.is_file():
                check_hash(name, known.path, wanted)
                return self.resolve(name)
            target = partial / f"{name}.onnx"
            source = self._fetch(entry, target, progress, retries, limits)
            try:
                check_hash(name, target, wanted)
                family, labels = inspect(target, entry.family, entry.labels, entry.size)
            except ModelError as error:
                target.unlink(missing_ok=True)
                raise ModelError(f"model `{name}` from {redact(source)}: {error}") from None
            origin = _Origin(entry.licence, source, entry.size, pinned=bool(wanted))
            return self._install(target, name, family, labels, origin)

    def add(
        self,
        path: str | Path,
        name: str,
        family: str | None = None,
        labels: str | Path | Sequence[str] | None = None,
        *,
        groups: str | Mapping[str, str] = "",
        licence: str = "",
        size: tuple[int, int] | None = None,
        replace: bool = False,
    ) -> InstalledModel:
        """Install a copy of an ONNX file, a TensorFlow Lite one (`.tflite`), or an OpenVINO model (`.xml`, with its
        `.bin` beside it).

        Args:
            path: the file.
            name: what to call the model: letters, digits, dot, - and _, at most 64.
            family: how its picture is prepared and its output read; by default recognised.
            labels: see `read_labels`; by default those that the file itself names. Pose models and embeddings
                need none.
            groups: what kinds of things its classes are, where their names do not tell:
                `voiture=vehicles,velo=two-wheelers`, or a mapping; see `records.GROUPS`.
            licence: for people, such as `Apache-2.0`.
            size: (width, height) of the picture in pixels, for a model that leaves it open.
            replace: whether another model of this name may be replaced.

        Returns:
            The installed model.

        Raises:
            ModelError: the file is no model, its family is unknown or ambiguous, its labels are missing or
                too few or too many, or the name is taken.
        """
        if not _NAME.fullmatch(name):
            raise ModelError(
                f"`{name}` cannot be a model's name; use letters, digits, dot, - and _, at most 64"
            )
        source = Path(path)
        check_files(source)
        with self._folder() as partial, exclusive(partial / f"{name}.lock"):
            known = self.available().get(name)
            if known and not replace and known.sha256 != sha256_of(source):
                raise ModelError(
                    f"another model is called `{name}` already; choose another name, or replace it"
                )
            # The copy is what is checked: a file that leans on others beside it must not pass.
            target = partial / f"{name}{form_of(source)}"
            copy_files(source, target)
            try:
                chosen, names = inspect(target, family, labels, size)
                stated = read_groups(groups, names)
            except ModelError as error:
                remove_files(target)
                raise ModelError(f"{source}: {error}") from None
            origin = _Origin(licence, f"file:{source.resolve()}", size, groups=stated)
            return self._install(target, name, chosen, names, origin)

    def remove(self, name: str) -> InstalledModel:
        """Remove an installed model: its file, and its entry in the lock.

        Args:
            name: of the model.

        Returns:
            What was removed.

        Raises:
            ModelError: it is not installed, or the folder cannot be written.
        """
        with self._folder() as partial, exclusive(partial / "models.lock"):
            left = self.installed()
            model = left.pop(name, None)
            if model is None:
                embedded_one = "; it comes with the package, and stays" if name in embedded() else ""
                raise ModelError(f"no model `{name}` is installed in {self.root}{embedded_one}")
            # The entry first: one without its file would be reported as damaged.
            write_lock(self.root, left)
            remove_files(model.path)
        _log.info("model removed", extra=fields(model=name))
        return model

    def copy_to(self, root: Path, names: Sequence[str]) -> None:
        """Make another model folder of some installed models; embedded ones come with the package.

        Raises:
            ModelError: one is not installed, or not as it was; or the folder cannot be written.
        """
        taken = {}
        other = ModelStore(root)
        with other._folder():
            for name in names:
                model = self.resolve(name)
                if name in self.installed():
                    shutil.copyfile(model.path, root / model.path.name)
                    taken[name] = dataclass_replace(model, path=root / model.path.name)
            write_lock(root, taken)

    def _fetch(
        self,
        entry: CatalogueEntry,
        target: Path,
        progress: Progress | None,
        retries: int,
        limits: DownloadLimits | None,
    ) -> str:
        """Bring the file to `target`; returns where it came from."""
        from secondsight.sentinel.models.download import DownloadLimits, fetch, fetch_from_mirror

        limits = limits or DownloadLimits()
        if self._mirror is not None:
            file = f"{entry.name}.onnx"
            return fetch_from_mirror(self._mirror, file, target, progress, retries=retries, limits=limits)
        fetch(entry.url, target, progress, retries=retries, limits=limits)
        return entry.url

    def _install(
        self, file: Path, name: str, family: Family[Any], labels: tuple[str, ...], origin: _Origin
    ) -> InstalledModel:
        model = InstalledModel(
            name=name,
            path=self.root / f"{name}{file.suffix}",
            family=family.name,
            labels=labels,
            sha256=sha256_of(file),
            bytes=size_of(file),
            licence=origin.licence,
            source=redact(origin.source),
            added=iso(self._clock.now()),
            size=origin.size,
            pinned=origin.pinned,
            stated_groups=origin.groups,
        )
        with exclusive(self.root / _PARTIAL / "models.lock"):
            # The file first: a lock entry without its file would claim an install that a crash prevented.
            move_files(file, model.path)
            installed = self.installed()
            write_lock(self.root, {**installed, name: model})
            if name in installed and installed[name].path != model.path:
                remove_files(installed[name].path)
        _log.info("model installed", extra=fields(model=name, family=family.name, sha256=model.sha256))
        return model

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """The folder of unfinished files, created; turns what the disk refuses into ModelError."""
        partial = self.root / _PARTIAL
        try:
            partial.mkdir(parents=True, exist_ok=True)
            yield partial
        except OSError as error:
            raise ModelError(
                f"the model folder {self.root} cannot be written: {error.strerror or error}; "
                "free space or choose another with SECONDSIGHT_MODELS"
            ) from None

    def _entry(self, name: str) -> CatalogueEntry:
        entry = catalogue().get(name)
        if entry is None:
            raise ModelError(f"no model is called `{name}`; {self._nearest(name)}")
        return entry

    def _not_installed(self, name: str) -> str:
        own = ", ".join(sorted(self.installed()))
        here = f"; installed there: {own} (`--model`, or `sentinel.model`)" if own else ""
        if name in catalogue():
            return (
                f"model `{name}` is not installed in {self.root}; run `secondsight models pull {name}`{here}"
            )
        return f"no model is called `{name}` in {self.root}; {self._nearest(name)}{here}"

    def _nearest(self, name: str) -> str:
        known = sorted({*catalogue(), *self.available()})
        near = difflib.get_close_matches(name.lower().replace("_", "-"), known, n=1, cutoff=0.5)
        return f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"


def _default_root() -> Path:
    stated = os.environ.get("SECONDSIGHT_MODELS")
    if stated:
        return Path(stated)
    from platformdirs import user_data_path

    return user_data_path("secondsight") / "models"
