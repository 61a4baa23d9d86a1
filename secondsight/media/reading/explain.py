"""Why a source does not work and what to do, in words that name the camera and hold no credentials."""

from __future__ import annotations

import errno
from urllib.error import HTTPError

import av

from secondsight.media.frames.limits import MAX_STREAMS, SourceRefusedError
from secondsight.media.reading.sources import Source


def where(name: str, source: Source) -> str:
    """How messages begin."""
    return f"camera {name}: {source.shown}"


def refused(beginning: str, error: SourceRefusedError) -> SourceRefusedError:
    """The same error, with the camera's name."""
    return SourceRefusedError(f"{beginning}: {error}")


def explain(name: str, source: Source, what: str, error: Exception) -> str:
    """What went wrong and what to do, without FFmpeg's own text beyond its reason: that repeats the address."""
    hint = _hint(source, error)
    hint = f"{hint}; {source.advice}" if source.advice else hint
    return f"{where(name, source)} {what}: {source.clean(hint)}"


def _hint(source: Source, error: Exception) -> str:
    if isinstance(error, HTTPError):
        reason, denied = f"Server returned {error.code} {error.reason}", error.code in (401, 403)
    else:
        reason = str(getattr(error, "strerror", None) or error)
        denied = isinstance(
            error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError | PermissionError
        )
    if denied:
        return f"{reason}; check user, password and permissions"
    if isinstance(error, av.error.ExitError | TimeoutError):
        return f"no data for {source.timeout or 0:g} s; check network and camera, or raise stall_timeout"
    if isinstance(error, av.error.InvalidDataError | EOFError):
        return f"{reason}; it is no video, or it is damaged or incomplete"
    if isinstance(error, ConnectionRefusedError):
        return f"{reason}; check address and port, and that the camera is on"
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return f"it asks for too much memory, or has more than {MAX_STREAMS} streams"
    return f"{reason}; check the address"
