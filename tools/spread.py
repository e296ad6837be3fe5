"""Which tests take how long, and what follows from it: a plugin of pytest, which `tests/conftest.py` loads.

`tests/durations.toml` holds the seconds of every file of tests and of every slow test, as `make durations` measured them.
Where several processes share the tests, the files that take longest begin, so that all end at about the same time. With
`--fast`, slow tests and those that need a real host are left out. What a process left out is told at the end of the run.

PYTEST_DONT_REWRITE: it asserts nothing.

Decision 0265: why files of tests are spread by measured time.
Decision 0266: why everyday tests are chosen by measured time.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

DURATIONS: Final = Path(__file__).resolve().parent.parent / "tests" / "durations.toml"
HOSTS: Final = ("calc", "chromium", "wine")  # the markers of tests that start one
SLOW: Final = 0.3  # seconds of a test with all its cases: from here on `--fast` leaves it out
_HEAD: Final = """\
# Seconds that the tests took when they were last measured: renewed by `make durations`, never by hand.
# By them the files are spread over the processes, and `make test-fast` leaves the slow tests out.
"""
_notes: Final = pytest.StashKey[list[str]]()


class Seconds:
    """The seconds of every file, and of every test with all its cases."""

    def __init__(self) -> None:
        self.files: defaultdict[str, float] = defaultdict(float)
        self.tests: defaultdict[str, float] = defaultdict(float)

    def add(self, nodeid: str, seconds: float) -> None:
        """Add what one phase of one case took."""
        self.files[_file(nodeid)] += seconds
        self.tests[_function(nodeid)] += seconds

    def written(self) -> str:
        """Return the text of `tests/durations.toml`."""
        slow = {name: seconds for name, seconds in self.tests.items() if seconds >= SLOW}
        return f"{_HEAD}\n[files]\n{_lines(self.files)}\n[slow]\n{_lines(slow)}"


def note(config: pytest.Config, line: str) -> None:
    """Have a line printed at the end of the run, once, also where this process is one of several."""
    config.stash.setdefault(_notes, []).append(line)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--fast`."""
    parser.addoption("--fast", action="store_true", help="leave out slow tests and those that need a real host")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, where that is asked for; among several processes, begin with what takes longest."""
    found = tomllib.loads(DURATIONS.read_text(encoding="utf-8"))
    if config.getoption("fast"):
        left_out = {item for item in items if _is_slow(item, found["slow"])}
        config.hook.pytest_deselected(items=[*left_out])
        items[:] = [item for item in items if item not in left_out]
        for line in _left_out(Counter(_file(item.nodeid) for item in left_out)):
            note(config, line)
    if hasattr(config, "workerinput"):
        longest = float("inf")  # what was never measured may be it
        items.sort(key=lambda item: -found["files"].get(_file(item.nodeid), longest))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that started this one what there is to say at the end."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["notes"] = session.config.stash.get(_notes, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear what a process has to say at the end."""
    for line in getattr(node, "workeroutput", {}).get("notes", ()):
        note(node.config, line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out."""
    notes = config.stash.get(_notes, [])
    if notes:
        terminalreporter.section("省いた試験 / what was left out", yellow=True)
    for line in dict.fromkeys(notes):  # every process says the same
        terminalreporter.line(line)


def _is_slow(item: pytest.Item, slow: Mapping[str, float]) -> bool:
    return _function(item.nodeid) in slow or any(map(item.get_closest_marker, HOSTS))


def _left_out(counted: Mapping[str, int]) -> list[str]:
    """Return what `--fast` left out, with the number of tests of each file."""
    if not counted:
        return []
    number = sum(counted.values())
    names = ", ".join(f"{name.removeprefix('test_').removesuffix('.py')} {counted[name]}" for name in sorted(counted))
    return [
        f"時間のかかる試験と実物の表計算ソフト・ブラウザーを使う試験 {number} 件 (すべて行うには make test)",
        f"{number} tests that are slow or start a real host (`make test` runs them all), by file: {names}",
    ]


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0].rpartition("/")[2]


def _function(nodeid: str) -> str:
    """Return file and name of a test without the values of its case."""
    return f"{_file(nodeid)}::{nodeid.partition('::')[2].partition('[')[0]}"


def _lines(seconds: Mapping[str, float]) -> str:
    ordered = sorted(seconds.items(), key=lambda pair: (-round(pair[1], 1), pair[0]))
    return "".join(f'"{name}" = {value:.1f}\n' for name, value in ordered)
