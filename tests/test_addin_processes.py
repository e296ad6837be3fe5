"""Commands started beside the spreadsheet: progress while they run, refusals in their own words, and a certain end."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from addin.shared import processes
from addin.shared.processes import ChildFailed
from engine.language.errors import Refusal

QUIET: list[str] = []


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder whose modules the children find; it is not the folder that they work in."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


def written(folder: Path, source: str) -> str:
    (folder / "child.py").write_text(source, encoding="utf-8")
    return "child"


def test_words_arrive_as_they_are_while_the_command_runs(child: Path, tmp_path: Path) -> None:
    module = written(
        child,
        "import sys\n"
        "print('@progress 45% 採点中', file=sys.stderr)\n"
        "print(sys.argv[1:])\n"
        "print('注意: 髙﨑', file=sys.stderr)\n",
    )
    told: list[str] = []
    hostile = '株式会社"A" & del *.* | $(id)'
    out, said = processes.run(module, [hostile, tmp_path], told.append, lang="ja", folder=tmp_path)
    assert told == ["採点中 45%"]
    assert out == (str([hostile, str(tmp_path)]),)
    assert said == ("注意: 髙﨑",)


def test_the_child_speaks_the_users_language_and_has_no_keyboard(child: Path, tmp_path: Path) -> None:
    module = written(
        child,
        "import os, sys\nprint(os.environ['PORTFOLIO_LANG'], os.environ['PORTFOLIO_PROGRESS'], sys.stdin.read() == '')\n",
    )
    out, _ = processes.run(module, [], QUIET.append, lang="en", folder=tmp_path)
    assert out == ("en lines True",)


def test_a_module_that_lies_in_the_folder_is_not_taken(tmp_path: Path) -> None:
    """A user's engine.py beside the workbook must not stand in for ours."""
    (tmp_path / "engine.py").write_text("raise SystemExit('stolen')", encoding="utf-8")
    out, _ = processes.run("engine.commands.command", ["--help"], QUIET.append, lang="ja", folder=tmp_path)
    assert any("portfolio" in line or "check" in line for line in out)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_refusal_arrives_in_the_commands_own_words(tmp_path: Path, lang: str) -> None:
    broken = tmp_path / "壊れた.xlsx"
    broken.write_bytes(b"no workbook")
    arguments = ["render", str(broken), "--out", str(tmp_path / "out"), "--lang", lang]
    with pytest.raises(Refusal) as caught:
        processes.run(
            "report_templates.command", arguments, QUIET.append, lang="ja" if lang == "ja" else "en", folder=tmp_path
        )
    assert caught.value.kind == "unreadable"
    assert "壊れた.xlsx" in caught.value.text.ja
    told = caught.value.to("ja" if lang == "ja" else "en")
    assert told.startswith("読込不可: " if lang == "ja" else "Cannot be read: ")
    assert told.count("読込不可") + told.count("Cannot be read: ") == 1
    assert "Traceback" not in told


@pytest.mark.parametrize("source", ["raise RuntimeError('株式会社A')", "raise SystemExit(2)", "import os; os._exit(7)"])
def test_a_fault_of_ours_gives_no_words(child: Path, tmp_path: Path, source: str) -> None:
    with pytest.raises(ChildFailed) as caught:
        processes.run(written(child, source), [], QUIET.append, lang="ja", folder=tmp_path)
    assert "株式会社A" not in str(caught.value)


def test_words_without_a_kind_are_passed_on(child: Path, tmp_path: Path) -> None:
    module = written(child, "import sys\nprint('ファイルを扱えません', file=sys.stderr)\nsys.exit(2)")
    with pytest.raises(Refusal, match="ファイルを扱えません"):
        processes.run(module, [], QUIET.append, lang="ja", folder=tmp_path)


def test_a_record_number_of_the_command_is_passed_on_as_it_is(child: Path, tmp_path: Path) -> None:
    line = "内部: 予期しない問題が起きたため終了しました(記録番号 0A1B2C、記録: /x/incidents.log)"
    module = written(child, f"import sys\nprint({line!r}, file=sys.stderr)\nsys.exit(3)")
    with pytest.raises(Refusal) as caught:
        processes.run(module, [], QUIET.append, lang="ja", folder=tmp_path)
    assert caught.value.kind == "internal"
    assert caught.value.to("ja") == line


def test_other_exit_codes_may_be_fine(child: Path, tmp_path: Path) -> None:
    module = written(child, "import sys\nprint('made')\nsys.exit(1)")
    assert processes.run(module, [], QUIET.append, lang="ja", folder=tmp_path, fine=(0, 1))[0] == ("made",)


HANGS = (
    "import os, subprocess, sys, time\n"
    "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "open(sys.argv[1], 'w').write(f'{os.getpid()} {inner.pid}')\n"
    "print('@progress 10% 待っています', file=sys.stderr)\n"
    "time.sleep(600)\n"
)


def gone(number: int) -> bool:
    """Return whether a process has ended; one that nobody has collected yet has."""
    try:
        state = Path(f"/proc/{number}/stat").read_text(encoding="utf-8")
    except OSError:
        return True
    return state.rpartition(")")[2].split()[0] == "Z"


def ended(noted: Path) -> bool:
    numbers = [int(word) for word in noted.read_text(encoding="utf-8").split()]
    for _ in range(100):
        if all(map(gone, numbers)):
            return True
        time.sleep(0.05)
    return False


def test_a_hung_child_is_ended_with_all_that_it_started(child: Path, tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    with pytest.raises(Refusal) as caught:
        processes.run(written(child, HANGS), [noted], QUIET.append, lang="ja", folder=tmp_path, timeout=3)
    assert caught.value.kind == "expired"
    assert "中止しました" in caught.value.text.ja
    assert ended(noted)


def test_an_interrupted_user_leaves_no_child_behind(child: Path, tmp_path: Path) -> None:
    noted = tmp_path / "pids"

    def interrupt(_step: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        processes.run(written(child, HANGS), [noted], interrupt, lang="ja", folder=tmp_path)
    assert ended(noted)


def test_on_windows_the_python_with_pipes_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    windowed, plain = tmp_path / "pythonw.exe", tmp_path / "python.exe"
    windowed.touch()
    monkeypatch.setattr(sys, "executable", str(windowed))
    assert processes.interpreter() == str(windowed)
    plain.touch()
    assert processes.interpreter() == str(plain)


def test_the_interpreter_is_ours() -> None:
    assert processes.interpreter() == sys.executable
    assert os.access(processes.interpreter(), os.X_OK)
