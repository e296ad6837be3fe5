"""The doctor: what is in order, what is not, and what mends it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from addin.install import doctor, install
from engine.commands import checkup
from report_templates.command import main as report
from report_templates.print import browser
from report_templates.print import doctor as printers
from workbooks.commands.command import main

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.commands.checkup import Check


def states(checks: Sequence[Check]) -> dict[str, str]:
    return {check.name.en: check.state for check in checks}


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> install.Places:
    monkeypatch.setenv("APPDATA", str(tmp_path / "Roaming"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return install.places()


def test_this_machine_is_in_order_and_every_check_is_told() -> None:
    done = CliRunner().invoke(main, ["doctor", "--json"])
    found = checkup.from_json(json.loads(done.output))
    assert done.exit_code == 0, done.output
    assert states(found)["Trial answer"] == "ok"
    assert states(found)["PDF printer (WeasyPrint with Pango)"] == "ok"
    assert all(check.found.ja and check.found.en for check in found)


def test_people_read_one_line_per_check(capsys: pytest.CaptureFixture[str]) -> None:
    checkup.show_checks([doctor._check_python(), checkup.bad(doctor._ADDIN, doctor._PYTHON, doctor._AGAIN)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("[○] Python: ")
    assert lines[2].strip() == "→ portfolio-addin install を実行してください"
    assert lines[-1] == "直すところが1件あります"


def test_the_add_in_is_missing_old_or_in_order(where: install.Places) -> None:
    assert doctor._check_addin_file(where).state == "bad"
    install.install(where, sys.executable)
    assert doctor._check_addin_file(where).state == "ok"
    where.addin.write_bytes(b"older")
    assert "版が違います" in doctor._check_addin_file(where).found.ja


def test_the_configuration_is_missing_wrong_foreign_or_in_order(where: install.Places, tmp_path: Path) -> None:
    assert doctor._check_addin_configuration(where).state == "bad"
    install.install(where, str(tmp_path / "gone" / "python.exe"))
    assert "ありません" in doctor._check_addin_configuration(where).found.ja
    other = tmp_path / "python.exe"
    other.write_bytes(b"")
    install.install(where, str(other))
    assert doctor._check_addin_configuration(where).state == "hint"
    install.install(where, sys.executable)
    assert doctor._check_addin_configuration(where).state == "ok"


def test_the_library_is_looked_for_beside_python_and_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = tmp_path / "Scripts"
    scripts.mkdir()
    monkeypatch.setattr(sys, "executable", str(scripts / "python.exe"))
    monkeypatch.setattr(doctor, "version", lambda _: "0.37.8")
    assert "xlwings64-0.37.8.dll" in doctor._check_xlwings_link().found.ja
    (tmp_path / "xlwings64-0.37.8.dll").write_bytes(b"")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert "pywin32" in doctor._check_xlwings_link().mend.ja
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    assert doctor._check_xlwings_link().state == "ok"


def test_a_blocked_download_is_told(where: install.Places) -> None:
    assert doctor._check_web_mark(where).state == "ok"
    where.addin.parent.mkdir(parents=True)
    Path(f"{where.addin}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n", encoding="ascii")
    assert "許可する" in doctor._check_web_mark(where).mend.ja


def test_policies_are_read_from_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    values: dict[str, object] = {}

    class Key:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    def query(_: object, name: str) -> tuple[object, int]:
        if name not in values:
            raise FileNotFoundError(2, name)
        return values[name], 1

    registry = SimpleNamespace(HKEY_CURRENT_USER=1, HKEY_LOCAL_MACHINE=2, OpenKey=lambda *_: Key(), QueryValueEx=query)
    monkeypatch.setitem(sys.modules, "winreg", registry)
    assert (doctor._check_macro_policy().state, doctor._check_defender_rule().state) == ("ok", "ok")
    values |= {"VBAWarnings": 4, doctor._CHILD_PROCESSES: "1"}
    assert (doctor._check_macro_policy().state, doctor._check_defender_rule().state) == ("bad", "bad")
    assert "情報システム" in doctor._check_defender_rule().mend.ja


def test_a_report_command_that_does_not_run_is_a_finding_and_no_traceback() -> None:
    def broken(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, stdout="Traceback …", stderr="")

    def hanging(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        raise subprocess.TimeoutExpired("x", 1)

    for start in (broken, hanging):
        (check,) = doctor._check_report_command(start)
        assert check.state == "bad"


def test_a_missing_printer_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printers, "_PRINT", "raise OSError('cannot load library pango')")
    monkeypatch.setattr(browser, "_yield_browser_paths", lambda: iter(()))
    monkeypatch.setattr(printers, "FILES", ("Gone.ttf",))
    done = CliRunner().invoke(report, ["doctor"])
    assert done.exit_code == 1
    assert "pango" in done.output
    assert "Gone.ttf" in done.output
    assert "Edge・Chrome・Chromiumのどれかを入れてください" in done.output
    assert "Traceback" not in done.output


@pytest.mark.chromium
def test_the_second_printer_is_named_with_its_version_and_stands_in_for_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(printers, "_PRINT", "raise OSError('cannot load library pango')")
    path = browser.find()
    assert path is not None
    first, second = printers.checks()[:2]
    assert (first.state, second.state) == ("hint", "ok")
    assert "ブラウザーで印刷します" in first.mend.ja
    assert re.fullmatch(rf"{re.escape(path.stem)} [1-9][0-9]{{2}} \({re.escape(str(path))}\)", second.found.en)


def test_a_browser_that_does_not_print_is_told_and_is_no_fault_beside_weasyprint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(browser, "find", lambda: Path(sys.executable))
    first, second = printers.checks()[:2]
    assert (first.state, second.state) == ("ok", "hint")
    assert sys.executable in second.found.ja
    assert "更新してください" in second.mend.ja


def test_a_folder_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORTFOLIO_LOG", str(tmp_path / "new" / "cells.log"))
    assert doctor._check_log_folder().state == "ok"
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "権限" in doctor._check_log_folder().mend.ja
