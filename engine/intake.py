"""From what the user points at to a scored Portfolio: the one way in for every command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from engine import words
from engine.columns import TABLES
from engine.definition import Definition, load_definition
from engine.errors import Refusal, Text
from engine.pipeline import clean_tables
from engine.scoring import score
from engine.settings import definition_from_block, is_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from engine.portfolio import Portfolio
    from engine.tables import RawTables, Tables

__all__ = ["Request", "definition_from_workbook", "parse_mapping", "score_request", "take_in"]

READ_SHARE: Final = 0.6  # reading takes most of the time
CLEAN_SHARE: Final = 0.85


@dataclass(frozen=True, slots=True)
class Request:
    """What to read and how to score it.

    Parameters
    ----------
    workbook
        An .xlsx workbook with the sheets 顧客, 取引 …; or None.
    files
        Table name → file, instead of or beside a workbook's sheets.
    mapping
        `orders.date` → header, as `parse_mapping` returns it.
    as_of
        The as-of date; None takes the one of the definition, else the newest order.
    currency
        ISO 4217 code, where the data do not tell.
    definition
        A TOML file; else the workbook's 設定 sheet; else the built-in definition.
    purpose
        新規開拓, 既存深耕 or リスク回避; None takes the definition's.
    """

    workbook: Path | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    as_of: date | None = None
    currency: str | None = None
    definition: Path | None = None
    purpose: str | None = None


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
    raw = _read(request, report)
    report(Text("整理中", "Cleaning"), READ_SHARE)
    definition = _definition(request)
    return clean_tables(raw, definition, request.as_of, currency=request.currency), definition


def score_request(request: Request, progress: Callable[[Text, float], None] | None = None) -> Portfolio:
    """Read, clean and score what the request names."""
    report = progress or (lambda _step, _share: None)
    tables, definition = take_in(request, report)
    report(Text("採点中", "Scoring"), CLEAN_SHARE)
    portfolio = score(tables, definition, request.as_of)
    report(Text("完了", "Done"), 1.0)
    return portfolio


def _read(request: Request, report: Callable[[Text, float], None]) -> RawTables:
    from engine.raw import RawTables
    from engine.sources import read_files, read_workbook

    if request.workbook is None and not request.files:
        raise Refusal(
            "argument",
            "入力がありません。ブック(.xlsx)か、--customers・--orders のファイルを指定してください",
            "there is no input; name a workbook (.xlsx), or files with --customers and --orders",
        )

    def reading(share: float) -> None:
        report(Text("読み込み中", "Reading"), share * READ_SHARE)

    from_book = None if request.workbook is None else read_workbook(request.workbook, request.mapping, reading)
    if not request.files:
        assert from_book is not None  # noqa: S101 - one of the two is there
        return from_book
    from_files = read_files(request.files, request.mapping, reading)
    if from_book is None:
        return from_files
    return RawTables({**from_book.tables, **from_files.tables}, (*from_book.findings, *from_files.findings))


def definition_from_workbook(path: Path) -> Definition | None:
    """Return the definition of the workbook's 設定 sheet, or None where the workbook has no such sheet.

    The file must be a readable .xlsx workbook: `engine.sources` has looked.
    """
    from python_calamine import CalamineWorkbook

    with path.open("rb") as stream:
        workbook = CalamineWorkbook.from_filelike(stream)
        name = next((name for name in workbook.sheet_names if is_settings(name)), None)
        if name is None:
            return None
        block: list[list[object]] = [list(row) for row in workbook.get_sheet_by_name(name).to_python()]
    return definition_from_block(block, sheet=name)


def _definition(request: Request) -> Definition:
    if request.definition is not None:
        definition = load_definition(request.definition)
    else:
        book = None if request.workbook is None else definition_from_workbook(request.workbook)
        definition = book or load_definition()
    if request.purpose is None:
        return definition
    purpose = words.resolve("purposes", request.purpose, Text("目的", "purpose"))
    return Definition.from_rows([("general.purpose", purpose)], definition)
