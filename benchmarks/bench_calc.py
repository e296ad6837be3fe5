"""Claim: one array formula over 10,000 customers in Calc takes at most 1.5 times an echo through the same bridge.

The echo is the same LibreOffice, the same add-in, the same formula and the same pipe; only the worker at its end sends
the range back as it came instead of asking the engine.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]
from measure import Row, compare
from people import HEADER, customers

from addin.packaging.oxt.build import unpack

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # the one driver of LibreOffice that we have is the tests' own

from helpers.office import Book, Office, missing  # noqa: E402

COUNT = 10_000
ECHO = """\
import json, sys
for line in sys.stdin.buffer:
    name, args, *rest = json.loads(line)
    sys.stdout.write(json.dumps(args[0]) + "\\n")
    sys.stdout.flush()
"""


def measure() -> list[Row]:
    """Recalculate the same workbook in two offices, one with the engine behind the add-in and one with the echo."""
    lack = missing()
    if lack is not None:
        print(f"測れません / cannot be measured here: {lack}", file=sys.stderr)
        return []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        extension, echo, path = unpack(folder / "oxt"), _echo(folder), _workbook(folder / "customers.xlsx")
        with (
            Office((extension,), {"PORTFOLIO_PYTHON": sys.executable}) as engine,
            Office((extension,), {"PORTFOLIO_PYTHON": str(echo)}) as mirror,
            engine.open(path) as ours,
            mirror.open(path) as echoed,
        ):
            _prepare(ours, scored=True)
            _prepare(echoed, scored=False)
            return [
                compare(
                    (f"Calc: 配列数式 / array formula, {COUNT:,} 社", ours.recalculate),
                    ("echo, same bridge", echoed.recalculate),
                    budget=1.5,
                    runs=9,
                )
            ]


def _echo(folder: Path) -> Path:
    """Write an interpreter that, whatever it is told to run, runs the echo."""
    worker, starter = folder / "echo.py", folder / "python"
    worker.write_text(ECHO, encoding="utf-8")
    starter.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{worker}'\n", encoding="utf-8")
    starter.chmod(0o755)
    return starter


def _workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("顧客")
        for number, row in enumerate([HEADER, *customers(COUNT)]):
            sheet.write_row(number, 0, row)
    return path


def _prepare(book: Book, *, scored: bool) -> None:
    """Score once, keep the handle as text, and leave one array formula to recalculate."""
    if scored:
        book.put("顧客", "H1", f"=PORTFOLIO_RUN(A1:F{COUNT + 1})")
        book.put("顧客", "H1", str(book.value("顧客", "H1")))
    else:
        book.put("顧客", "H1", "PF-20261122-000000")
    book.array("顧客", f"I2:I{COUNT + 1}", f'=PORTFOLIO_SEGMENT(A2:A{COUNT + 1};"標準";H1)')
    answers = {row[0] for row in book.values("顧客", f"I2:I{COUNT + 1}")}
    if (len(answers) == COUNT) == scored or any(str(each).startswith(("#", "Err")) for each in answers):
        raise RuntimeError(f"no answer to measure: {sorted(map(str, answers))[:3]}")
