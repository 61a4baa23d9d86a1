"""Samples and labels of the index, and the bundles with their history."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from secondsight.errors import RefusedError
from secondsight.learn.catalogue.connection import Connection
from secondsight.learn.values import (
    Bundle,
    BundleState,
    HistoryEntry,
    LabelledBox,
    LabelSource,
    Sample,
    SampleLabel,
    SampleReason,
)
from secondsight.records import Box


@dataclass(frozen=True, slots=True)
class ShadowComparison:
    """What two bundles saw in one sample; they have seen the same file."""

    sample: str
    production: str
    candidate: str
    production_boxes: tuple[LabelledBox, ...]
    candidate_boxes: tuple[LabelledBox, ...]


class LearnCatalogue:
    """What is kept for learning, in one data folder. Safe in any thread and in several processes.

    Args:
        data: the data folder.
        make: whether a missing index is made.

    Raises:
        StoreError: from every method, when the file cannot be used.
    """

    def __init__(self, data: Path, *, make: bool = False) -> None:
        self.data = data
        self._index = Connection(data, make=make)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._index.close()

    # -- samples

    def add_sample(self, sample: Sample) -> None:
        """Keep a sample whose file is there already; the same id again changes nothing."""
        with self._index.transaction() as sqlite:
            values = _sample_row(sample)
            marks = ", ".join("?" * len(values))
            sqlite.execute(f"INSERT OR IGNORE INTO samples VALUES ({marks})", values)

    def samples(
        self,
        *,
        reason: SampleReason | None = None,
        camera: str | None = None,
        since: float | None = None,
        limit: int | None = None,
    ) -> list[Sample]:
        """Samples by time."""
        wanted, values = ["1"], list[object]()
        for clause, value in (("reason = ?", reason), ("camera = ?", camera), ("time >= ?", since)):
            if value is not None:
                wanted.append(clause)
                values.append(value)
        query = f"SELECT * FROM samples WHERE {' AND '.join(wanted)} ORDER BY time, id LIMIT ?"
        return [_sample(row) for row in self._index.rows(query, (*values, -1 if limit is None else limit))]

    def sample(self, id: str) -> Sample:
        """One sample. Raises RefusedError if there is none."""
        rows = self._index.rows("SELECT * FROM samples WHERE id = ?", (id,))
        if not rows:
            raise RefusedError(
                f"no sample is called {id}; `secondsight learn samples` lists them", unknown=True
            )
        return _sample(rows[0])

    def counts(self) -> Mapping[tuple[str, SampleReason], int]:
        """Number of samples by camera and reason."""
        query = "SELECT camera, reason, COUNT(*) AS n FROM samples GROUP BY camera, reason ORDER BY camera, reason"
        return {(row["camera"], SampleReason(row["reason"])): row["n"] for row in self._index.rows(query)}

    def remove_samples(self, ids: Collection[str]) -> None:
        """Forget samples and what was said of them; their files are the caller's."""
        with self._index.transaction() as sqlite:
            sqlite.executemany("DELETE FROM samples WHERE id = ?", [(id,) for id in ids])

    # -- embeddings

    def add_embeddings(self, model: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep what a model makes of samples, by their ids; those that are known stay as they are."""
        rows = [(id, model, vector.astype("<f4").tobytes()) for id, vector in vectors.items()]
        with self._index.transaction() as sqlite:
            sqlite.executemany("INSERT OR IGNORE INTO embeddings VALUES (?, ?, ?)", rows)

    def embeddings(self, model: str) -> dict[str, NDArray[np.float32]]:
        """All vectors of a model, float32 (d,), by sample."""
        rows = self._index.rows("SELECT sample, vector FROM embeddings WHERE model = ?", (model,))
        return {row["sample"]: np.frombuffer(row["vector"], "<f4") for row in rows}

    # -- labels

    def add_labels(self, labels: Sequence[SampleLabel]) -> None:
        """Add what was said of samples, all or none. Raises RefusedError where there is no such sample."""
        rows = [
            (one.sample, _boxes(one.boxes), one.source, one.author, one.confidence, one.complete, one.time)
            for one in labels
        ]
        with self._index.transaction() as sqlite:
            for row in rows:
                try:
                    sqlite.execute(
                        "INSERT INTO labels (sample, boxes, source, author, confidence, complete, time) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?)",
                        row,
                    )
                except sqlite3.IntegrityError:
                    raise RefusedError(f"no sample is called {row[0]}", unknown=True) from None

    def labels(self, sample: str | None = None) -> dict[str, list[SampleLabel]]:
        """All that was said, in the order in which it was, by sample."""
        query = (
            "SELECT * FROM labels WHERE sample = ? ORDER BY id"
            if sample
            else "SELECT * FROM labels ORDER BY id"
        )
        found: dict[str, list[SampleLabel]] = {}
        for row in self._index.rows(query, (sample,) if sample else ()):
            found.setdefault(row["sample"], []).append(_label(row))
        return found

    # -- datasets

    def add_dataset(self, version: int, sha256: str, time: float) -> None:
        """Note a dataset that is complete on the disk, with the hash of its card."""
        with self._index.transaction() as sqlite:
            sqlite.execute("INSERT INTO datasets VALUES (?, ?, ?)", (version, sha256, time))

    def datasets(self) -> dict[int, str]:
        """The hash of the card of each version, in order."""
        rows = self._index.rows("SELECT version, sha256 FROM datasets ORDER BY version")
        return {row["version"]: row["sha256"] for row in rows}

    # -- bundles

    def add_bundle(self, bundle: Bundle, entry: HistoryEntry) -> None:
        """Add a bundle with the first line of its history."""
        values = (
            *(
                bundle.name,
                bundle.model,
                bundle.base,
                bundle.sha256,
                json.dumps(bundle.labels),
                bundle.family,
            ),
            *(bundle.tracker, bundle.threshold, bundle.parent, bundle.dataset, bundle.state, bundle.created),
        )
        with self._index.transaction() as sqlite:
            sqlite.execute(f"INSERT INTO bundles VALUES ({', '.join('?' * len(values))})", values)
            _write_history(sqlite, entry)

    def bundles(self) -> list[Bundle]:
        """All bundles, in the order in which they were made."""
        return [_bundle(row) for row in self._index.rows("SELECT * FROM bundles ORDER BY created, name")]

    def bundle(self, name: str) -> Bundle:
        """One bundle. Raises RefusedError if there is none."""
        for bundle in self.bundles():
            if bundle.name == name:
                return bundle
        raise RefusedError(
            f"no bundle is called {name}; `secondsight models history` lists them", unknown=True
        )

    def in_state(self, state: BundleState) -> Bundle | None:
        """The newest bundle in a state."""
        return next((one for one in reversed(self.bundles()) if one.state is state), None)

    def change_bundles(self, states: Mapping[str, BundleState], entry: HistoryEntry) -> None:
        """Move bundles to other states, with a line of history: one transaction, so that there is always exactly one
        in production, whenever the process is killed."""
        with self._index.transaction() as sqlite:
            # What leaves a state goes first: production and shadow have room for one.
            order = sorted(
                states.items(), key=lambda item: item[1] in (BundleState.PRODUCTION, BundleState.SHADOW)
            )
            for name, state in order:
                sqlite.execute("UPDATE bundles SET state = ? WHERE name = ?", (state, name))
            _write_history(sqlite, entry)

    def write_history(self, entry: HistoryEntry) -> None:
        """Add a line of history that changes nothing."""
        with self._index.transaction() as sqlite:
            _write_history(sqlite, entry)

    def history(self, bundle: str | None = None) -> list[HistoryEntry]:
        """What happened, oldest first."""
        rows = self._index.rows("SELECT * FROM history ORDER BY id")
        return [
            HistoryEntry(
                row["time"],
                row["bundle"],
                row["action"],
                row["reason"],
                json.loads(row["evidence"]),
                row["by"],
            )
            for row in rows
            if bundle in (None, row["bundle"])
        ]

    # -- comparisons

    def add_comparison(self, found: ShadowComparison) -> None:
        """Keep what two bundles saw in a sample; the same pair again changes nothing."""
        values = (found.sample, found.production, found.candidate)
        boxes = (_boxes(found.production_boxes), _boxes(found.candidate_boxes))
        with self._index.transaction() as sqlite:
            sqlite.execute("INSERT OR IGNORE INTO comparisons VALUES (?, ?, ?, ?, ?)", (*values, *boxes))

    def comparisons(self, production: str, candidate: str) -> list[ShadowComparison]:
        """What this pair saw, in the order of time."""
        query = (
            "SELECT comparisons.* FROM comparisons JOIN samples ON samples.id = comparisons.sample "
            "WHERE production = ? AND candidate = ? ORDER BY samples.time, samples.id"
        )
        return [
            ShadowComparison(
                row["sample"],
                row["production"],
                row["candidate"],
                _read_boxes(row["production_boxes"]),
                _read_boxes(row["candidate_boxes"]),
            )
            for row in self._index.rows(query, (production, candidate))
        ]


def _write_history(sqlite: sqlite3.Connection, entry: HistoryEntry) -> None:
    sqlite.execute(
        "INSERT INTO history (time, bundle, action, reason, evidence, by) VALUES (?, ?, ?, ?, ?, ?)",
        (entry.time, entry.bundle, entry.action, entry.reason, json.dumps(dict(entry.evidence)), entry.by),
    )


def _boxes(boxes: Sequence[LabelledBox]) -> str:
    return json.dumps([[one.label, *one.box, one.confidence, one.track] for one in boxes])


def _read_boxes(text: str) -> tuple[LabelledBox, ...]:
    return tuple(
        LabelledBox(label, Box(*box), confidence, track)
        for label, *box, confidence, track in json.loads(text)
    )


def _sample_row(sample: Sample) -> tuple[object, ...]:
    return (
        *(
            sample.id,
            sample.camera,
            sample.epoch,
            sample.time,
            sample.reason,
            sample.probability,
            sample.path,
        ),
        *(sample.width, sample.height, sample.bundle, _boxes(sample.seen), sample.brightness, sample.sha256),
        sample.score,
    )


def _sample(row: sqlite3.Row) -> Sample:
    values = {**dict(row), "reason": SampleReason(row["reason"]), "seen": _read_boxes(row["seen"])}
    return Sample(**values)


def _label(row: sqlite3.Row) -> SampleLabel:
    return SampleLabel(
        row["sample"],
        _read_boxes(row["boxes"]),
        LabelSource(row["source"]),
        row["author"],
        row["confidence"],
        bool(row["complete"]),
        row["time"],
    )


def _bundle(row: sqlite3.Row) -> Bundle:
    labels, state = tuple(json.loads(row["labels"])), BundleState(row["state"])
    return Bundle(**{**dict(row), "labels": labels, "state": state})
