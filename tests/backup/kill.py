"""`kill -9` at the n-th thing that a function does to files, in a process of its own."""

import os
import signal
import sys
from collections.abc import Callable

_COUNTED = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "os.utime")


def killed_at(number: int, work: Callable[[], object]) -> bool:
    """Run `work` in a fork that is killed before its `number`-th change to a file; False if it ended before."""
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if event not in _COUNTED or (event == "open" and not _writes(arguments)):
                return
            count += 1
            if count >= number:
                os.kill(os.getpid(), signal.SIGKILL)

        code = 1
        try:
            sys.addaudithook(hook)
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the work failed in the fork"
    return False


def _writes(arguments: tuple[object, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
