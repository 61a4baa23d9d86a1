"""`python -m secondsight` is the `secondsight` command."""

from secondsight.cli import main

main()
