"""Run every claim and print the table: `make bench`, or `python benchmarks/run.py [names]` for some of them.

Nothing fails here when a budget is missed: the table says so. The same as JSON goes to out/bench.json.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from measure import Row

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "out" / "bench.json"


def main(wanted: list[str]) -> int:
    """Measure the claims named (all, when none is named), print and save; return the exit code."""
    names = sorted(path.stem for path in HERE.glob("bench_*.py"))
    chosen = [name for name in names if not wanted or name.removeprefix("bench_") in wanted]
    if not chosen:
        print(
            f"ありません / there is none of these: {wanted}; {[name.removeprefix('bench_') for name in names]}",
            file=sys.stderr,
        )
        return 2
    rows: list[tuple[str, Row]] = []
    for name in chosen:
        print(f"● {name.removeprefix('bench_')} …", file=sys.stderr, flush=True)
        rows += [(name.removeprefix("bench_"), row) for row in importlib.import_module(name).measure()]
    _show(rows)
    _save(rows)
    return 0


def _show(rows: list[tuple[str, Row]]) -> None:
    table = Table(title="性能の比 / ratios (medians, work and anchor in turn)")
    for heading in ("対象 / work", "基準 / anchor", "対象", "基準", "比", "目標 ≤", ""):
        table.add_column(heading, justify="left" if "/" in heading else "right")
    for _, row in rows:
        met = {True: "達成 / met", False: "[bold red]未達 / missed[/]", None: ""}[row.met]
        timed = row.anchor_seconds is None
        table.add_row(
            row.work,
            row.anchor or "-",
            _time(row.seconds),
            "-" if row.anchor_seconds is None else _time(row.anchor_seconds),
            "-" if timed else f"{row.value:.3g} ×",
            "-" if row.budget is None else _time(row.budget) if timed else f"{row.budget:g} ×",
            met,
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def _save(rows: list[tuple[str, Row]]) -> None:
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    measured = [{"claim": claim, **asdict(row), "value": row.value, "met": row.met} for claim, row in rows]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(
        json.dumps({"machine": machine, "rows": measured}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    print(f"JSON: {OUT}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
