"""What one process of a batch does: it gets the run once, then makes pages, each with every gate, one after the other."""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from engine.language.errors import Refusal, Text
from report_templates import charts
from report_templates.document.report_data import Reading, read
from report_templates.editions import make
from report_templates.view import view

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Lock
    from pathlib import Path

    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio
    from report_templates.editions.make import Format
    from report_templates.editions.masking import Gate, Shown


@dataclass(frozen=True, slots=True)
class Shared:
    """What every page of a batch has in common.

    Parameters
    ----------
    portfolio, before
        The run, and the one to compare with.
    templates
        A company's own template folder.
    folder, parts
        Where finished pages go, and where they are written first.
    gate
        One more gate that every page must pass, such as the search of masked editions for names.
    others
        The run, the one before and the gate of languages that have their own.
    """

    portfolio: Portfolio
    before: Portfolio | None
    templates: Path | None
    folder: Path
    parts: Path
    gate: Gate | None = None
    others: Mapping[Lang, Shown] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """One page to be made: the customer's position, language, format and file name."""

    position: int
    lang: Lang
    format: Format
    file: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a page could not be made: the kind of the refusal, and its words."""

    kind: str
    text: Text


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: the SHA-256 of the finished file, or a failure."""

    job: Job
    sha256: str
    failure: Failure | None = None


_shared: Shared | None = None
_reading: Reading | None = None
_readings: dict[Lang, Reading] = {}


def begin(shared: Shared) -> None:
    """Take what all pages share; called once per process."""
    global _shared, _reading, _readings  # a process of a pool has no other place to keep what it was handed
    _shared, _reading = shared, read(shared.portfolio, shared.before)
    _readings = {lang: read(each.portfolio, each.before) for lang, each in shared.others.items()}


def begin_child(handed: Connection, turn: Lock) -> None:
    """Take what all pages share from the process that started this one.

    It comes through a pipe rather than as an argument: whoever starts a process waits until its arguments are read, which
    is when it has loaded everything, and the processes would begin one after the other.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group: the parent ends us in order
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with turn:
        content = handed.recv_bytes()
    begin(pickle.loads(content))  # noqa: S301 - written by the process that started us, through a pipe that has no name


def _end_with_parent() -> None:
    """End this process when the one that started it dies, however it dies: a pool's queue would wait for ever."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def make_pages(jobs: tuple[Job, ...]) -> tuple[Outcome, ...]:
    """Make some pages, those of one customer in a row, and put each into its place when it has passed every gate."""
    assert _shared is not None  # noqa: S101 - `begin` has been called
    assert _reading is not None  # noqa: S101 - the same
    with _swept_between_pages():
        return tuple(_made(_shared, _readings.get(job.lang, _reading), job) for job in jobs)


@contextmanager
def _swept_between_pages() -> Iterator[None]:
    """Let garbage be swept after each page instead of in the midst of it, and what was there before not be looked through.

    A page is ten thousands of objects that hold each other: sweeping while it is laid out finds nothing to throw away, and
    takes a seventh of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def _made(shared: Shared, reading: Reading, job: Job) -> Outcome:
    try:
        content = make.document(view.of_account(reading, job.position), job.lang, job.format, shared.templates)
        gate = shared.others[job.lang].inspect if job.lang in shared.others else shared.gate
        if gate is not None:
            gate(job.file, content)
    except Refusal as refusal:
        return Outcome(job, "", Failure(refusal.kind, refusal.text))
    finally:
        charts.forget()  # no two accounts share a drawing
        gc.collect()
    _write(shared, job.file, content)
    return Outcome(job, hashlib.sha256(content).hexdigest())


def _write(shared: Shared, name: str, content: bytes) -> None:
    """Write beside its place and move it there when it is on disk, so that nobody ever sees half a page."""
    part = shared.parts / name
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(shared.folder / name)
