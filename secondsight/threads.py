"""Threads that run code which may never return. Python cannot kill a thread: it can only be left behind."""

import ctypes
import threading

_LEFT_BEHIND = "left behind: "


class Ended(BaseException):
    """Raised within a thread that was left behind, to end Python code that would loop for ever."""


def leave_behind(thread: threading.Thread) -> None:
    """Note that nobody waits for a thread any more."""
    if not thread.name.startswith(_LEFT_BEHIND):
        thread.name = _LEFT_BEHIND + thread.name


def left_behind() -> list[str]:
    """Names of the threads that were left behind and still run: a program that has any must not end by itself, since
    its libraries would wait for them."""
    names = [thread.name for thread in threading.enumerate()]
    return [name.removeprefix(_LEFT_BEHIND) for name in names if name.startswith(_LEFT_BEHIND)]


def interrupt(thread: threading.Thread) -> None:
    """Raise `Ended` in a thread that was left behind. Python code ends at its next line; native code does not notice.
    Only for threads that run nothing but such code: it may be raised anywhere."""
    if thread.ident is not None and thread.is_alive():
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Ended))
