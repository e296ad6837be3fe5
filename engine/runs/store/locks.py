"""Locks on files that the operating system gives back when their owner dies, however it dies.

Decision 0296: why the locks are our own.
"""

from __future__ import annotations

import errno
import os
import secrets
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIX: Final = ".lock"
_PATIENCE: Final = 20.0  # seconds; what is done under a lock takes milliseconds
_PAUSE: Final = 0.01
_BUSY: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK})  # what a taken lock answers


@contextmanager
def own_name(folder: Path, prefix: str) -> Iterator[Path]:
    """Yield a path in `folder` that nobody else uses, and that others see to be in use until the block ends.

    A lock file stands beside the path from before it is made until after it is gone; `alive` asks for its lock.

    Raises
    ------
    OSError
        Where the folder cannot be written, or lies on a drive that knows no locks.
    """
    while True:
        path = folder / f"{prefix}{secrets.token_hex(8)}"
        lock = path.with_name(path.name + SUFFIX)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            taken = _try_to_lock(handle)
        except OSError:
            os.close(handle)
            lock.unlink(missing_ok=True)
            raise
        if taken and _is_file_still_at(handle, lock):
            break
        os.close(handle)  # somebody swept the file away between its making and its locking
    try:
        yield path
    finally:
        if sys.platform == "win32":  # an open file cannot be deleted there
            os.close(handle)
            lock.unlink(missing_ok=True)
        else:
            lock.unlink(missing_ok=True)
            os.close(handle)


def alive(path: Path) -> bool:
    """Return whether the maker of a path (see `own_name`) is still at work; sweeps its lock file away where not."""
    lock = path.with_name(path.name + SUFFIX)
    try:
        handle = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False  # the lock file stands as long as the path does
    except OSError:
        return True  # another person's: not ours to judge
    try:
        if not _try_to_lock(handle):
            return True
        with suppress(OSError):
            lock.unlink(missing_ok=True)
    except OSError:
        return True  # a drive that knows no locks: nobody can tell
    finally:
        os.close(handle)
    return False


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Let one process at a time into the block; the others wait.

    Raises
    ------
    Refusal
        `unwritable` when the lock was not to be had for 20 seconds.
    OSError
        Where the lock file cannot be made, or lies on a drive that knows no locks.
    """
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + _PATIENCE
        while not _try_to_lock(handle):
            if time.monotonic() > until:
                raise Refusal(
                    "unwritable",
                    "ほかの処理が監査ログを使い続けています。しばらくしてからもう一度お試しください",
                    "another process keeps the audit log; try again in a while",
                )
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(handle)  # gives the lock back


def _is_file_still_at(handle: int, path: Path) -> bool:
    """Return whether an open file is still the one that stands at `path`."""
    try:
        return sys.platform == "win32" or os.fstat(handle).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False


def _try_to_lock(handle: int) -> bool:
    """Take the lock of an open file, if it is free; whatever else hinders it (a drive without locks) is raised."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            return False
        raise
    return True
