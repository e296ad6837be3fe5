"""Run all tests and say at the end which tiers ran: `python tools/tiers.py [arguments of pytest]`.

Tier 1: the engine. Tier 2: the faces without a host (registry, cells, the built add-in, the report and its gates).
Tier 3: real hosts, LibreOffice Calc (the tests marked `calc`) and Chromium (`chromium`). Tier 4: the real xlwings DLL and
COM server under Wine (`wine`). What needs a host that is missing is left out and named;
with PORTFOLIO_REQUIRE_ALL_TIERS=1 a host that is missing, or a single skipped test, fails the run.

Without arguments, on a machine with two cores or more, the tests of the report run in a process beside all others: each
half has its hosts for itself (Chromium here, Calc and Wine there). What that process prints follows when it is done.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
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
TESTS: Final = Path(__file__).resolve().parent.parent / "tests"
_NOTHING: Final[dict[str, Any]] = {"passed": {}, "skipped": 0}  # of a half that died before it could tell
HALF: Final = "--half-of-all"  # followed by the file into which a half writes what it counted


def tier(item: pytest.Item) -> int:
    """Return the tier of a test: by its marker, else by the name of its file."""
    for marker, number in MARKERS.items():
        if item.get_closest_marker(marker):
            return number
    return 1 if item.path.name.startswith("test_engine_") else 2


class Tiers:
    """A pytest plugin that leaves out what this machine cannot run, counts, and reports."""

    def __init__(self, troubles: Mapping[str, str | None], *, all_required: bool) -> None:
        self.troubles = {marker: trouble for marker, trouble in troubles.items() if trouble is not None}
        self.all_required = all_required
        self.tier_of: dict[str, int] = {}
        self.passed: Counter[int] = Counter()
        self.skipped = 0

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Note the tier of every test, and leave out those whose host is missing."""
        self.tier_of = {item.nodeid: tier(item) for item in items}
        left_out = [item for item in items if any(map(item.get_closest_marker, self.troubles))]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what passed, by tier, and what was skipped."""
        self.skipped += report.skipped
        if report.when == "call" and report.passed:
            self.passed[self.tier_of.get(report.nodeid, 2)] += 1

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that looks fine but left something out, where everything is required."""
        if self.all_required and session.exitstatus == pytest.ExitCode.OK and self.left_out():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

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
        if self.all_required and self.left_out():
            lines.append("全層の実行が必須のため失敗とします / all tiers are required, so this run fails")
        return lines

    def left_out(self) -> bool:
        """Tell whether a host was missing, a tier had no passing test, or any test was skipped."""
        return self.skipped > 0 or bool(self.troubles) or any(not self.passed[number] for number in TIERS)


class Half(Tiers):
    """The plugin of one of two processes: it counts for the other, which says at the end what was left out."""

    def __init__(self, troubles: Mapping[str, str | None], counted: Path) -> None:
        super().__init__(troubles, all_required=False)
        self.counted = counted

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write down what passed and was skipped."""
        self.counted.write_text(json.dumps({"passed": self.passed, "skipped": self.skipped}), encoding="utf-8")


def halves() -> tuple[list[str], list[str]]:
    """Return all files of tests in two groups that take about as long: those of the report, and the others."""
    files = sorted(str(path) for path in TESTS.glob("test_*.py"))
    report = [each for each in files if Path(each).name.startswith("test_report_")]
    return [each for each in files if each not in report], report


def side_by_side(troubles: Mapping[str, str | None], *, all_required: bool) -> int:
    """Run both halves at once, one of them in view; return the exit code of the whole."""
    with tempfile.TemporaryDirectory() as folder:
        counted = [Path(folder) / f"{number}.json" for number in range(2)]
        commands = [
            [sys.executable, __file__, HALF, str(file), *half] for file, half in zip(counted, halves(), strict=True)
        ]
        with (Path(folder) / "report.txt").open("w+", encoding="utf-8") as heard:
            hidden = subprocess.Popen(commands[1], stdout=heard, stderr=subprocess.STDOUT)
            codes = [subprocess.call(commands[0]), hidden.wait()]
            heard.seek(0)
            print(heard.read(), flush=True)
        whole = Tiers(troubles, all_required=all_required)
        for file in counted:
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else _NOTHING
            whole.passed.update({int(number): count for number, count in found["passed"].items()})
            whole.skipped += found["skipped"]
    print("\n".join(("", "階層 / tiers", *whole.summary())))
    return max(codes) or int(all_required and whole.left_out())


def main(arguments: Sequence[str]) -> int:
    """Run pytest with the plugin; return its exit code."""
    troubles = {"calc": calc_state(), "chromium": browser_state(), "wine": wine.trouble()}
    all_required = os.environ.get("PORTFOLIO_REQUIRE_ALL_TIERS") == "1"
    if arguments[:1] == [HALF]:
        return int(pytest.main([*arguments[2:]], plugins=[Half(troubles, Path(arguments[1]))]))
    if not arguments and (os.cpu_count() or 1) > 1:
        return side_by_side(troubles, all_required=all_required)
    return int(pytest.main([*arguments], plugins=[Tiers(troubles, all_required=all_required)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
