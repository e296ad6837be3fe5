"""Claim: 500 account pages on two processes are made at least 1.7 times as fast as on one.

Both sides are the whole batch as a user starts it: processes spawned, the run handed over, every page drawn, printed as
tagged PDF/A and passed through every gate. They run in turn, in portions of the 500, so that a busy moment of the machine
hits both alike. Peak memory is that of all processes of a batch together. `ACCOUNTS` narrows the number of pages.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from measure import Row

from engine.cleaning.tables import RawTables, clean, raw_from_block
from engine.scoring.scoring import score
from workbooks.sample.sample import make_sample

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio

_PAGES: Final = 500
_ROUNDS: Final = 2
_BUDGET: Final = 1 / 1.7
_WATCH: Final = 0.5  # seconds; looking at a large process costs it time
_NAMED: Final = frozenset({"顧客ID", "顧客名", "親ID", "取引ID"})


def measure() -> list[Row]:
    """Make the pages on two processes and on one, in turn."""
    pages = int(os.environ.get("ACCOUNTS", _PAGES))
    with tempfile.TemporaryDirectory() as folder:
        portion = max(pages // _ROUNDS, 8)
        found: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
        for number in range(_ROUNDS):
            for processes in (2, 1) if number % 2 else (1, 2):
                found[processes].append(_batch(Path(folder) / f"{number}-{processes}", processes, portion))
    seconds = {key: [each[0] for each in rows] for key, rows in found.items()}
    peak = {key: max(each[1] for each in rows) for key, rows in found.items()}
    ratio = statistics.median(two / one for one, two in zip(seconds[1], seconds[2], strict=True))
    one = statistics.fmean(seconds[1]) * pages / portion
    named = (
        f"{pages}枚・2プロセス / pages on 2 processes ({peak[2]:.0f} MB)",
        f"1プロセス / 1 process ({peak[1]:.0f} MB)",
    )
    return [Row(*named, one * ratio, one, _BUDGET, _ROUNDS)]


def _batch(out: Path, processes: int, pages: int) -> tuple[float, float]:
    """Return seconds and peak megabytes of one batch, started as a process of its own."""
    command = [sys.executable, __file__, str(out), str(processes), str(pages)]
    start = time.perf_counter()
    started = subprocess.Popen(command)
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(started, peak))
    watcher.start()
    code = started.wait()
    seconds = time.perf_counter() - start
    watcher.join()
    if code or len(list(out.glob("*.pdf"))) != pages:
        raise RuntimeError(f"the batch on {processes} processes failed")
    return seconds, peak[0]


def _watch(started: subprocess.Popen[bytes], peak: list[float]) -> None:
    while started.poll() is None:
        peak[0] = max(peak[0], _memory(started.pid))
        time.sleep(_WATCH)


def _memory(parent: int) -> float:
    """Return the megabytes that a process and its children hold, shared pages counted once (PSS); 0 without /proc."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(folder.name) == parent or int(fields[1]) == parent:
                rollup = (folder / "smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
        except OSError:  # it ended while we looked
            continue
    return total / 1024


def _portfolio(pages: int) -> Portfolio:
    """Return the sample company with so many customers: its own, again and again under further IDs, orders and all."""
    sheets = make_sample().sheets
    raw: dict[str, list[list[object]]] = {}
    for name, sheet in sheets.items():
        rows: list[list[object]] = [list(row) for row in sheet.rows]
        raw[name] = [list(sheet.header), *rows]
    times = -(-pages // (len(raw["customers"]) - 1))
    for name in ("customers", "orders"):
        header, rows = raw[name][0], raw[name][1:]
        places = [at for at, head in enumerate(header) if head in _NAMED]
        raw[name] = [header, *(_renamed(row, places, number) for number in range(times) for row in rows)]
    company = make_sample()
    blocks = {name: raw_from_block(name, block, name) for name, block in raw.items()}
    return score(clean(RawTables(blocks, ()), as_of=company.as_of), as_of=company.as_of)


def _renamed(row: list[object], places: list[int], number: int) -> list[object]:
    if not number:
        return row
    return [f"{cell}-{number}" if at in places and cell else cell for at, cell in enumerate(row)]


def _child(out: Path, processes: int, pages: int) -> None:
    from report_templates.delivery.batch.run import make_accounts

    portfolio = _portfolio(pages)
    done = make_accounts(portfolio, range(pages), out, processes=processes)
    if done.failed:
        raise RuntimeError(str(done.failed[0].failure))


if __name__ == "__main__":
    _child(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
