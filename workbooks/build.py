"""The workbooks: the template to be filled in, and the sample full of an invented company; the same bytes every time."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import xlsxwriter  # type: ignore[import-untyped]

from workbooks.inputs.settings import SETTINGS_TABLE, definition_block, definition_of, run_formula, write_settings
from workbooks.inputs.start import write_start
from workbooks.inputs.tables import ROOM, table_range, write_input
from workbooks.inputs.word_lists import write_dictionary, write_functions, write_glossary
from workbooks.sample.sample import make_sample
from workbooks.sample.template_tables import empty_sample
from workbooks.sheets.example import write_example
from workbooks.sheets.output_sheet import Stage
from workbooks.sheets.outputs import OUTPUTS
from workbooks.style.formulas import Ref
from workbooks.style.look import Looks
from workbooks.style.sheet_names import EXAMPLE, SHEETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.definition.definition import Definition
    from workbooks.sample.sample import Sheet
    from workbooks.style.formulas import Formula
    from workbooks.style.look import Workbook

FILE_NAME: Final = "portfolio_sample.xlsx"
TEMPLATE_NAME: Final = "portfolio_template.xlsx"
MADE: Final = datetime(2026, 10, 1)  # noqa: DTZ001 - written as it stands; a fixed day keeps the file the same
NEWEST_CALC: Final = 191029  # Excel recalculates a file at opening when its engine id is older than its own


def build_template(path: Path) -> Path:
    """Write the template to `path` and return it: all sheets, no data, and formulas that wait for the first run.

    Nothing in it shows an error, with the add-in or without: every formula stays blank until 更新 has written a run into
    `PF_RUN` (decision 0193). An existing file is replaced.
    """
    sample, definition = empty_sample(), definition_of(None)
    # Calculated at opening: the lines that say what to do first are formulas. Without the add-in they do no harm.
    workbook = _open_new_workbook(
        path, {"title": "顧客ポートフォリオ", "comments": "テンプレート / template"}, recalculate=True
    )
    stage = Stage(
        workbook, Looks(workbook), sample, Ref("PF_RUN", None), filled=True, empty=True, definition=definition
    )
    _write_all_sheets(stage, definition, None)
    workbook.close()
    return path


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
    about = {
        "title": "顧客ポートフォリオ サンプル",
        "author": sample.company,
        "comments": "架空のデータ / fictional data",
    }
    # Without the add-in a recalculation at opening would turn every stored answer into #NAME?.
    workbook = _open_new_workbook(path, about, recalculate=False)
    settings = Ref(f"{SETTINGS_TABLE}[#All]", definition_block(definition))
    run = run_formula({name: _refer_whole_table(sheet) for name, sheet in sample.sheets.items()}, settings)
    stage = Stage(workbook, Looks(workbook), sample, Ref("PF_RUN", run.single), filled, definition=definition)
    _write_all_sheets(stage, definition, run, EXAMPLE)
    write_example(stage, settings)
    workbook.close()
    return path


def _open_new_workbook(path: Path, about: dict[str, str], *, recalculate: bool) -> Workbook:
    workbook: Workbook = xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_formulas": False})
    workbook.set_properties({**about, "created": MADE})
    workbook.set_size(2400, 1600)
    workbook.set_calc_mode("auto", NEWEST_CALC)
    workbook.calc_on_load = recalculate
    return workbook


def _write_all_sheets(stage: Stage, definition: Definition, run: Formula | None, *further: str) -> None:
    """Write every sheet, in the order in which they stand."""
    workbook, looks = stage.workbook, stage.looks
    words: dict[str, Callable[[], None]] = {
        "はじめに": lambda: write_start(workbook, looks, [*SHEETS[1:], *further], template=stage.empty),
        "設定": lambda: write_settings(workbook, looks, definition, run, filled=stage.filled),
        "指標辞書": lambda: write_dictionary(workbook, looks, definition),
        "用語集": lambda: write_glossary(workbook, looks),
        "関数一覧": lambda: write_functions(workbook, looks),
    }
    inputs = {content.name: content for content in stage.sample.sheets.values()}
    for name in SHEETS:
        if name in words:
            words[name]()
        elif name in inputs:
            _write_input_table(stage, inputs[name])
        else:
            OUTPUTS[name](stage)


def _write_input_table(stage: Stage, content: Sheet) -> None:
    write_input(stage.workbook, stage.looks, content, room=ROOM[content.table] if stage.empty else 0)


def _refer_whole_table(content: Sheet) -> Ref:
    """Return the whole input table as `PORTFOLIO_RUN` takes it, header first."""
    return Ref(table_range(content), [list(content.header), *map(list, content.rows)])


# In the order in which they are made: the empty one first, which takes no time.
KINDS: Final[dict[str, tuple[str, Callable[[Path], Path]]]] = {
    "template": (TEMPLATE_NAME, build_template),
    "sample": (FILE_NAME, build_sample),
}


def workbook_bytes(kind: str) -> bytes:
    """Return the bytes of a workbook, `template` or `sample`: the same ones every time and on every machine."""
    name, make = KINDS[kind]
    with tempfile.TemporaryDirectory() as folder, runs_of_its_own():
        return make(Path(folder, name)).read_bytes()


@contextmanager
def runs_of_its_own() -> Iterator[None]:
    """Keep the user's stored runs out of the workbooks: a change since an earlier run would differ between machines."""
    before = os.environ.get("PORTFOLIO_RUNS")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PORTFOLIO_RUNS"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["PORTFOLIO_RUNS"]
            else:
                os.environ["PORTFOLIO_RUNS"] = before
