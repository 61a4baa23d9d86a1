"""The command line, one module per command. In: arguments. Out: tables for people, JSON lines for programs, and an
exit code: 0 fine, 1 something failed, 2 a mistake in the command line or the site file, 130 interrupted.

Modules here import only typer at the top, so that `secondsight --help` answers at once.
"""

import sys

from secondsight.errors import SecondSightError


def main() -> None:
    """Entry point of the `secondsight` command."""
    from secondsight.cli.app import app
    from secondsight.cli.output import say
    from secondsight.log import hide_secrets_of_tracebacks

    hide_secrets_of_tracebacks()
    try:
        app()
    except SecondSightError as error:
        say(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception:
        sys.excepthook(*sys.exc_info())  # typer puts its own hook in front of ours
        sys.exit(1)
