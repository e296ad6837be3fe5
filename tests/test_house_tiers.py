"""The runner of the tests: nothing is lost between its processes, and what is left out is told."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import spread  # of tools/; conftest.py makes it known
import tiers

TOOLS = Path(spread.__file__).parent
TESTS = TOOLS.parent / "tests"
TWO = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--max-worker-restart", "0")


def ran(
    folder: Path, files: dict[str, str], *arguments: str, required: bool = False
) -> subprocess.CompletedProcess[str]:
    """Write files of tests and let the runner run them."""
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text, encoding="utf-8")
    environment = {**os.environ, "PORTFOLIO_REQUIRE_ALL_TIERS": str(int(required)), "PYTHONUTF8": "1"}
    command = [sys.executable, str(TOOLS / "tiers.py"), "-p", "no:cacheprovider", *arguments, "--rootdir", str(folder)]
    return subprocess.run(
        [*command, str(folder)], cwd=folder, capture_output=True, text=True, check=False, env=environment
    )


@pytest.mark.parametrize(
    ("required", "test", "code"),
    [(False, "def test_a(): pass", 0), (True, "def test_a(): pass", 1), (False, "def test_a(): assert 0", 1)],
)
def test_the_runner_fails_where_a_required_tier_did_not_run(
    tmp_path: Path, required: bool, test: str, code: int
) -> None:
    done = ran(tmp_path, {"engine_only": test}, required=required)
    assert done.returncode == code, done.stdout + done.stderr
    assert "tier 3, a real LibreOffice Calc and Chromium: 実行なし / not run" in done.stdout
    assert "tier 4, the real xlwings under Wine: 実行なし / not run" in done.stdout


@pytest.mark.parametrize(
    ("engine", "report", "required", "code", "told"),
    [
        ("def test_a(): pass", "def test_b(): pass\n\ndef test_c(): pass", False, 0, ["the engine: 1", "a host: 2"]),
        ("def test_a(): pass", "def test_b(): pass", True, 1, ["all tiers are required", "2 passed"]),
        ("def test_a(): assert 0", "def test_b(): pass", False, 1, ["the engine: 実行なし", "1 failed, 1 passed"]),
        ("def test_a(): pass", "import nothing_of_that_name", False, 1, ["nothing_of_that_name"]),
        (
            "def test_a(): pass",
            "import os\n\ndef test_b(): os._exit(0)\n\ndef test_c(): pass",
            False,
            1,
            ["1 failed", "processes that died, so this run fails: 1", "tests without a result, so this run fails: 1"],
        ),
    ],
    ids=["counted over both", "required", "one fails", "cannot be read", "one dies"],
)
def test_two_processes_fail_where_one_does(
    engine: str, report: str, required: bool, code: int, told: list[str], tmp_path: Path
) -> None:
    done = ran(tmp_path, {"engine_a": engine, "report_b": report}, *TWO, required=required)
    assert done.returncode == code, done.stdout + done.stderr
    for words in told:
        assert words in done.stdout


def test_a_test_that_was_found_and_never_heard_of_again_fails_the_run() -> None:
    plugin = tiers.Tiers({}, all_required=False)
    plugin.pytest_xdist_node_collection_finished(ids=["test_engine_a.py::test_a", "test_engine_a.py::test_b"])
    report = pytest.TestReport("test_engine_a.py::test_a", ("", 0, ""), {}, "passed", None, "call", duration=0.25)
    plugin.pytest_runtest_logreport(report)
    assert plugin.waiting == {"test_engine_a.py::test_b"}
    assert any(line.endswith("tests without a result, so this run fails: 1") for line in plugin.summary())
    assert plugin.passed == {1: 1}


def test_every_core_has_a_process_only_where_all_tests_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert tiers.several([]) == tiers.several(["--fast"]) == ["-n", "3", *TWO[2:]]
    assert tiers.several(["-k", "rfm"]) == tiers.several(["--fast", "-x"]) == []
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert tiers.several([]) == []


FILES = {
    "engine_short": "def test_a(): pass\n",
    "engine_long": "import pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_a(n): pass\n\ndef test_b(): pass\n",
    "engine_new": "def test_a(): pass\n",
    "report_host": "import pytest\n@pytest.mark.calc\ndef test_a(): pass\n",
}
MEASURED = """[files]
"test_engine_short.py" = 0.5
"test_report_host.py" = 2.0
"test_engine_long.py" = 9.0
[slow]
"test_engine_long.py::test_a" = 8.0
"""
WITH_DURATIONS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import pytest, spread
spread.DURATIONS = Path(sys.argv[2])
class Worker:
    def pytest_configure(self, config): config.workerinput = {"workerid": "gw0"}; config.workeroutput = {}
    def pytest_unconfigure(self, config): print(config.workeroutput)
plugins = [spread, *([Worker()] if sys.argv[3] == "among several" else [])]
sys.exit(pytest.main(["-p", "no:xdist", "-p", "no:cacheprovider", "-v", *sys.argv[4:]], plugins=plugins))
"""


def spread_over(folder: Path, alone: str, *arguments: str) -> list[str]:
    for name, text in FILES.items():
        (folder / f"test_{name}.py").write_text(text, encoding="utf-8")
    (folder / "durations.toml").write_text(MEASURED, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    calc: x\n", encoding="utf-8")
    command = [sys.executable, "-c", WITH_DURATIONS, str(TOOLS), str(folder / "durations.toml"), alone, *arguments]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONUTF8": "1"}
    )
    return done.stdout.splitlines()


def test_among_several_processes_what_is_new_or_takes_longest_comes_first(tmp_path: Path) -> None:
    lines = spread_over(tmp_path, "among several")
    order = [line.partition("::")[0] for line in lines if " PASSED" in line]
    assert order == [f"test_{name}.py" for name in ("engine_new", *["engine_long"] * 3, "report_host", "engine_short")]
    lines = spread_over(tmp_path, "alone")
    order = [line.partition("::")[0] for line in lines if " PASSED" in line]
    assert order == sorted(order)


def test_the_fast_tests_leave_out_the_slow_and_those_with_a_host_and_say_so(tmp_path: Path) -> None:
    lines = spread_over(tmp_path, "alone", "--fast")
    assert [line.partition(" ")[0] for line in lines if " PASSED" in line] == [
        "test_engine_long.py::test_b",
        "test_engine_new.py::test_a",
        "test_engine_short.py::test_a",
    ]
    assert any(line.endswith("by file: engine_long 2, report_host 1") for line in lines)
    told = spread_over(tmp_path, "among several", "--fast")
    assert any(line.startswith("{'notes': [") and "engine_long 2, report_host 1" in line for line in told)


def test_what_was_measured_is_written_by_file_and_by_slow_test() -> None:
    seconds = spread.Seconds()
    for case in ("[a::b]", "[c]"):
        seconds.add(f"tests/test_engine_a.py::test_long{case}", 1.0)
        seconds.add("tests/test_engine_b.py::test_short", 0.1)
    found = tomllib.loads(seconds.written())
    assert found["files"] == {"test_engine_a.py": 2.0, "test_engine_b.py": 0.2}
    assert found["slow"] == {"test_engine_a.py::test_long": 2.0}


def test_most_files_have_been_measured() -> None:
    """Where many are new, none of them is known to be slow: `make durations` measures again."""
    found = tomllib.loads(spread.DURATIONS.read_text(encoding="utf-8"))
    names = {path.name for path in TESTS.glob("test_*.py")}
    assert len(names & set(found["files"])) > 0.8 * len(names)
    assert found["slow"]
