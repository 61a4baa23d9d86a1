"""Ties a data folder and its database to each other, so that neither is taken for another's.

Both carry one random id, and a number (the *beat*) that grows at every start and once a minute: first in the
database, then in `identity.json` in the data folder. The database is therefore level, or one ahead. One that is
behind has lost what came since: it was restored from a backup, or its log (`-wal`) is gone. One without an id is
new, or older than ids are. In both cases files that no row refers to may be all that is left of what was lost, and
none of them is ever touched: `files_since` in the database says from when on they are known to be leftovers of ours.

An id that differs is another site's: going on would mix two sites, and is refused.
"""

import json
import logging
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from secondsight.clock import Clock, iso
from secondsight.errors import StoreError
from secondsight.log import fields
from secondsight.media import require_folder, write_atomic
from secondsight.site.services.trusted_time import TimeState, TrustedTime
from secondsight.store import DATABASE, Mark, Store

_log = logging.getLogger(__name__)

IDENTITY = "identity.json"


@dataclass(frozen=True, slots=True)
class FolderMark:
    """What a data folder remembers of its database.

    Attributes:
        id, run, beat, time: as in `store.Mark`; without a run where a person has written the file.
        ended: whether that run has closed the database.
        clock: what `TrustedTime` had got to.
    """

    id: str
    run: str = ""
    beat: int = 0
    time: float = 0.0
    ended: bool = False
    clock: TimeState | None = None


def read_mark(folder: Path) -> FolderMark | None:
    """The folder's mark; None without one, or with one that cannot be read."""
    try:
        found = json.loads((folder / IDENTITY).read_bytes())
        clock = TimeState(**{name: float(value) for name, value in found["clock"].items()})
        return FolderMark(
            str(found["id"]),
            str(found["run"]),
            int(found["beat"]),
            float(found["time"]),
            bool(found["ended"]),
            clock,
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _written_by_hand(folder)


def _written_by_hand(folder: Path) -> FolderMark | None:
    try:
        id = json.loads((folder / IDENTITY).read_bytes())["id"]
    except (OSError, ValueError, KeyError, TypeError):
        id = None
    if not isinstance(id, str) or not id:
        _log.warning("damaged, and made anew", extra=fields(file=folder / IDENTITY))
        return None
    return FolderMark(id)


def identity_of_copy(mark: Mark, folder: Path) -> bytes:
    """What the identity file of a copy of `folder` is to hold, such that it fits a copy of the database: closed in
    order, as far as the database knows.

    Args:
        mark: of the database that is copied.
    """
    before = read_mark(folder)
    copy = FolderMark(mark.id, mark.run, mark.beat, mark.time, True, before.clock if before else None)
    return _text(copy)


def _text(mark: FolderMark) -> bytes:
    return (json.dumps(asdict(mark), indent=1) + "\n").encode()


class FolderIdentity:
    """The bond of one data folder with one database, for one run.

    Args:
        folder: the data folder, locked for this run; the database must not be open yet.
        slack: seconds; see `TrustedTime`.

    Attributes:
        whole: once tied, whether the database knows all that the folder has seen.
        time: by which old files are removed.
    """

    def __init__(self, folder: Path, clock: Clock, slack: float) -> None:
        self._folder, self._clock = folder, clock
        self._before = read_mark(folder)
        # A run that was killed leaves its log; once the database has been opened that shows no more.
        database = folder / DATABASE
        self._log_gone = database.exists() and not database.with_name(f"{DATABASE}-wal").exists()
        self.time = TrustedTime(clock, slack, self._before.clock if self._before else None)
        self.whole = False
        self._store: Store | None = None
        self._mark = Mark("", secrets.token_hex(8), 0, 0.0, 0.0)

    def tie(self, store: Store, *, inside: bool) -> None:
        """Compare both sides, say what is wrong, and mark both.

        Args:
            inside: whether the database lies in the folder itself.

        Raises:
            StoreError: they belong to different sites.
        """
        known, mine, now = store.marks.read(), self._before, self._clock.now()
        if known is not None and (mine.id != known.id if mine else not inside):
            raise StoreError(
                f"{store.name} belongs to another data folder than {self._folder}: going on would mix two sites. "
                "Correct `data` or `store.url`; or, if this folder is to take the other one's place, write "
                f'{{"id": "{known.id}"}} into {self._folder / IDENTITY}'
            )
        self.whole = known is not None and mine is not None and self._compared(store.name, known, mine)
        self._mark = replace(
            self._mark,
            id=mine.id if mine else known.id if known else secrets.token_hex(8),
            beat=1 + max(mine.beat if mine else 0, known.beat if known else 0),
            time=now,
            files_since=known.files_since if known and self.whole else now,
        )
        if known is None and mine is not None:
            message = "the database is new to this data folder; events of older clips are not in it"
            _log.warning(message, extra=fields(database=store.name, last_run=iso(mine.time)))
        self._store = store
        store.marks.set(self._mark)
        self._write(ended=False)

    def beat(self) -> bool:
        """Mark both sides anew; False when another run has taken over the database. Raises StoreError."""
        self.time.now()
        assert self._store is not None
        mark = replace(self._mark, beat=self._mark.beat + 1, time=self._clock.now())
        if not self._store.marks.beat(mark):
            return False
        previous, self._mark = self._mark, mark
        try:
            self._write(ended=False)
        except StoreError:
            # Not two ahead of the folder, however long that cannot be written.
            self._mark = previous
            raise
        return True

    @property
    def files_since(self) -> float:
        """UTC seconds; older files that no row refers to are left alone."""
        return self._mark.files_since

    def leave_alone(self, newest: float) -> None:
        """Leave the files that no row refers to alone for good; the newest of them was written at `newest`."""
        if self._store is not None and newest >= self._mark.files_since:
            self._mark = replace(self._mark, files_since=newest + 1.0)
            self._store.marks.files_since(self._mark.files_since)

    def end(self) -> None:
        """Note that the database has been closed in order; call it after that."""
        if self._store is None:
            return
        self._store = None
        try:
            self._write(ended=True)
        except StoreError as error:
            _log.warning("the end of the run could not be noted", extra=fields(error=str(error)))

    def _compared(self, name: str, known: Mark, mine: FolderMark) -> bool:
        """Whether the two marks fit; says so when they do not."""
        lost = {"database": name, "from": iso(known.time), "until": iso(mine.time)}
        if not mine.run:
            return False
        if known.beat < mine.beat:
            _log.error(
                "the database has lost its newest part: what was stored in this time is not in it (an older backup, "
                "or its -wal is gone)",
                extra=fields(**lost),
            )
            return False
        if known.beat > mine.beat + 1:
            _log.warning(
                "the data folder is older than its database: clips of this time may be missing",
                extra=fields(**{**lost, "from": iso(mine.time), "until": iso(known.time)}),
            )
            return False
        if self._log_gone and known.run == mine.run and not mine.ended:
            _log.warning(
                "the last run was killed, and the -wal of its database is not there: if no other program has "
                "folded it in, what was stored after this time may be lost",
                extra=fields(database=name, after=iso(known.time)),
            )
        return True

    def _write(self, *, ended: bool) -> None:
        require_folder(self._folder)
        mark = self._mark
        state = FolderMark(mark.id, mark.run, mark.beat, mark.time, ended, self.time.state)
        write_atomic(self._folder / IDENTITY, _text(state), min_free=0)
