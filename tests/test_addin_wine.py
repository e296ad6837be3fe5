"""The real thing on Windows' side: xlwings' DLL starts the real COM server, and `CallUDF` answers as the engine does.

Under Wine, in Windows' own Python 3.13 with the oldest NumPy and pandas that we allow. `wine_driver.py` stands in for
Excel and the add-in's VBA; what it reads, asks and receives crosses the border between two processes.
"""

from __future__ import annotations

import json
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import wine  # of tools/; conftest.py makes it known

from addin.functions import cells, registry
from engine.cleaning import tables
from engine.runs import runs
from engine.scoring import scoring

pytestmark = pytest.mark.wine

DRIVER = Path(__file__).parent / "helpers" / "wine_driver.py"
SERVER = Path(__file__).resolve().parent.parent / "addin" / "packaging" / "xlam" / "vba" / "PortfolioServer.bas"
LEFT_OUT = None
FIRST: list[list[Any]] = [
    ["顧客名", "業界", "年間売上", "継続性", "成長ポテンシャル", "リスク"],
    ["株式会社A", "製造", 15_000_000.0, "高", "中", "低"],
    ["株式会社B", "IT", 9_000_000.0, "中", "高", "中"],
    ["髙﨑①鷗株式会社", "飲食", 5_000_000.0, "低", "低", "高"],
]
SECOND: list[list[Any]] = [
    ["顧客名", "年間売上", "継続性", "成長ポテンシャル", "リスク"],
    ["株式会社A", 100.0, "低", "低", "高"],
]
MANY = 2_000
FORMULAS = [
    ["顧客", "点"],
    ["株式会社A", r"='C:\別の 所\portfolio.xlam'!PORTFOLIO_SCORE(A2)"],
    ["B社", "=[1]!PORTFOLIO_SCORE(A3)"],
    ["計", "=SUM(B2:B3)"],
]


def command(lang: str = "ja") -> str:
    """Return the server's command line, as `ServerCommand` of PortfolioServer.bas builds it."""
    program = wine.windows_path(wine.PYTHON)
    return (
        f"cmd.exe /K \"\"{program}\" -B -c \"import os;os.environ['PORTFOLIO_LANG']='{lang}';"
        "import xlwings;xlwings.serve('$(CLSID)')\"\""
    )


class Conversation:
    """Questions for the server and what it answered."""

    def __init__(self) -> None:
        self.questions: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.relinked: list[Any] = []
        self.pressed: list[Any] = []

    def ask(self, book: str, function: str, *arguments: object) -> int:
        self.questions.append({"book": book, "function": function, "arguments": list(arguments)})
        return len(self.questions) - 1

    def hold(self, folder: Path) -> None:
        task = {
            "books": sorted({each["book"] for each in self.questions}),
            "library": f"xlwings64-{version('xlwings')}.dll",
            "command": command(),
            "questions": self.questions,
            "formulas": FORMULAS,
        }
        (folder / "questions.json").write_text(json.dumps(task, ensure_ascii=False), encoding="utf-8")
        files = [wine.windows_path(folder / name) for name in ("questions.json", "answers.json")]
        try:
            done = subprocess.run(
                ["wine", str(wine.PYTHON), "-X", "utf8", wine.windows_path(DRIVER), *files],
                env=wine.environment(), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                timeout=600,
            )  # fmt: skip
        finally:
            subprocess.run(["wineserver", "-k"], env=wine.environment(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        told = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
        self.answers, self.relinked, self.pressed = told["answers"], told["relinked"], told["pressed"]

    def __getitem__(self, number: int) -> Any:
        return self.answers[number]["answer"]


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    """Hold one conversation with the server; starting it costs far more than all the questions."""
    lack = wine.trouble()
    if lack is not None:
        pytest.fail(f"the wine tier cannot run: {lack}", pytrace=False)
    talk = Conversation()
    spare = [LEFT_OUT] * (len(registry.find("PORTFOLIO_RUN").arguments) - 1)
    talk.ask("甲.xlsx", "PORTFOLIO_RUN", {"range": FIRST}, *spare)
    talk.ask("乙.xlsx", "PORTFOLIO_RUN", {"range": SECOND}, *spare)
    talk.ask("甲.xlsx", "PORTFOLIO_STRATEGY", "株式会社A", LEFT_OUT)
    talk.ask("乙.xlsx", "PORTFOLIO_STRATEGY", "株式会社A", LEFT_OUT)
    talk.ask("甲.xlsx", "PORTFOLIO_STRATEGY", {"range": [["A"], ["髙﨑①鷗"], ["Z社"]]}, LEFT_OUT)
    talk.ask("甲.xlsx", "PORTFOLIO_SUMMARY", "業界", "売上,構成比", LEFT_OUT)
    talk.ask("甲.xlsx", "PORTFOLIO_SCORE", [["株式会社A"], ["株式会社B"]], "総合", LEFT_OUT)
    talk.ask("甲.xlsx", "PORTFOLIO_STATUS", "基準日", LEFT_OUT)
    talk.ask("甲.xlsx", "PORTFOLIO_LEVEL", "株式会社A", "高さ", LEFT_OUT)
    talk.ask("甲.xlsx", "PORTFOLIO_SEGMENT", {"range": [["株式会社A"]] * MANY}, LEFT_OUT, LEFT_OUT)
    talk.hold(tmp_path_factory.mktemp("wine"))
    return talk


def here(block: list[list[Any]], function: str, *arguments: object) -> object:
    """Return what the engine of this process answers over the same table."""
    raw = tables.RawTables({"customers": tables.raw_from_block("customers", block, "x")}, ())
    handle = runs.remember(scoring.score(tables.clean(raw)))
    return cells.answer(function, list(arguments), handle)


def test_the_command_is_that_of_the_add_in() -> None:
    text = SERVER.read_text(encoding="ascii")
    for piece in ('cmd.exe /K """"', " -B -c ", "os.environ['PORTFOLIO_LANG']='", "xlwings.serve('$(CLSID)')"):
        assert piece in text
        assert piece.replace('""', '"') in command()


def test_a_range_becomes_a_run_and_each_workbook_has_its_own(talk: Conversation) -> None:
    assert talk[0].startswith("PF-")
    assert talk[1].startswith("PF-")
    assert talk[0] != talk[1]


def test_two_open_workbooks_never_cross(talk: Conversation) -> None:
    assert talk[2] == here(FIRST, "PORTFOLIO_STRATEGY", "株式会社A") == "クロスセルを狙う"
    assert talk[3] == here(SECOND, "PORTFOLIO_STRATEGY", "株式会社A") == "再契約の機会を探る"


def test_a_range_of_customers_is_answered_in_its_own_shape(talk: Conversation) -> None:
    assert talk[4] == here(FIRST, "PORTFOLIO_STRATEGY", [["A"], ["髙﨑①鷗"], ["Z社"]])
    assert talk[4][2][0].startswith("#PF 顧客なし")


def test_a_table_and_numbers_come_back_as_they_are(talk: Conversation) -> None:
    assert talk[5] == here(FIRST, "PORTFOLIO_SUMMARY", "業界", "売上,構成比")
    assert talk[6] == here(FIRST, "PORTFOLIO_SCORE", [["株式会社A"], ["株式会社B"]], "総合")


def test_dates_and_refusals_come_back(talk: Conversation) -> None:
    assert len(talk[7]) == len("2026-11-22")
    assert talk[7].count("-") == 2
    assert talk[8] == here(FIRST, "PORTFOLIO_LEVEL", "株式会社A", "高さ")
    assert talk[8].startswith("#PF 引数")


def test_thousands_of_customers_are_one_call(talk: Conversation) -> None:
    assert talk[9] == [["大口"]] * MANY
    took = [f"{each['seconds'] * 1000:.0f}" for each in talk.answers]
    print(f"{len(took)} calls through the DLL and COM took {', '.join(took)} ms")  # noqa: T201


def test_an_opened_workbook_is_linked_anew_and_excel_left_as_it_was(talk: Conversation) -> None:
    entered = [["=PORTFOLIO_SCORE(A2)"], ["=PORTFOLIO_SCORE(A3)"]]
    assert [step for step in talk.relinked if step[0].startswith("R")] == [["R2C2:R3", "Formula2", entered]]
    switched = [(what, value) for where, what, value in talk.relinked if where == "Excel" and what != "StatusBar"]
    manual = -4135  # the double calculates by hand, and still does so afterwards
    assert switched == [
        ("ScreenUpdating", False), ("Calculation", manual), ("Calculation", manual), ("ScreenUpdating", True),
    ]  # fmt: skip
    assert [value for where, _, value in talk.relinked if where == "list"] == [False, True]


def test_a_button_is_pressed_and_shows_the_sheet_that_the_user_has(talk: Conversation) -> None:
    steps = [(where, what) for where, what, _ in talk.pressed]
    assert (
        "goto",
        "R1C1",
    ) in steps  # the workbook's own 関数一覧, which holds something else than ours, comes to the front
    assert not any(where.startswith("R") for where, _ in steps)
    assert steps[-1] == ("Excel", "StatusBar")
