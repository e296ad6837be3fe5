"""The sample workbook: input sheets, the definition, and output sheets full of formulas, the same bytes every time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import xlsxwriter  # type: ignore[import-untyped]

from workbooks.example import write_example
from workbooks.formulas import Ref
from workbooks.guide import SETTINGS_TABLE, definition_block, definition_of, run_formula, write_settings, write_start
from workbooks.inputs import table_range, write_input
from workbooks.look import Looks
from workbooks.sample import make_sample
from workbooks.scored import write_portfolio
from workbooks.stage import Stage
from workbooks.views import write_concentration, write_explanation, write_segments, write_status

if TYPE_CHECKING:
    from pathlib import Path

    from workbooks.look import Workbook
    from workbooks.sample import Sheet

__all__ = ["FILE_NAME", "SHEETS", "build_sample"]

FILE_NAME: Final = "portfolio_sample.xlsx"
SHEETS: Final = (
    "設定", "ポートフォリオ表", "集中リスク", "セグメント", "説明", "状態", "顧客", "取引", "接点", "アンケート",
    "費用", "商品", "リード", "アカウントプラン", "アクション", "ベンチマーク", "要素表(例)",
)  # fmt: skip
MADE: Final = datetime(2026, 10, 1)  # noqa: DTZ001 - written as it stands; a fixed day keeps the file the same
NEWEST_CALC: Final = 191029  # Excel recalculates a file at opening when its engine id is older than its own


def build_sample(path: Path, *, filled: bool = True) -> Path:
    """Write the sample workbook to `path` and return it.

    Parameters
    ----------
    path
        Where to write; an existing file is replaced.
    filled
        Whether formula cells carry their answers. False leaves them empty, for a test that wants to see a spreadsheet
        calculate every one.

    Raises
    ------
    ValueError
        When a formula would show `#PF`.
    """
    sample = make_sample()
    definition = definition_of(sample)
    workbook: Workbook = xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_formulas": False})
    workbook.set_properties({"title": "顧客ポートフォリオ サンプル", "author": sample.company, "created": MADE,
                             "comments": "架空のデータ / fictional data"})  # fmt: skip
    # Without the add-in a recalculation at opening would turn every stored answer into #NAME?.
    workbook.set_calc_mode("auto", NEWEST_CALC)
    workbook.calc_on_load = False
    looks = Looks(workbook)
    write_start(workbook, looks, SHEETS)
    settings = Ref(f"{SETTINGS_TABLE}[#All]", definition_block(definition))
    run = run_formula({name: _whole(sheet) for name, sheet in sample.sheets.items()}, settings)
    write_settings(workbook, looks, definition, run, filled=filled)
    _write_outputs(Stage(workbook, looks, sample, Ref("PF_RUN", run.single), filled), settings)
    workbook.close()
    return path


def _write_outputs(stage: Stage, settings: Ref) -> None:
    write_portfolio(stage)
    write_concentration(stage)
    write_segments(stage)
    write_explanation(stage)
    write_status(stage)
    for content in stage.sample.sheets.values():
        write_input(stage.workbook, stage.looks, content)
    write_example(stage, settings)


def _whole(content: Sheet) -> Ref:
    """Return the whole input table as `PORTFOLIO_RUN` takes it, header first."""
    return Ref(table_range(content), [list(content.header), *map(list, content.rows)])
