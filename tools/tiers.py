"""Run all tests and say at the end which tiers ran: `python tools/tiers.py [arguments of pytest]`.

Tier 1: the engine. Tier 2: the faces without a host (registry, cells, the built add-in, the report and its gates).
Tier 3: real hosts, LibreOffice Calc (the tests marked `calc`) and Chromium (`chromium`). Tier 4: the real xlwings DLL and
COM server under Wine (`wine`). What needs a host that is missing is left out and named;
with PORTFOLIO_REQUIRE_ALL_TIERS=1 a host that is missing, or a single skipped test, fails the run.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

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
        for number, name in TIERS.items():
            terminalreporter.write_line(f"{name}: {self.passed[number] or '実行なし / not run'}")
        for marker, trouble in self.troubles.items():
            number = MARKERS[marker]
            terminalreporter.write_line(
                f"第{number}層の一部を実行できません / part of tier {number} cannot run here: {trouble}"
            )
        if self.all_required and self.left_out():
            terminalreporter.write_line(
                "全層の実行が必須のため失敗とします / all tiers are required, so this run fails"
            )

    def left_out(self) -> bool:
        """Tell whether a host was missing, a tier had no passing test, or any test was skipped."""
        return self.skipped > 0 or bool(self.troubles) or any(not self.passed[number] for number in TIERS)


def main(arguments: Sequence[str]) -> int:
    """Run pytest with the plugin; return its exit code."""
    troubles = {"calc": calc_state(), "chromium": browser_state(), "wine": wine.trouble()}
    plugin = Tiers(troubles, all_required=os.environ.get("PORTFOLIO_REQUIRE_ALL_TIERS") == "1")
    return int(pytest.main([*arguments], plugins=[plugin]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
