"""Starting one of our own commands beside the spreadsheet: what it says while it runs, its refusals, and its end.

A command runs in a process of its own, so that a missing library or a crash of the printer never takes the spreadsheet
with it. It is started with a list of arguments, never through a shell: nothing that a customer is called can be run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Final

from engine.language.errors import KINDS, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO

    from engine.language.errors import Kind, Lang

TIMEOUT: Final = 900.0  # seconds; a report on 100,000 customers takes a few minutes on a slow machine
_PROGRESS: Final = "@progress "  # as `engine.commands.console.progress` writes it
_REFUSED: Final = 2
_UNFORESEEN: Final = 3  # its own line tells the record number
_TRACEBACK: Final = "Traceback (most recent call last)"
_PATIENCE: Final = 0.1  # seconds between two looks at the clock
_FAREWELL: Final = 5.0  # seconds for the pipes of an ended process to run dry


class ChildFailed(Exception):  # noqa: N818 - named after what happened, as `Refusal` is
    """A command ended through a fault of ours that it had no words for, such as a crash."""


def run(
    module: str,
    arguments: Sequence[str | Path],
    tell: Callable[[str], None],
    *,
    lang: Lang,
    folder: Path,
    timeout: float | None = None,
    fine: Sequence[int] = (0,),
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Run one of our commands to its end.

    Parameters
    ----------
    module
        What stands behind `python -m`, such as `report_templates.command`.
    arguments
        The command line; each entry arrives as it is.
    tell
        Called with what the command is doing, each time that it says something new.
    lang
        Language of what it says.
    folder
        Where it works. Modules that lie there are not found: a user's `engine.py` cannot stand in for ours.
    timeout
        Seconds after which it is ended; `TIMEOUT` when None.
    fine
        Exit codes of success.

    Returns
    -------
    tuple
        The lines of its standard output, and those of its standard error that are no progress.

    Raises
    ------
    Refusal
        In the command's own words where it refuses, or `expired` when its time is over. The process has ended then, as
        it has after any other exception (such as the user's Ctrl+C).
    ChildFailed
        When it ends through a fault.
    """
    limit = TIMEOUT if timeout is None else timeout
    process = _start_child(module, arguments, lang, folder)
    try:
        out, said = _follow_child(process, tell, time.monotonic() + limit)
    except TimeoutError as error:
        raise Refusal(
            "expired",
            f"{limit / 60:.0f}分たっても終わらないため中止しました。ほかのプログラムを閉じてからもう一度お試しください",
            f"stopped: it was not finished after {limit / 60:.0f} minutes; close other programs and try again",
        ) from error
    finally:
        _end_child(process)
    if process.returncode not in fine:
        raise _explain_child_failure(process.returncode, said, lang)
    return out, said


def interpreter() -> str:
    """Return the Python to start: ours, and on Windows the one with a console's pipes (it gets no window)."""
    ours = Path(sys.executable)
    beside = ours.with_name(ours.name.lower().replace("pythonw", "python"))
    return str(beside if beside.name != ours.name.lower() and beside.exists() else ours)


def _start_child(module: str, arguments: Sequence[str | Path], lang: Lang, folder: Path) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PORTFOLIO_LANG": lang,
        "PORTFOLIO_PROGRESS": "lines",
        "PYTHONUTF8": "1",  # both ends of the pipes; a Japanese Windows would take CP932
        "PYTHONUNBUFFERED": "1",
    }
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, a list of arguments, no shell
        [interpreter(), "-P", "-m", module, *map(str, arguments)],  # -P: not a module that lies in the folder
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        cwd=folder,
        env=environment,
        # Windows: no console window may flash up over the spreadsheet. Elsewhere: a group that can be ended as a whole.
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        start_new_session=os.name == "posix",
    )


def _follow_child(
    process: subprocess.Popen[str], tell: Callable[[str], None], deadline: float
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read both pipes until the process has ended; `tell` is called in this thread, as a spreadsheet demands."""
    lines: Queue[tuple[str, str]] = Queue()
    readers = [
        Thread(target=_read_child_pipe, args=(name, pipe, lines), daemon=True)
        for name, pipe in (("out", process.stdout), ("said", process.stderr))
    ]
    for reader in readers:
        reader.start()
    heard: dict[str, list[str]] = {"out": [], "said": []}
    while process.poll() is None:
        if time.monotonic() > deadline:
            raise TimeoutError
        with suppress(Empty):
            _hear_child_line(lines.get(timeout=_PATIENCE), heard, tell)
    for reader in readers:
        reader.join(_FAREWELL)
    while not lines.empty():
        _hear_child_line(lines.get(), heard, tell)
    return tuple(heard["out"]), tuple(heard["said"])


def _read_child_pipe(name: str, pipe: IO[str] | None, lines: Queue[tuple[str, str]]) -> None:
    if pipe is not None:
        with pipe:
            for line in pipe:
                lines.put((name, line.rstrip()))


def _hear_child_line(line: tuple[str, str], heard: dict[str, list[str]], tell: Callable[[str], None]) -> None:
    name, text = line
    if name == "said" and text.startswith(_PROGRESS):
        share, _, step = text.removeprefix(_PROGRESS).partition(" ")
        tell(f"{step} {share}")
    elif text:
        heard[name].append(text)


def _end_child(process: subprocess.Popen[str]) -> None:
    """End the process where it still runs, with whatever it has started.

    On Windows a virtual environment's python.exe holds the real interpreter in a job that ends with it.
    """
    if process.poll() is None:
        if sys.platform != "win32":
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()


def _explain_child_failure(code: int, said: Sequence[str], lang: Lang) -> Exception:
    """Return why a command failed: its refusal or its record number in its own words, or that it is a fault of ours."""
    if code not in (_REFUSED, _UNFORESEEN) or not said or any(_TRACEBACK in line for line in said):
        return ChildFailed(f"exit code {code}")
    told = "\n".join(said)
    for kind, word in KINDS.items():
        if told.startswith(f"{word.to(lang)}: "):
            told = told.removeprefix(f"{word.to(lang)}: ")
            return Refusal(kind, told, told)
    unnamed: Kind = "argument" if "--help" in told else "unwritable"
    return Refusal(unnamed, told, told)
