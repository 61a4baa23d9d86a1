"""The command line, one module per command. In: arguments. Out: tables for people, JSON lines for programs, and an
exit code: 0 fine, 1 something failed, 2 a mistake in the command line or the site file, 130 interrupted.

Modules here import only typer at the top, so that `secondsight --help` answers at once.
"""

import os
import sys
from contextlib import suppress
from typing import NoReturn

from secondsight.errors import OUT_OF_MEMORY, SecondSightError, out_of_memory
from secondsight.threads import left_behind


def main() -> None:
    """Entry point of the `secondsight` command."""
    try:
        _run()
    except KeyboardInterrupt:  # also while modules load
        _exit(130)


def _run() -> None:
    from secondsight.cli.app import app
    from secondsight.cli.output import say
    from secondsight.log import hide_secrets_of_tracebacks

    hide_secrets_of_tracebacks()
    try:
        app()
    except SystemExit as end:
        _exit(end.code)
    except Exception as error:
        if isinstance(error, SecondSightError):
            say(f"error: {error}", err=True)
        if out_of_memory(error):
            say(f"error: {OUT_OF_MEMORY}", err=True)
        elif not isinstance(error, SecondSightError):
            sys.excepthook(*sys.exc_info())  # typer puts its own hook in front of ours
        _exit(getattr(error, "exit_code", 1), at_once=out_of_memory(error))


def _exit(code: "str | int | None", *, at_once: bool = False) -> NoReturn:
    """End the program; at once where threads never return, or libraries had no memory to start theirs: on the way out
    these would wait for them."""
    if at_once or left_behind():
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))
    sys.exit(code)
