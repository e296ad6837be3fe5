"""The buttons of the group データ: import files and take that back, check the input, look for doubles, open the sample."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from addin.ribbon import formats
from addin.ribbon.choosing import present
from addin.ribbon.data.checking import check_rows
from addin.ribbon.imports.importing import import_table
from addin.ribbon.imports.undoing import undo_import
from addin.ribbon.inputs import definition_in, read_inputs
from addin.shared import processes
from engine.cleaning.causes import causes, line, worst_first
from engine.cleaning.duplicates import REASONS, candidates
from engine.language.errors import Refusal, Text
from engine.scoring.pipeline import clean_tables

if TYPE_CHECKING:
    import pandas as pd

    from addin.ribbon.action import Action
    from addin.shared.book import Book, Cell
    from engine.cleaning.causes import Cause
    from engine.cleaning.duplicates import Candidate
    from engine.cleaning.tables import Tables
    from engine.language.errors import Finding, Lang

_CHECK_FORMATS: Final = ("", "", *[formats.COUNT] * 3, "")
CHECK_MARK: Final = "PF_CHECK"
CHECK_SHEET: Final = Text("データ検査", "Data check")
DUPLICATES_MARK: Final = "PF_DUPLICATES"
DUPLICATES_SHEET: Final = Text("名寄せ候補", "Duplicates")
_CAUSES: Final = 5  # causes that a message tells; the sheet lists every row
SAMPLE: Final = "portfolio_sample.xlsx"
FOLDER: Final = "顧客ポートフォリオ"
_TWICE: Final = frozenset({"duplicate_id", "duplicate_row"})
_HEADER: Final = (
    Text("理由", "Reason"),
    Text("似ている度合い", "Likeness"),
    Text("顧客ID", "Customer ID"),
    Text("顧客名", "Name"),
    Text("行", "Row"),
    Text("相手の顧客ID", "Other ID"),
    Text("相手の顧客名", "Other name"),
    Text("相手の行", "Other row"),
)
_FORMATS: Final = ("", "0%", "", "", "0", "", "", "0")


def check_data(book: Book, lang: Lang) -> Text:
    """Write what of the input can be used, what is missing and what that costs, on a sheet of ours; no run is made.

    Raises
    ------
    Refusal
        Where there is neither a customer nor an order table that can be read; nothing has been written then.
    """
    tables = _clean_input_tables(book, lang)
    raw = read_inputs(book)
    written = present(book, CHECK_MARK, CHECK_SHEET, check_rows(raw, tables, lang), lang, _CHECK_FORMATS)
    read = sum(source.rows_read for source in tables.sources)
    unused = read - sum(source.rows_used for source in tables.sources)
    doubtful = sum(finding.severity == "warning" for finding in tables.findings)
    ja = f"検査しました: {read:,} 行のうち使えない行 {unused:,}・要確認 {doubtful:,}"
    en = f"Checked: of {read:,} rows {unused:,} cannot be used; {doubtful:,} to look at"
    for each in _list_gravest_causes(tables):
        ja, en = f"{ja}\n{line(each).ja}", f"{en}\n{line(each).en}"
    if not written:
        ja += f"\nシート「{CHECK_SHEET.ja}」には別の内容があるため、そのまま残しました。名前を変えてからもう一度押してください。"
        en += f'\nThe sheet "{CHECK_SHEET.en}" holds other content and was left as it is; rename it and press again.'
    return Text(ja, en)


def _list_gravest_causes(tables: Tables) -> tuple[Cause, ...]:
    """Return the first causes for which rows are not used or to be looked at, the gravest first."""
    found = worst_first(causes(each for each in tables.findings if each.severity != "note"))
    return found[:_CAUSES]


def _clean_input_tables(book: Book, lang: Lang) -> Tables:
    book.progress(Text("表を読んでいます…", "Reading the tables…").to(lang))
    return clean_tables(read_inputs(book), definition_in(book))


def duplicates(book: Book, lang: Lang) -> Text:
    """Write the customers that may be there twice on a sheet of ours; the customer table is not changed.

    Raises
    ------
    Refusal
        Where the input cannot be read; nothing has been written then.
    """
    tables = _clean_input_tables(book, lang)
    book.progress(Text("似た名前を探しています…", "Looking for similar names…").to(lang))
    found = candidates(tables.customers)
    twice = [each for each in tables.findings if each.table == "customers" and each.code in _TWICE]
    rows = _write_duplicate_rows(found, tables.customers, twice, lang)
    written = present(book, DUPLICATES_MARK, DUPLICATES_SHEET, rows, lang, _FORMATS)
    if not written:
        return Text(
            f"シート「{DUPLICATES_SHEET.ja}」には別の内容があるため、書きませんでした。名前を変えてからもう一度押してください。",
            f'The sheet "{DUPLICATES_SHEET.en}" holds other content and was left as it is; rename it and press again.',
        )
    count = len(found) + len(twice)
    if not count:
        return Text("名寄せの候補は見つかりませんでした。", "No customers seem to be there twice.")
    return Text(
        f"名寄せの候補が {count:,} 組あります。顧客表は変えていません。同じ会社と分かったら、片方の行を消すか親IDでまとめてください。",
        f"{count:,} pairs may be one customer. The customer table was not changed: delete one row, or join them by parent ID.",
    )


def _write_duplicate_rows(
    found: tuple[Candidate, ...], customers: pd.DataFrame, twice: list[Finding], lang: Lang
) -> list[list[Cell]]:
    """Return the pairs below their headings; then the rows that were not used because their ID stands there already."""
    ids, names, numbers = (customers[name].astype(object).tolist() for name in ("customer_id", "name", "row"))

    def one(place: int) -> list[Cell]:
        row = numbers[place]
        return [str(ids[place]), str(names[place]), row if isinstance(row, int) else None]

    rows: list[list[Cell]] = [[text.to(lang) for text in _HEADER]]
    rows += [[finding.reason.to(lang), 1.0, finding.value, None, finding.row] for finding in twice]
    rows += [
        [REASONS[each.reason].to(lang), round(each.likeness, 2), *one(each.first), *one(each.second)] for each in found
    ]
    return rows


def open_sample(book: Book, lang: Lang) -> None:
    """Open the sample workbook out of the user's documents, made at the first time.

    Raises
    ------
    Refusal
        Where it cannot be made or written there.
    """
    place = _find_documents_folder() / FOLDER / SAMPLE
    if not place.exists():
        book.progress(Text("サンプルを作っています…", "Making the sample…").to(lang))
        _build_sample_workbook(place, book, lang)
    book.open(place)


def _find_documents_folder() -> Path:
    documents = Path.home() / "Documents"
    return documents if documents.is_dir() else Path.home()


def _build_sample_workbook(place: Path, book: Book, lang: Lang) -> None:
    """Build the workbooks in a folder of their own and put the sample into its place in one move."""
    with tempfile.TemporaryDirectory(prefix="portfolio-") as folder:
        processes.run(
            "workbooks", ["build", "--only", "sample", "--out", folder], book.progress, lang=lang, folder=Path(folder)
        )
        made = Path(folder) / SAMPLE
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            beside = place.with_name(f"~{SAMPLE}")
            shutil.copyfile(made, beside)
            beside.replace(place)
        except OSError as error:
            raise Refusal(
                "unwritable",
                f"サンプルを {place.parent} に置けません({error.strerror or error})。フォルダーの権限か空き容量を確かめてください",
                f"the sample cannot be put into {place.parent} ({error.strerror or error}); check the folder",
            ) from error


ACTIONS: Final[dict[str, Action]] = {
    "import_table": import_table,
    "undo_import": undo_import,
    "check_data": check_data,
    "duplicates": duplicates,
    "open_sample": open_sample,
}
