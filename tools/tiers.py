"""Run all tests and say at the end which tiers ran: `python tools/tiers.py [--fast] [--measure] [arguments of pytest]`.

Tier 1: the engine. Tier 2: the faces without a host (registry, cells, the built add-in, the report and its gates).
Tier 3: real hosts, LibreOffice Calc (the tests marked `calc`) and Chromium (`chromium`). Tier 4: the real xlwings DLL and
COM server under Wine (`wine`). What needs a host that is missing is left out and named;
with PORTFOLIO_REQUIRE_ALL_TIERS=1 a host that is missing, or a single skipped test, fails the run.

Without arguments of pytest, there are as many processes as cores, and each takes the next file of tests as soon as it is
through with one; each has its own hosts and its own store of runs. `--fast` leaves out slow tests and those that need a
real host; `--measure` renews `tests/durations.toml`, by which the files are spread and the slow tests are known.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import pytest
import spread
import wine
from system import browser_state, calc_state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIERS: Final = {
    1: "第1層 エンジン / tier 1, the engine",
    2: "第2層 表計算ソフトなしの各機能 / tier 2, the faces without a host",
    3: "第3層 実物の LibreOffice Calc と Chromium / tier 3, a real LibreOffice Calc and Chromium",
    4: "第4層 Wine 上の実物の xlwings / tier 4, the real xlwings under Wine",
}
MARKERS: Final = {"calc": 3, "chromium": 3, "wine": 4}
FAST: Final = "--fast"
MEASURE: Final = "--measure"


def tier(report: pytest.TestReport) -> int:
    """Return the tier of a test: by its marker, else by the name of its file."""
    for marker, number in MARKERS.items():
        if marker in report.keywords:
            return number
    return 1 if PurePath(report.nodeid.partition("::")[0]).name.startswith("test_engine_") else 2


class Tiers:
    """A pytest plugin that leaves out what this machine cannot run, counts, and reports; one for all processes."""

    def __init__(self, troubles: Mapping[str, str | None], *, all_required: bool, measured: bool = False) -> None:
        self.troubles = {marker: trouble for marker, trouble in troubles.items() if trouble is not None}
        self.all_required = all_required
        self.measured = measured
        self.seconds = spread.Seconds()
        self.passed: Counter[int] = Counter()
        self.skipped = 0
        self.waiting: set[str] = set()  # tests that were found and have not been heard of again
        self.died = 0

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out the tests whose host is missing (where there are several processes, `tests/conftest.py` does)."""
        left_out = [item for item in items if any(map(item.get_closest_marker, self.troubles))]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note every test that will run in this process."""
        self.waiting |= {item.nodeid for item in session.items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Note every test that will run in some process."""
        self.waiting |= set(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, error: object) -> None:
        """Count the processes that ended before their time."""
        self.died += error is not None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what passed, by tier, and what was skipped."""
        self.waiting.discard(report.nodeid)
        self.seconds.add(report.nodeid, report.duration)
        self.skipped += report.skipped
        if report.when == "call" and report.passed:
            self.passed[tier(report)] += 1

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that looks fine but left something out; keep what a whole run has measured."""
        if session.exitstatus != pytest.ExitCode.OK:
            return
        if self.died or self.waiting or (self.all_required and self.left_out()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        elif self.measured:
            spread.DURATIONS.write_text(self.seconds.written(), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print one line for each tier, and what made the run incomplete."""
        terminalreporter.section("階層 / tiers")
        for line in self.summary():
            terminalreporter.write_line(line)

    def summary(self) -> list[str]:
        """Return one line for each tier, and what made the run incomplete."""
        lines = [f"{name}: {self.passed[number] or '実行なし / not run'}" for number, name in TIERS.items()]
        lines += [
            f"第{MARKERS[marker]}層の一部を実行できません / part of tier {MARKERS[marker]} cannot run here: {trouble}"
            for marker, trouble in self.troubles.items()
        ]
        if self.died:
            lines.append(
                f"途中で終わったプロセスがあるため失敗とします / processes that died, so this run fails: {self.died}"
            )
        if self.waiting:
            lines.append(
                f"結果のない試験があるため失敗とします / tests without a result, so this run fails: {len(self.waiting)}"
            )
        if self.all_required and self.left_out():
            lines.append("全層の実行が必須のため失敗とします / all tiers are required, so this run fails")
        return lines

    def left_out(self) -> bool:
        """Tell whether a host was missing, a tier had no passing test, or any test was skipped."""
        return self.skipped > 0 or bool(self.troubles) or any(not self.passed[number] for number in TIERS)


def several(arguments: Sequence[str]) -> list[str]:
    """Return what to tell pytest so that every core has a process: only where all tests run, in which order is our choice."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores == 1 or set(arguments) - {FAST}:
        return []
    return ["-n", str(cores), "--dist", "loadfile", "--no-loadscope-reorder", "--max-worker-restart", "0"]


def main(arguments: Sequence[str]) -> int:
    """Run pytest with the plugin; return its exit code."""
    # Hundreds of processes that the tests start would each compile our sources anew where Python is told to keep nothing.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    troubles: dict[str, Any] = {"calc": calc_state(), "chromium": browser_state(), "wine": wine.trouble()}
    plugin = Tiers(
        troubles,
        all_required=os.environ.get("PORTFOLIO_REQUIRE_ALL_TIERS") == "1",
        measured=MEASURE in arguments,
    )
    words = [each for each in arguments if each != MEASURE]
    return int(pytest.main([*several(words), *words], plugins=[plugin]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
