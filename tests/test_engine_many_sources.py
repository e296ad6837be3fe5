"""A run that was read from several sheets and files: its trace, its store, its masked edition and its report name each of them."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest
from test_engine_reading import AS_OF, ROWS, months_of, run_of, write_book, write_csv

from addin.ribbon.results import quality_rows
from engine.commands.export import export, summary
from engine.commands.intake import Request, score_request, take_in
from engine.customers.survey_answers import unusable_answers
from engine.explanation import trace
from engine.reading.sources import read_files, read_input, read_workbook
from engine.runs import store
from engine.runs.masked_run import secrets_of
from engine.runs.store import content, masking, migrate
from engine.runs.store.layout import plain_json
from report_templates.document.report_data import read
from report_templates.sections.record import quality

if TYPE_CHECKING:
    from pathlib import Path

    from engine.scoring.portfolio import Portfolio


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Portfolio:
    """A run of twelve monthly sheets."""
    return run_of(read_workbook(write_book(tmp_path_factory.mktemp("m") / "monthly.xlsx", months_of(ROWS))))


def test_a_trace_has_a_line_per_sheet_whose_sums_are_the_answer(months: Portfolio) -> None:
    found = trace.trace(months, 0, "sales_12m")
    lines = [line for line in found.lines if line.table == "orders"]
    bought = [row for row in ROWS if row[2] == months.frame["name"].iloc[0]]
    assert sum(line.amount or 0 for line in lines) == sum(int(str(row[-1])) for row in bought)
    assert [line.source.ja for line in lines] == [
        f"monthly.xlsx › {month}" for month, rows in months_of(ROWS).items() if any(row in bought for row in rows)
    ]
    april = next(line for line in lines if line.source.ja.endswith("4月"))
    assert april.rows == tuple(at for at, row in enumerate(months_of(ROWS)["4月"], start=2) if row in bought)


def test_a_stored_run_keeps_its_sources(months: Portfolio) -> None:
    loaded = content.unpack(content.pack(months))
    assert loaded.sources == months.sources
    assert loaded.tables.orders is not None
    assert months.orders is not None
    assert loaded.tables.orders["part"].equals(months.orders["part"])


def test_a_run_of_layout_2_is_of_its_one_source(tmp_path: Path) -> None:
    run = run_of(read_files({"orders": write_csv(tmp_path / "all.csv", ROWS)}))
    assert run.orders is not None
    older = content.pack(run)
    document = json.loads(older[content.RUN])
    for source in document["sources"]:
        del source["rows_partly"]
    loaded = content.unpack(migrate.migrate(2, {**older, content.RUN: plain_json(document)}))
    assert loaded.sources == run.sources
    without = run.orders.drop(columns="part")
    assert content._add_part_column(without)["part"].tolist() == [0] * len(without)  # type: ignore[index]


def test_pseudonyms_and_masks_name_no_file_and_still_reconcile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    paths = [
        write_csv(tmp_path / "東京秘密.csv", ROWS[:100]),
        write_csv(tmp_path / "大阪秘密.csv", [*ROWS[100:], ("X", "いつか", "A", None, 1)]),
    ]
    run = run_of(read_files({"orders": paths}))
    hidden = masking._pseudonymise_portfolio(run)
    assert [source.source for source in hidden.sources] == ["orders 1", "orders 2"]
    assert hidden.reconciliation["open"].tolist() == [0, 0]
    assert {"東京秘密.csv", "大阪秘密"} <= secrets_of(run).raw["source"]


def test_the_report_folds_the_sheets_of_a_table_and_the_json_names_all(months: Portfolio) -> None:
    page = quality.build(read(months))
    names = [str(row[1].text.ja) for row in page.sources.rows]
    assert names[:3] == [f"monthly.xlsx › {month}" for month in ("4月", "5月", "6月")]
    assert names[3] == "ほか9件のシート・ファイル"
    assert sum(int(str(row[2].value)) for row in page.sources.rows) == len(ROWS)
    assert [each["source"] for each in summary(months)["reconciliation"]] == [
        source.source for source in months.sources
    ]


def test_the_sheet_on_data_quality_names_all(months: Portfolio) -> None:
    shown = {row[1] for row in quality_rows(months, months.handle, "ja")}
    assert {source.source for source in months.sources} <= shown


def test_findings_name_file_sheet_and_row(tmp_path: Path) -> None:
    rows = months_of(ROWS)
    rows["5月"] = [*rows["5月"], ("X", "いつか", "あおい商店", None, 1)]
    run = run_of(read_workbook(write_book(tmp_path / "m.xlsx", rows)))
    table = export(run, "ja")["findings.csv"].decode("utf-8-sig")
    assert f"m.xlsx › 5月,{len(rows['5月']) + 1}," in table


def test_answers_off_their_scale_are_named_with_their_file(tmp_path: Path) -> None:
    header = ("顧客名", "回答日", "項目", "点数")
    customers = write_csv(tmp_path / "c.csv", [("あおい商店",)], ("顧客名",))
    orders = write_csv(tmp_path / "o.csv", ROWS)
    paths = [
        write_csv(tmp_path / "a.csv", [("あおい商店", "2026/1/1", "NPS", 9)], header),
        write_csv(tmp_path / "b.csv", [("あおい商店", "2026/2/1", "NPS", 99)], header),
    ]
    run = run_of(read_files({"customers": customers, "orders": orders, "surveys": paths}))
    assert [(each.source, each.row) for each in unusable_answers(run)] == [("b.csv", 2)]


def test_the_settings_of_the_first_workbook_count(tmp_path: Path) -> None:
    paths = []
    for name, fixed in (("a", 1000), ("b", 2000)):
        path = write_book(tmp_path / f"{name}.xlsx", {"取引": ROWS[:120] if name == "a" else ROWS[120:]})
        book = openpyxl.load_workbook(path)
        sheet = book.create_sheet("設定")
        sheet.append(["キー", "値"])
        sheet.append(["general.fixed_cost", fixed])
        book.save(path)
        paths.append(path)
    tables, definition = take_in(Request(workbooks=tuple(paths), as_of=AS_OF))
    assert definition.number("general.fixed_cost") == 1000
    told = {each.source: each.severity for each in tables.findings if each.code == "definition_sheet"}
    assert told == {"a.xlsx › 設定": "note", "b.xlsx › 設定": "warning"}


def test_charts_and_hidden_sheets_are_told(tmp_path: Path) -> None:
    path = write_book(tmp_path / "m.xlsx", months_of(ROWS))
    book = openpyxl.load_workbook(path)
    book["5月"].sheet_state = "hidden"
    book.create_chartsheet("グラフ")
    book.save(path)
    raw = read_workbook(path)
    assert len(raw.tables["orders"].frame) == len(ROWS)
    assert {each.source: each.code for each in raw.findings} == {
        "m.xlsx › 5月": "hidden_sheet",
        "m.xlsx › グラフ": "sheet_not_read",
    }


def test_a_run_of_many_files_is_stored_and_recalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    paths = [write_csv(tmp_path / f"{month}.csv", rows) for month, rows in months_of(ROWS).items()]
    run = score_request(Request(files={"orders": tuple(paths)}, as_of=date(2026, 3, 31)))
    store.store_run(run)
    folder = store.find_folder(run.handle)
    assert folder is not None
    assert store.load(folder).sources == run.sources
    assert read_input([], {"orders": paths}).tables["orders"].source.endswith("(12)")
