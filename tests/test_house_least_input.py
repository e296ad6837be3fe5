"""The least inputs that the product promises to read: every command and the report answer or say what is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from helpers.memory_book import MemoryBook

from addin.functions import cells, registry
from addin.ribbon import dispatch
from addin.shared.book import Selection
from addin.tab.tab import GROUPS
from engine.commands.command import main
from engine.commands.intake import Request, score_request
from engine.reading.columns import table_text
from engine.runs import runs
from report_templates.editions.make import make

if TYPE_CHECKING:
    from pathlib import Path

NAMES = "顧客名\n株式会社A\n株式会社B\n"
ORDERS = "顧客名,日付,金額\n"
INPUTS: dict[str, dict[str, str]] = {
    "only names": {"customers": NAMES},
    "one name": {"customers": "顧客名\n株式会社A\n"},
    "blank sales": {"customers": "顧客名,年間売上\n株式会社A,\n株式会社B,\n"},
    "sales of one": {"customers": "顧客名,年間売上\n株式会社A,100\n株式会社B,\n"},
    "sales of nought": {"customers": "顧客名,年間売上\n株式会社A,0\n株式会社B,0\n"},
    "one level": {"customers": "顧客名,リスク\n株式会社A,高\n株式会社B,\n"},
    "three columns of orders": {
        "orders": f"{ORDERS}株式会社A,2026-01-01,100\n株式会社A,2026-02-01,200\n株式会社B,2026-03-01,300\n"
    },
    "one order": {"orders": f"{ORDERS}株式会社A,2026-01-01,100\n"},
    "one order of nought": {"orders": f"{ORDERS}株式会社A,2026-01-01,0\n"},
    "a return and a blank": {"orders": f"{ORDERS}株式会社A,2026-01-01,-100\n株式会社B,2026-01-01,\n"},
    "names and a header of orders": {"customers": NAMES, "orders": ORDERS},
    "names and orders without amounts": {"customers": NAMES, "orders": f"{ORDERS}株式会社A,2026-01-01,\n"},
    "names and an order of somebody else": {"customers": NAMES, "orders": f"{ORDERS}株式会社C,2026-01-01,5\n"},
    "names and a survey": {"customers": NAMES, "surveys": "顧客名,日付,項目,点数\n株式会社A,2026-01-01,NPS,9\n"},
    "names and a contact": {"customers": NAMES, "contacts": "顧客名,日付\n株式会社A,2026-01-01\n"},
    "names and a cost": {"customers": NAMES, "costs": "顧客名,日付,費目,金額\n株式会社A,2026-01-01,送料,100\n"},
}
COMMANDS = (
    ("check",),
    ("check", "--json"),
    ("score", "--no-store"),
    ("score", "--no-store", "--json"),
    ("explain", "--customer", "株式会社A"),
    ("explain", "--customer", "株式会社A", "--json"),
    ("ltv",),
    ("ltv", "--json"),
    ("retention",),
    ("retention", "--by", "業界", "--cohort", "月"),
    ("what-if", "--lose", "株式会社A"),
    ("what-if", "--change", "株式会社A:年間売上:+10%", "--json"),
    ("allocate", "--hours", "100"),
    ("allocate", "--mix", "地域"),
)


def written(folder: Path, tables: dict[str, str]) -> list[str]:
    words = []
    for table, text in tables.items():
        path = folder / f"{table}.csv"
        path.write_text(text, encoding="utf-8")
        words += [f"--{table}", str(path)]
    return words


def request(folder: Path, tables: dict[str, str]) -> Request:
    written(folder, tables)
    return Request(files={table: folder / f"{table}.csv" for table in tables})


@pytest.mark.parametrize("name", INPUTS)
def test_every_command_answers_or_says_what_is_missing(name: str, tmp_path: Path) -> None:
    words = written(tmp_path, INPUTS[name])
    for command in COMMANDS:
        done = CliRunner().invoke(main, [*command, *words])
        assert done.exit_code in (0, 1, 2), (command, done.output)
        told = done.stdout if done.exit_code < 2 else done.stderr
        assert told.strip(), command
        if done.exit_code < 2 and "--json" in command:
            json.loads(done.stdout)


def test_a_comparison_of_two_least_runs_answers(tmp_path: Path) -> None:
    handles = [
        runs.keep(score_request(request(tmp_path, INPUTS[name]))) for name in ("only names", "sales of one", "one name")
    ]
    for before, after in ((handles[0], handles[1]), (handles[1], handles[0]), (handles[0], handles[2])):
        done = CliRunner().invoke(main, ["compare", before, after])
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("lang", "gap"), [("ja", "取引›金額 または 顧客›年間売上"), ("en", "Orders › Amount or Customers")]
)
def test_names_alone_are_scored_and_told_what_is_missing(lang: str, gap: str, tmp_path: Path) -> None:
    words = written(tmp_path, INPUTS["only names"])
    for command in ("check", "score"):
        done = CliRunner().invoke(main, [command, *words], env={"PORTFOLIO_LANG": lang})
        assert done.exit_code == 0
        assert gap in done.stdout
    assert "0.0%" not in done.stdout  # a share that is not known is none
    done = CliRunner().invoke(
        main, ["score", *written(tmp_path, INPUTS["three columns of orders"])], env={"PORTFOLIO_LANG": lang}
    )
    assert gap not in done.stdout


@pytest.mark.parametrize("name", ["only names", "sales of nought", "one order", "names and orders without amounts"])
def test_no_cell_meets_an_internal_error(name: str, tmp_path: Path) -> None:
    handle = runs.remember(score_request(request(tmp_path, INPUTS[name])))
    words = ("業界", "地域", "セグメント", "売上", "粗利", "総合", "hhi", "区間", "月", "NRR", "NPS", "リスク=高", 1.0)
    for function in registry.functions():
        plain: list[object] = ["株式会社A" if argument.name == "customer" else None for argument in function.arguments]
        tries: list[list[object]] = [plain]
        for place, argument in enumerate(function.arguments):
            if argument.kind != "run":
                tries += [[*plain[:place], word, *plain[place + 1 :]] for word in words]
        for given in tries:
            found = str(cells.answer(function.name, given, handle))
            assert not found.startswith("#PF 内部"), (function.name, given, found)


@pytest.mark.parametrize("name", ["only names", "sales of nought", "one order", "names and an order of somebody else"])
def test_the_report_of_a_least_input_is_made(name: str, tmp_path: Path) -> None:
    portfolio = score_request(request(tmp_path, INPUTS[name]))
    made = make(portfolio, ("ja", "en"), ("html",))
    assert len(made.files) == 2


@pytest.mark.parametrize("name", ["only names", "sales of nought", "one order"])
def test_no_button_meets_an_internal_error(name: str) -> None:
    pages = {table_text(table).ja: rows(text) for table, text in INPUTS[name].items()}
    book = MemoryBook(pages)
    dispatch.press("refresh", book, "ja")
    beside = {"open_sample", "preview", "make_pdf", "mail_draft"}  # they start programs
    for button in (each.key for group in GROUPS for each in group.buttons if each.key not in beside):
        line = (("株式会社A",),)
        book.selection, book.answers = Selection(next(iter(pages)), line, line, 2), [None] * 6
        dispatch.press(button, book, "ja")
    assert not [text for text, _ in book.messages if text.startswith("内部")]


def rows(text: str) -> list[list[Any]]:
    return [line.split(",") for line in text.splitlines()]


def test_an_account_without_any_sales_has_its_page(tmp_path: Path) -> None:
    from report_templates.command import main as report

    words = written(tmp_path, INPUTS["one order of nought"])
    done = CliRunner().invoke(report, ["accounts", *words, "--format", "html", "--jobs", "1", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
