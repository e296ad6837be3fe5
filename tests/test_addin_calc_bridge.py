"""The pipe between LibreOffice and the engine's worker: exact values, a worker that dies, none at all."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, THREE, serials
from hypothesis import given
from hypothesis import strategies as st

from addin.calc import worker
from addin.functions.cells import answer
from addin.install import calc as install
from addin.packaging.oxt.bridge.pythonpath import portfolio_bridge
from addin.packaging.oxt.bridge.pythonpath.portfolio_bridge import Engine
from engine.language.errors import Refusal
from workbooks.commands.command import main

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-P", "-m", "addin.calc.worker"]


@pytest.fixture
def engine() -> Iterator[Engine]:
    running = Engine(COMMAND)
    yield running
    running.close()


def script(path: Path, text: str) -> list[str]:
    """Return the command that runs a worker of the test's own."""
    path.write_text(text, encoding="utf-8")
    return [sys.executable, str(path)]


def served(*requests: list[object]) -> list[Any]:
    """Return the worker's replies without a process."""
    replies = io.BytesIO()
    worker.serve(io.BytesIO(b"".join(json.dumps(each).encode() + b"\n" for each in requests)), replies)
    return [json.loads(line) for line in replies.getvalue().splitlines()]


def test_the_worker_answers_as_the_guard_does() -> None:
    handle = answer("PORTFOLIO_RUN", [THREE])
    asked: list[object] = ["PORTFOLIO_STRATEGY", [[["A"], ["Z社"]]], handle, "en", False]
    assert served(["PORTFOLIO_RUN", [THREE], None, "ja", False], asked) == [
        handle,
        answer("PORTFOLIO_STRATEGY", [[["A"], ["Z社"]]], handle, "en"),
    ]


@given(st.lists(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.text(), st.none()), min_size=1))
def test_numbers_and_texts_cross_the_pipe_unchanged(cells: list[object]) -> None:
    line = json.dumps(["x", [cells]], default=str).encode("ascii")
    assert json.loads(line)[1][0] == cells


def test_a_real_worker_gives_what_the_engine_gives(engine: Engine) -> None:
    tables = [serials(BOOK_CUSTOMERS), serials(BOOK_ORDERS)]
    handle = engine.ask("PORTFOLIO_RUN", tables)
    assert handle == answer("PORTFOLIO_RUN", tables)
    names = [[row[1]] for row in BOOK_CUSTOMERS[1:]]
    for name, args in (
        ("PORTFOLIO_SCORE", [names, "リスク"]),
        ("PORTFOLIO_VALUE", [names, "最終購入日"]),
        ("PORTFOLIO_SUMMARY", ["業界"]),
        ("PORTFOLIO_CONCENTRATION", [None, None, None, handle]),
    ):
        assert engine.ask(name, args, handle) == answer(name, args, handle, dates="serial")


def test_whole_numbers_reach_calc_as_doubles(engine: Engine) -> None:
    handle = engine.ask("PORTFOLIO_RUN", [THREE])
    sales = engine.ask("PORTFOLIO_VALUE", ["A", "売上"], handle)
    assert (sales, type(sales)) == (15_000_000.0, float)


def test_a_worker_that_died_is_replaced_and_its_runs_are_made_again(engine: Engine) -> None:
    handles = [engine.ask("PORTFOLIO_RUN", [THREE]), engine.ask("PORTFOLIO_RUN", [THREE[:3]])]
    process = engine._process
    assert process is not None
    process.kill()
    process.wait()
    for handle, customers in zip(handles, ("顧客 3", "顧客 2"), strict=True):
        assert engine.ask("PORTFOLIO_STATUS", ["件数"], handle) == customers


def test_a_worker_that_dies_over_a_request_is_tried_once_more_and_then_said(tmp_path: Path) -> None:
    text = (
        "import json, sys, pathlib\n"
        f"count = pathlib.Path({str(tmp_path / 'count')!r})\n"
        "for line in sys.stdin:\n"
        "    name = json.loads(line)[0]\n"
        "    with count.open('a') as opened: opened.write(name + ' ')\n"
        "    if name == 'bad': sys.exit(1)\n"
        "    print(json.dumps('fine'), flush=True)\n"
    )
    engine = Engine(script(tmp_path / "worker.py", text))
    assert engine.ask("good", []) == "fine"
    assert engine.ask("bad", []).startswith("#PF 内部: ")
    assert (tmp_path / "count").read_text() == "good bad bad "
    engine.close()


def test_a_worker_that_cannot_begin_is_not_started_for_every_cell(tmp_path: Path) -> None:
    text = f"open({str(tmp_path / 'count')!r}, 'a').write('x')\n"
    engine = Engine(script(tmp_path / "worker.py", text), "en")
    found = [engine.ask("PORTFOLIO_STATUS", []) for _ in range(20)]
    assert all(each.startswith("#PF Internal: ") for each in found)
    assert len((tmp_path / "count").read_text()) <= 2
    engine.close()


def test_a_worker_that_hangs_is_ended(tmp_path: Path) -> None:
    engine = Engine(script(tmp_path / "worker.py", "import time\ntime.sleep(60)\n"), patience=0.3)
    start = time.monotonic()
    assert engine.ask("PORTFOLIO_STATUS", []).startswith("#PF 内部: ")
    assert time.monotonic() - start < 20
    engine.close()


def test_without_an_interpreter_the_cell_says_how_to_name_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTFOLIO_PYTHON", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    engine = Engine.from_settings()
    engine.warm_up()
    assert "PORTFOLIO_PYTHON" in engine.ask("PORTFOLIO_STATUS", [])
    wrong = Engine([str(tmp_path / "no-python")])
    assert "no-python" in wrong.ask("PORTFOLIO_STATUS", [])


def test_the_environment_wins_over_the_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTFOLIO_PYTHON", raising=False)
    monkeypatch.delenv("PORTFOLIO_LANG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert install.write_settings(Path("/opt/engine/python"), "en") == tmp_path / "customer-portfolio" / "calc.json"
    engine = Engine.from_settings()
    assert engine.command == ["/opt/engine/python", "-P", "-m", "addin.calc.worker"]
    assert engine.language == "en"
    monkeypatch.setenv("PORTFOLIO_PYTHON", "/usr/bin/other")
    monkeypatch.setenv("PORTFOLIO_LANG", "ja")
    engine = Engine.from_settings()
    assert engine.command is not None
    assert (engine.command[0], engine.language) == ("/usr/bin/other", "ja")
    (tmp_path / "customer-portfolio" / "calc.json").write_text("not JSON")
    assert portfolio_bridge.read_settings() == {}


def test_nothing_of_libreoffices_python_leaks_into_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "/of/libreoffice")
    monkeypatch.setenv("HARMLESS", "1")
    kept = portfolio_bridge.clean_environment()
    assert kept["HARMLESS"] == "1"
    assert not [name for name in kept if name.startswith(("PYTHON", "LD_LIBRARY"))]


def table_of_three(verb: str, args: list[Any]) -> dict[str, Any]:
    """Answer the steps of 更新 over a workbook with three customers, and nothing else in it."""
    answers: dict[str, Any] = {
        "sheets": ["顧客"],
        "read": {"sheet": "顧客", "rows": THREE, "at": [1, 1]},
        "date1904": False,
        "write": True,
    }
    steps.append((verb, args))
    return {"value": answers.get(verb)}


steps: list[tuple[str, list[Any]]] = []


def test_a_button_asks_for_its_steps_and_comes_to_an_end(engine: Engine) -> None:
    steps.clear()
    assert engine.press("refresh", table_of_three) is None
    written = {args[1]: args[2] for verb, args in steps if verb == "write"}
    assert {"ポートフォリオ表", "データ品質"} <= set(written)
    assert written["ポートフォリオ表"][1][0] == "株式会社A"
    assert [verb for verb, _ in steps if verb in ("hold", "release")] == ["hold", "release"]
    assert [verb for verb, _ in steps][-2:] == ["message", "progress"]
    # What the button has scored, a cell finds.
    handle = next(args[1] for verb, args in steps if verb == "message").partition("実行ID ")[2].rstrip(")")
    assert engine.ask("PORTFOLIO_STATUS", ["件数"], handle) == "顧客 3"


def test_a_cell_may_ask_in_the_middle_of_a_button(engine: Engine) -> None:
    found: list[Any] = []

    def step(verb: str, args: list[Any]) -> dict[str, Any]:
        if verb == "hold":
            found.append(engine.ask("PORTFOLIO_RUN", [THREE]))
            found.append(engine.press("refresh", step))  # a second press meanwhile is passed over
            other = threading.Thread(target=lambda: found.append(engine.ask("PORTFOLIO_STATUS", [])))
            other.start()
            other.join(20)
        return table_of_three(verb, args)

    assert engine.press("refresh", step) is None
    assert found == [answer("PORTFOLIO_RUN", [THREE]), None, portfolio_bridge.BUSY["ja"]]


def test_what_calc_cannot_do_is_told_by_the_engine_in_its_words(engine: Engine) -> None:
    told: list[list[Any]] = []

    def step(verb: str, args: list[Any]) -> dict[str, Any]:
        if verb == "write":
            return {"error": "protected", "about": "データ品質"}
        if verb == "message":
            told.append(args)
        return table_of_three(verb, args)

    assert engine.press("refresh", step) is None
    _, text, trouble = told[0]
    assert trouble
    assert text == "保存不可: シート「データ品質」は保護されています。保護を外してからもう一度押してください"


def test_a_document_that_was_closed_under_the_button_ends_it(engine: Engine) -> None:
    assert engine.press("refresh", lambda *_: {"error": "DisposedException"}) is None
    assert engine.ask("PORTFOLIO_RUN", [THREE]).startswith("PF-")


def test_a_worker_that_dies_over_a_button_is_told_and_not_tried_again(tmp_path: Path) -> None:
    text = (
        "import json, sys, pathlib\n"
        f"count = pathlib.Path({str(tmp_path / 'count')!r})\n"
        "for line in sys.stdin:\n"
        "    with count.open('a') as opened: opened.write('x')\n"
        "    if isinstance(json.loads(line), list): print('1', flush=True)\n"
        "    elif 'press' in line: print(json.dumps({'book': 'sheets', 'args': []}), flush=True)\n"
        "    else: sys.exit(1)\n"
    )
    engine = Engine(script(tmp_path / "worker.py", text))
    told = engine.press("refresh", lambda *_: {"value": []})
    assert told is not None
    assert told.startswith("#PF 内部: ")
    assert (tmp_path / "count").read_text() == "xx"
    assert engine.ask("PORTFOLIO_STATUS", []) == 1.0  # and the next cell has a fresh one
    engine.close()
    missing = Engine(None, "en").press("refresh", lambda *_: {"value": []})
    assert missing is not None
    assert "PORTFOLIO_PYTHON" in missing


def test_what_a_library_prints_does_not_spoil_a_reply(tmp_path: Path) -> None:
    text = (
        "from addin.calc import answering, worker\n"
        "real = answering.answer\n"
        "def chatty(*args, **kwargs):\n"
        "    print('noise')\n"
        "    return real(*args, **kwargs)\n"
        "answering.answer = chatty\n"
        "worker.main()\n"
    )
    engine = Engine(script(tmp_path / "worker.py", text))
    assert engine.ask("PORTFOLIO_RUN", [THREE]).startswith("PF-")
    engine.close()


def test_a_file_beside_the_workbook_is_never_taken_for_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "engine.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "addin.py").write_text("raise SystemExit(3)\n")
    monkeypatch.chdir(tmp_path)
    engine = Engine(COMMAND)
    assert engine.ask("PORTFOLIO_RUN", [THREE]).startswith("PF-")
    engine.close()


def test_installing_says_what_libreoffice_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "unopkg"
    tool.write_text("#!/bin/sh\necho 'is already running' >&2\nexit 1\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(Refusal, match="is already running"):
        install.install()
    monkeypatch.setattr(install, "_PROGRAMS", ())
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(Refusal, match="LibreOffice"):
        install.unopkg()


@pytest.mark.parametrize(("lang", "says"), [("ja", "入れました"), ("en", "Installed")])
def test_the_install_command_speaks_the_users_language(
    lang: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTFOLIO_LANG", lang)
    monkeypatch.setattr(install, "install", lambda _: tmp_path / "calc.json")
    done = CliRunner().invoke(main, ["install", "--host", "calc"])
    assert done.exit_code == 0
    assert says in done.output

    def refuse(_: str) -> Path:
        raise Refusal("unreadable", "だめでした", "no luck")

    monkeypatch.setattr(install, "install", refuse)
    done = CliRunner().invoke(main, ["install", "--host", "calc"])
    assert done.exit_code == 2
    assert {"ja": "だめでした", "en": "no luck"}[lang] in done.output
