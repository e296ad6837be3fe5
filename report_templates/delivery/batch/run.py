"""Make one page per account on several processes: shared once, in small portions, resumed where it was interrupted.

Decision 0205: why account pages are made by spawned processes.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import get_context
from threading import Thread
from typing import TYPE_CHECKING, Final, Literal

from engine.language.errors import Lang, Refusal, Text
from engine.runs.store.locks import SUFFIX, alive, own_name
from report_templates.delivery.batch import worker
from report_templates.delivery.batch.manifest import Entry, Manifest, run_key
from report_templates.delivery.batch.naming import stems
from report_templates.delivery.batch.worker import Job, Outcome, Shared
from report_templates.editions.make import StaleData
from report_templates.view import view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from multiprocessing.connection import Connection
    from pathlib import Path

    from engine.scoring.portfolio import Portfolio
    from report_templates.editions.make import Format
    from report_templates.editions.masking import Gate, Shown

Start = Literal["spawn", "fork", "forkserver"]
_PORTION: Final = 4  # pages handed over at a time: short enough to stop soon and to end together
_AHEAD: Final = 2  # portions waiting per process
_MOST: Final = 8  # processes by default; each holds about a quarter of a gigabyte
_PARTS: Final = ".part-"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a batch.

    Parameters
    ----------
    jobs
        Every page that was wanted, in the order of the customers.
    made
        How many were made now.
    kept
        How many were there already, finished and unchanged.
    failed
        Those that could not be made, with their reasons.
    """

    jobs: tuple[Job, ...]
    made: int
    kept: int
    failed: tuple[Outcome, ...]


def usual_processes() -> int:
    """Return how many processes are started where nobody says: one per core that we may use, at most eight."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable, _MOST))


def make_accounts(
    portfolio: Portfolio,
    positions: Sequence[int],
    folder: Path,
    *,
    langs: Sequence[Lang] = ("ja",),
    formats: Sequence[Format] = ("pdf",),
    before: Portfolio | None = None,
    templates: Path | None = None,
    processes: int | None = None,
    anew: bool = False,
    allow_stale: bool = False,
    start: Start = "spawn",
    gate: Gate | None = None,
    others: Mapping[Lang, Shown] | None = None,
    progress: Callable[[Text, float], None] | None = None,
) -> Done:
    """Make one page per customer into `folder`; those that are there already, of the same run and unchanged, are kept.

    Parameters
    ----------
    positions
        The customers; doubles count once.
    before
        The run to compare with.
    processes
        How many work at a time; one does it all here. `usual_processes` when None.
    anew
        Whether finished pages are made again too.
    allow_stale
        Whether pages on data that are too old are made, with a warning on every page.
    start
        How processes are started. `spawn` by default, on every system: a process that is forked while threads run
        (a progress bar, a drawing engine) may inherit a lock that nobody gives back.
    gate
        One more gate that every page must pass; processes get a copy of it.
    others
        What pages in a language are made of instead, where it has its own words for hidden names: the same customers in
        the same order, with the same IDs.

    Raises
    ------
    StaleData
        When the newest order is too old, unless `allow_stale`.
    Refusal
        `unwritable` where another batch is at work in the folder; `internal` where a process died (out of memory).
    """
    tell = progress or (lambda _step, _share: None)
    stale = view.stamp_of(portfolio).stale
    if stale is not None and not allow_stale:
        raise StaleData(stale)
    folder.mkdir(parents=True, exist_ok=True)
    with _open_parts_folder(folder) as parts:
        manifest = Manifest(folder, run_key(portfolio, before, templates))
        manifest.begin()
        jobs = _jobs(portfolio, positions, langs, formats)
        open_jobs = tuple(job for job in jobs if anew or not manifest.is_finished(job.file))
        earlier = None if before is None else _bare(before)
        shared = Shared(_bare(portfolio), earlier, templates, folder, parts, gate, _all_bare(others or {}))
        failed: list[Outcome] = []
        finished = 0
        tell(_step(finished, len(open_jobs)), 0.0)
        for outcomes in _outcomes(shared, open_jobs, processes or usual_processes(), start):
            manifest.add(
                Entry(_identity(portfolio, each.job), each.job.file, each.sha256)
                for each in outcomes
                if each.failure is None
            )
            failed += [each for each in outcomes if each.failure is not None]
            finished += len(outcomes)
            tell(_step(finished, len(open_jobs)), finished / len(open_jobs))
    return Done(jobs, len(open_jobs) - len(failed), len(jobs) - len(open_jobs), tuple(failed))


def _step(finished: int, total: int) -> Text:
    return Text(f"{finished:,}/{total:,}枚", f"page {finished:,} of {total:,}")


def _identity(portfolio: Portfolio, job: Job) -> str:
    return str(portfolio.frame["customer_id"].iloc[job.position])


def _jobs(
    portfolio: Portfolio, positions: Sequence[int], langs: Sequence[Lang], formats: Sequence[Format]
) -> tuple[Job, ...]:
    names = stems(portfolio.frame["customer_id"].astype(str))
    return tuple(
        Job(position, lang, each, f"{names[position]}.{lang}.{each}")
        for position in dict.fromkeys(int(place) for place in positions)
        for lang in langs
        for each in formats
    )


def _bare(portfolio: Portfolio) -> Portfolio:
    """Return the run without what was derived from it: fitted models and refusals are not handed to processes."""
    return replace(portfolio)


def _all_bare(others: Mapping[Lang, Shown]) -> dict[Lang, Shown]:
    return {
        lang: replace(each, portfolio=_bare(each.portfolio), before=None if each.before is None else _bare(each.before))
        for lang, each in others.items()
    }


@contextmanager
def _open_parts_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder of our own for unfinished pages; what a killed batch left behind is swept away first.

    Raises
    ------
    Refusal
        Where another batch is at work in the folder.
    """
    with own_name(folder, _PARTS) as parts:
        parts.mkdir()
        try:
            _demand_alone(
                folder, parts
            )  # when our own can be seen: of two that begin at once, one at least sees the other
            yield parts
        finally:
            shutil.rmtree(parts, ignore_errors=True)


def _demand_alone(folder: Path, parts: Path) -> None:
    for left in folder.glob(f"{_PARTS}*"):
        if left == parts or left.name.endswith(SUFFIX):
            continue
        if alive(left):
            raise Refusal(
                "unwritable",
                f"「{folder.name}」では別のページ作成が進行中です。終わるのを待つか、別のフォルダーを --out に指定してください",
                f'pages are being made in "{folder.name}" already; wait for them, or name another folder with --out',
            )
        shutil.rmtree(left, ignore_errors=True)


def _outcomes(shared: Shared, jobs: Sequence[Job], processes: int, start: Start) -> Iterator[tuple[Outcome, ...]]:
    """Yield what became of the jobs, portion by portion, as they are finished."""
    if processes == 1 or len(jobs) <= _PORTION:
        worker.begin(shared)
        for job in jobs:
            yield worker.make_pages((job,))
        return
    count, context = min(processes, -(-len(jobs) // _PORTION)), get_context(start)
    source, handing = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(count, context, initializer=worker.begin_child, initargs=(source, context.Lock()))
    giver = Thread(target=_hand_over, args=(handing, pickle.dumps(shared), count), daemon=True)
    try:
        portions = (tuple(jobs[at : at + _PORTION]) for at in range(0, len(jobs), _PORTION))
        giver.start()
        yield from _draw_portions(pool, portions, processes * _AHEAD)
    except BrokenProcessPool as broken:
        raise Refusal(
            "internal",
            "ページを作る処理が途中で止まりました(メモリ不足など)。作り終えたページは残っています。"
            "--jobs を減らして同じコマンドを実行すると続きから作ります",
            "a process that makes pages died (out of memory, perhaps); finished pages are kept: run the same command "
            "again with fewer --jobs",
        ) from broken
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        source.close()  # whoever still waits to hand over is told that nobody reads any more
        giver.join()


def _hand_over(handing: Connection, content: bytes, count: int) -> None:
    """Give each process the run, in its turn; those that end before they have read it want none."""
    with handing, suppress(OSError):
        for _ in range(count):
            handing.send_bytes(content)


@contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Let Ctrl+C wait until the block ends; processes that are started in it never hear of it, not even while they load."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _draw_portions(
    pool: ProcessPoolExecutor, portions: Iterable[tuple[Job, ...]], ahead: int
) -> Iterator[tuple[Outcome, ...]]:
    """Hand out a few portions at a time: what is not handed out need not be cancelled."""
    source = iter(portions)
    with _ctrl_c_waits():
        running: set[Future[tuple[Outcome, ...]]] = {
            pool.submit(worker.make_pages, each) for each in islice(source, ahead)
        }
    try:
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                running |= {pool.submit(worker.make_pages, each) for each in islice(source, 1)}
                yield future.result()
    except KeyboardInterrupt:
        begun = [future for future in running if not future.cancel()]
        yield from (
            future.result() for future in wait(begun).done
        )  # their pages are in the folder: they shall be listed
        raise
