"""The last guard of every command: what nobody foresaw ends in one line with a record number, never in a traceback."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest
from click.testing import CliRunner
from helpers.builders import golden_csv

import engine.commands.command
import report_templates.command
import workbooks.__main__
import workbooks.build
import workbooks.commands.command
from engine.language import incidents

if TYPE_CHECKING:
    from pathlib import Path

    from click import Command

NUMBER = re.compile(r"記録番号 ([0-9A-F]{6})、記録: (\S+)\)")
CALLS: dict[str, tuple[Command, list[str]]] = {
    "portfolio score": (engine.commands.command.main, ["score"]),
    "portfolio check": (engine.commands.command.main, ["check"]),
    "portfolio ltv": (engine.commands.command.main, ["ltv"]),
    "portfolio-addin ask": (workbooks.commands.command.main, ["ask", "--function", "STATUS"]),
    "portfolio-report render": (report_templates.command.main, ["render", "--format", "html", "--out", "OUT"]),
    "portfolio-report accounts": (report_templates.command.main, ["accounts", "--format", "html", "--out", "OUT"]),
}


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PORTFOLIO_LOG", str(tmp_path / "logs" / "incidents.log"))
    monkeypatch.setattr(incidents, "_written", set())
    return tmp_path / "logs" / "incidents.log"


def fail(*given: object, **named: object) -> NoReturn:
    raise RuntimeError(f"秘密商事 {given} {named}")


def told(done: object, log: Path) -> str:
    """Return the record number of a command that ended unforeseen, after looking at all that it said."""
    assert getattr(done, "exit_code", None) == 3
    (line,) = str(getattr(done, "stderr", "")).splitlines()
    assert line.startswith("内部: ")
    match = NUMBER.search(line)
    assert match is not None
    assert match[2] == str(log)
    assert "Traceback" not in str(getattr(done, "output", ""))
    return match[1]


@pytest.mark.parametrize("name", CALLS)
def test_the_unforeseen_is_one_line_with_its_record(
    name: str, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("engine.commands.intake.score_request", "engine.commands.intake.take_in"):
        monkeypatch.setattr(place, fail)
    command, words = CALLS[name]
    given = [str(tmp_path) if word == "OUT" else word for word in words]
    path = golden_csv(tmp_path / "株式会社秘密.csv")
    done = CliRunner().invoke(command, [*given, "--customers", str(path)], prog_name=name.split()[0])
    number = told(done, log)
    written = log.read_text(encoding="utf-8")
    assert f" {number} RuntimeError in {name}()" in written
    assert "test_house_guard.py" in written
    for secret in ("秘密", "株式会社", str(tmp_path)):
        assert secret not in written


def test_the_makers_of_workbooks_have_the_guard(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(workbooks.build.KINDS, "template", ("x.xlsx", fail))
    done = CliRunner().invoke(workbooks.__main__.main, ["build", "--only", "template", "--out", str(tmp_path)])
    told(done, log)


def test_a_log_that_cannot_be_written_is_told(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log.parent.write_text("a file where the folder should be")
    monkeypatch.setattr("engine.commands.intake.take_in", fail)
    done = CliRunner().invoke(engine.commands.command.main, ["check", "--customers", "x.csv", "--lang", "en"])
    assert done.exit_code == 3
    assert re.search(rf"\(記録番号 [0-9A-F]{{6}}、記録は書けませんでした: {re.escape(str(log))}\)", done.stderr)


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (KeyboardInterrupt(), 2, "中断しました"),
        (OSError(errno.ENOSPC, "No space left on device", "x"), 2, "ファイルを扱えません"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 1, ""),
    ],
)
def test_what_was_foreseen_stays_as_it_is(
    raised: BaseException, code: int, words: str, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> NoReturn:
        raise raised

    monkeypatch.setattr("engine.commands.intake.take_in", stop)
    done = CliRunner().invoke(engine.commands.command.main, ["check", "--customers", "x.csv"])
    assert done.exit_code == code
    assert words in done.stderr
    assert not log.exists()


@pytest.mark.parametrize(
    "command", [engine.commands.command.main, workbooks.commands.command.main, report_templates.command.main]
)
def test_the_help_tells_the_exit_code(command: Command) -> None:
    done = CliRunner().invoke(command, ["--help"])
    assert done.exit_code == 0
    assert "3 予期しない問題" in " ".join(done.output.split())


def test_a_real_process_ends_so(log: Path, tmp_path: Path) -> None:
    program = (
        "import engine.commands.intake, engine.commands.command\n"
        "def fail(*_): raise RuntimeError('秘密')\n"
        "engine.commands.intake.take_in = fail\n"
        f"engine.commands.command.main(['check', '--customers', {str(tmp_path / 'x.csv')!r}], prog_name='portfolio')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert log.exists()
