"""From what the user points at to a scored Portfolio: the one way in for every command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from engine.cleaning.tables import RawTables
from engine.definition.definition import Definition, load_definition
from engine.definition.settings_sheet import definition_from_block, is_settings
from engine.language import words
from engine.language.errors import Refusal, Text
from engine.reading.columns import TABLES
from engine.scoring.pipeline import clean_tables
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path

    from engine.cleaning.tables import Tables
    from engine.reading.profiles import Wishes
    from engine.scoring.portfolio import Portfolio

READ_SHARE: Final = 0.6  # reading takes most of the time
CLEAN_SHARE: Final = 0.85


@dataclass(frozen=True, slots=True)
class Request:
    """What to read and how to score it.

    Parameters
    ----------
    workbooks
        .xlsx workbooks with the sheets 顧客, 取引 …, folders of them, patterns or addresses; their sheets of one kind are one table.
    files
        Table name → files, folders, patterns or addresses, or `-` for standard input; they go before the workbooks' sheets.
    mapping
        `orders.date` → header, as `parse_mapping` returns it.
    wishes
        Conditions, value maps and the profile to read by (`engine.reading.profiles.Wishes`); None: the profile that is recognised.
    as_of
        The as-of date; None takes the one of the definition, else the newest order.
    currency
        ISO 4217 code, where the data do not tell.
    definition
        A TOML file; else the 設定 sheet of the first workbook that has one; else the built-in definition.
    purpose
        新規開拓, 既存深耕 or リスク回避; None takes the definition's.
    """

    workbooks: tuple[str | Path, ...] = ()
    files: Mapping[str, str | Path | Sequence[str | Path]] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    wishes: Wishes | None = None
    as_of: date | None = None
    currency: str | None = None
    definition: Path | None = None
    purpose: str | None = None

    @property
    def addresses(self) -> tuple[str | Path, ...]:
        """Everything that is read, in its order."""
        groups = (
            [each] if isinstance(each, str) or not isinstance(each, Sequence) else each for each in self.files.values()
        )
        return (*self.workbooks, *(address for group in groups for address in group))


def parse_mapping(entries: Sequence[str]) -> dict[str, str]:
    """Return `["orders.date=InvoiceDate"]` as a mapping.

    Raises
    ------
    Refusal
        `argument` for an entry of another shape, an unknown table, or the same column twice.
    """
    found: dict[str, str] = {}
    for entry in entries:
        target, equals, header = entry.partition("=")
        table, dot, column = target.strip().partition(".")
        if not (equals and dot and column and header.strip()) or table not in TABLES or target.strip() in found:
            raise Refusal(
                "argument",
                f"--map「{entry}」が読めません(例: orders.date=InvoiceDate、表は {'・'.join(TABLES)}、同じ列は1度だけ)",
                f'--map "{entry}" cannot be read (such as orders.date=InvoiceDate; tables: {", ".join(TABLES)}; '
                "each column once)",
            )
        found[target.strip()] = header.strip()
    return found


def take_in(request: Request, progress: Callable[[Text, float], None] | None = None) -> tuple[Tables, Definition]:
    """Read and clean what the request names.

    Returns the clean tables and the definition. Rows dated after the as-of date (today where none is told) are listed
    and not used.

    Raises
    ------
    Refusal
        Where the input cannot be read; the message names the file and the mend.
    """
    report = progress or (lambda _step, _share: None)
    books: list[Definition] = []
    raw = _warn_of_unused_definitions(_read_request(request, report, books), request)
    report(Text("整理中", "Cleaning"), READ_SHARE)
    definition = _choose_definition(request, books)
    return clean_tables(raw, definition, request.as_of, currency=request.currency), definition


def score_request(request: Request, progress: Callable[[Text, float], None] | None = None) -> Portfolio:
    """Read, clean and score what the request names."""
    report = progress or (lambda _step, _share: None)
    tables, definition = take_in(request, report)
    report(Text("採点中", "Scoring"), CLEAN_SHARE)
    portfolio = score(tables, definition, request.as_of)
    report(Text("完了", "Done"), 1.0)
    return portfolio


def _read_request(request: Request, report: Callable[[Text, float], None], definitions: list[Definition]) -> RawTables:
    """Read the input, and add the definitions that its workbooks hold to `definitions`."""
    from engine.reading.sources import read_input  # late: the readers of files

    if not request.workbooks and not request.files:
        raise no_input()

    def reading(share: float) -> None:
        report(Text("読み込み中", "Reading"), share * READ_SHARE)

    def look_for_definition(book: Path) -> None:
        found = definition_from_workbook(book)
        if found is not None:
            definitions.append(found)

    return read_input(
        request.workbooks,
        request.files,
        request.mapping,
        reading,
        each_book=look_for_definition,
        wishes=request.wishes,
    )


def no_input() -> Refusal:
    """Return the refusal for a command that was told nothing to read."""
    return Refusal(
        "argument",
        "入力がありません。ブック(.xlsx)か、--customers・--orders のファイルを指定してください",
        "there is no input; name a workbook (.xlsx), or files with --customers and --orders",
    )


def definition_from_workbook(path: Path) -> Definition | None:
    """Return the definition of the workbook's 設定 sheet, or None where the workbook has no such sheet.

    The file must be a readable .xlsx workbook: `engine.reading.sources` has looked.
    """
    from python_calamine import CalamineWorkbook

    with path.open("rb") as stream:
        workbook = CalamineWorkbook.from_filelike(stream)
        name = next((name for name in workbook.sheet_names if is_settings(name)), None)
        if name is None:
            return None
        block: list[list[object]] = [list(row) for row in workbook.get_sheet_by_name(name).to_python()]
    return definition_from_block(block, sheet=name)


def _choose_definition(request: Request, books: Sequence[Definition]) -> Definition:
    """Return the definition that counts: the file's, else that of the first workbook that has one, else the built-in one."""
    definition = (
        load_definition(request.definition)
        if request.definition is not None
        else books[0]
        if books
        else load_definition()
    )
    if request.purpose is None:
        return definition
    purpose = words.resolve("purposes", request.purpose, Text("目的", "purpose"))
    return Definition.from_rows([("general.purpose", purpose)], definition)


def _warn_of_unused_definitions(raw: RawTables, request: Request) -> RawTables:
    """Return the tables with a warning for each 設定 sheet that is not the definition that counts."""
    told, seen = [], request.definition is not None
    for finding in raw.findings:
        if finding.code == "definition_sheet" and seen:
            reason = Text(
                "定義は別のもの(--definition か前のブックの設定)を使ったので、このシートは使いません",
                "Another definition counts (--definition, or the settings of an earlier workbook); this sheet was not used",
            )
            told.append(replace(finding, severity="warning", reason=reason))
        else:
            told.append(finding)
        seen = seen or finding.code == "definition_sheet"
    return RawTables(raw.tables, tuple(told))
