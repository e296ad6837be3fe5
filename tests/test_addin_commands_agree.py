"""The commands and the cells give the same numbers on the sample company: files on one side, ranges of a sheet on the other."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from addin.functions.cells import answer
from engine.commands.command import main
from workbooks.sample.sample import make_sample, write_csv

if TYPE_CHECKING:
    from pathlib import Path

ARGUMENTS = (
    *("customers", "orders", None, "contacts", "surveys", "costs", "products", "leads", "plans", "actions"),
    "benchmarks",
)
METHODS = {"auto": None, "markov": "遷移", "retention": "維持率", "simple": "簡易"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the sample company as options of a command: one CSV file per table."""
    paths = write_csv(tmp_path_factory.mktemp("sample"))
    return [word for path in paths for word in (f"--{path.stem}", str(path))]


@pytest.fixture(scope="module")
def run() -> str:
    """Return the handle of the run that a sheet's cells make of the same company."""
    sheets = {name: [list(sheet.header), *map(list, sheet.rows)] for name, sheet in make_sample().sheets.items()}
    return str(answer("PORTFOLIO_RUN", [None if name is None else sheets[name] for name in ARGUMENTS]))


@pytest.fixture(scope="module")
def names() -> list[str]:
    sheet = make_sample().sheets["customers"]
    return [str(row[list(sheet.header).index("顧客名")]) for row in sheet.rows]


def told(*words: str) -> Any:
    done = CliRunner().invoke(main, [*words, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def cells(name: str, *given: object, run: str) -> list[list[Any]]:
    found = answer(name, given, run)
    assert isinstance(found, list), found
    return found


def test_a_command_and_a_cell_make_the_same_run(files: list[str], run: str) -> None:
    assert told("score", "--no-store", *files)["run"] == run


@pytest.mark.parametrize("method", METHODS)
def test_lifetime_values_agree(method: str, files: list[str], run: str, names: list[str], tmp_path: Path) -> None:
    out = tmp_path / "ltv.csv"
    document = told("ltv", "--model", method, "--out", str(out), *files)
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    by_name = {row["顧客名"]: row for row in rows}
    styles = [word for word in (METHODS[method], "区間", "値のみ") if word]
    found = cells("PORTFOLIO_LTV", [[name] for name in names], None, None, styles, run=run)
    assert len(found) == len(names) == len(rows)
    for name, ends in zip(names, found, strict=True):
        written = [by_name[name][column] for column in ("LTV下限", "LTV", "LTV上限")]
        assert [float(each) if each else "算出不可" for each in written] == ends
    total = sum(low_mid_high[1] for low_mid_high in found if low_mid_high[1] != "算出不可")
    assert document["lifetime_value"] == pytest.approx(total, rel=1e-12)


def test_the_method_that_answers_is_told_by_both(files: list[str], run: str, names: list[str]) -> None:
    """The sample's customers buy too regularly for BG/NBD: a model of regular buyers answers, with priors, and both say so."""
    document = told("ltv", *files)
    assert [each["answers"] for each in document["methods"]] == [True, None, None, None]
    assert [each["method"] for each in document["methods"]] == ["btyd", "markov", "retention", "simple"]
    convention = str(answer("PORTFOLIO_LTV", [names[0], None, None, "前提"], run))
    assert convention.startswith("BTYD")
    assert "事前分布による" in convention
    for told_by_command in (document["methods"][0]["reason"], document["answered"], document["convention"]):
        assert told_by_command["ja"] in convention
    shown = CliRunner().invoke(main, ["ltv", *files]).stdout
    assert "BTYD: 採用" in shown
    assert "遷移: 使いません" in shown


def test_other_terms_agree_too(files: list[str], run: str, names: list[str], tmp_path: Path) -> None:
    out = tmp_path / "ltv.csv"
    told("ltv", "--years", "3", "--rate", "0.05", "--out", str(out), *files)
    rows = {row["顧客名"]: row["LTV"] for row in csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig")))}
    found = cells("PORTFOLIO_LTV", [[name] for name in names], 3.0, 0.05, run=run)
    assert [[float(rows[name])] if rows[name] else ["算出不可"] for name in names] == found


def test_retention_agrees(files: list[str], run: str) -> None:
    rates = {each["kind"]: each for each in told("retention", *files)["rates"] if each["group"] == ""}
    header, *rows = cells("PORTFOLIO_RETENTION", run=run)
    at = {title: place for place, title in enumerate(header)}
    kinds = ("retention", "repurchase", "churn", "grr", "nrr", "revenue_churn", "conversion")
    assert len(rows) == len(rates) == len(kinds)
    for row, rate in zip(rows, rates.values(), strict=True):
        assert row[at["値"]] == pytest.approx(rate["value"], abs=0)
        assert (row[at["n"]], row[at["分母"]], row[at["分子"]]) == (rate["n"], rate["denominator"], rate["numerator"])
        assert (row[at["下限"]], row[at["上限"]]) == (rate["low"], rate["high"])


def test_retention_by_industry_agrees(files: list[str], run: str) -> None:
    rates = told("retention", "--kind", "NRR", "--by", "業界", *files)["rates"]
    header, *rows = cells("PORTFOLIO_RETENTION", "NRR", "業界", run=run)
    value = header.index("NRR")
    assert len(rows) > 5
    assert [(row[0], row[value]) for row in rows] == [(each["label"]["ja"], each["value"]) for each in rates]


def test_allocated_hours_agree(files: list[str], run: str) -> None:
    document = told("allocate", "--hours", "1200", *files)
    _, *rows, total = cells("PORTFOLIO_ALLOCATE", 1200.0, run=run)
    customers = document["customers"]
    assert [row[0] for row in rows] == [each["name"] for each in customers]
    assert [row[1] for row in rows] == [each["hours_now"] for each in customers]
    assert [row[2] for row in rows] == [each["hours"] for each in customers]
    assert [row[4] for row in rows] == [each["marginal"] for each in customers]
    assert total[4] == document["price_of_an_hour"]


@pytest.mark.parametrize("recovery", ["0", "30%"])
def test_the_loss_of_a_customer_agrees(recovery: str, files: list[str], run: str, names: list[str]) -> None:
    document = told("what-if", "--lose", names[0], "--lose", names[5], "--recovery", recovery, *files)
    _, *rows = cells("PORTFOLIO_IF_LOST", [[names[0]], [names[5]]], recovery, run=run)
    compare(rows, document["rows"])


def test_changed_values_agree(files: list[str], run: str, names: list[str]) -> None:
    changes = [(names[0], "年間売上", "+10%"), ("業界:小売", "年間売上", "-20%"), ("定義", "levels.high", "60")]
    words = [word for change in changes for word in ("--change", ":".join(change))]
    document = told("what-if", *words, *files)
    _, *rows = cells("PORTFOLIO_WHATIF", [list(change) for change in changes], run=run)
    compare(rows, document["rows"])


def compare(rows: list[list[Any]], told_rows: list[dict[str, Any]]) -> None:
    """Compare the sides of a what-if: figures as they are, words as words."""
    assert len(rows) >= len(told_rows) > 5
    for row, line in zip(rows, told_rows, strict=False):
        for cell, value in zip(row[1:4], (line["now"], line["then"], line["delta"]), strict=True):
            if isinstance(value, (int, float)):
                assert cell == value, line
            else:
                assert not isinstance(cell, (int, float)), line


@pytest.mark.parametrize("axis", ["総合", "価値", "継続性", "成長", "リスク"])
def test_an_explanation_agrees(axis: str, files: list[str], run: str, names: list[str]) -> None:
    for name in names[:3]:
        (found,) = told("explain", "--customer", name, "--axis", axis, *files)["axes"]
        assert answer("PORTFOLIO_SCORE", [name, axis], run) == found["score"]
        assert answer("PORTFOLIO_EXPLAIN", [name, axis], run) == found["sentence"]["ja"]
        _, *rows = cells("PORTFOLIO_EXPLAIN", name, axis, "表", run=run)
        figures = [[cell for cell in row if isinstance(cell, (int, float))] for row in rows]
        for line in found["lines"]:
            assert any(line["contribution"] in row for row in figures), line
