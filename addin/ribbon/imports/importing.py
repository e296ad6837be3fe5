"""取り込み: files into the input sheets, in the sheets' own columns, after showing what will happen; one step can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from addin.ribbon.auditing import add_line
from addin.ribbon.choosing import choice_of
from addin.ribbon.imports import preview, undo_store
from addin.ribbon.imports.files import ENDINGS, read_files
from addin.ribbon.imports.layouts import guessed, layout_text, remember, same_layout, view_of
from addin.ribbon.imports.mapping_answers import told_by
from addin.ribbon.imports.mapping_sheet import mark_imported, pending, show
from addin.ribbon.imports.mapping_words import MAPPING_MARK, MAPPING_SHEET
from addin.ribbon.imports.merging import Merge
from addin.ribbon.imports.planning import plan_of, rows_after
from addin.ribbon.imports.result_sheet import Done, number_in, result_rows, write_result
from addin.ribbon.imports.undo_store import Before, Step
from addin.ribbon.imports.writing import digest, revise
from addin.ribbon.inputs import definition_in, read_inputs
from engine.language.errors import Refusal, Text
from engine.reading.columns import table_text
from engine.reading.raw import RawTables
from engine.scoring.pipeline import clean_tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from addin.ribbon.imports.files import Found
    from addin.ribbon.imports.layouts import Source
    from addin.ribbon.imports.mapping_answers import Told
    from addin.ribbon.imports.planning import Plan
    from addin.shared.book import Book, Cell
    from engine.language.errors import Finding, Lang
    from engine.reading.raw import RawTable

_WAITING: Final = Text(
    "シート「取り込みの対応」に、まだ取り込んでいない対応があります", "The sheet Import mapping waits to be imported"
)
_WAYS: Final = {
    "sheet": Text("この対応で取り込む", "import as it says"),
    "files": Text("別のファイルを選ぶ", "choose other files"),
}
_WHICH: Final = Text("どのファイルの対応を直しますか", "The mapping of which file?")


@dataclass(frozen=True, slots=True)
class _ChosenImport:
    """One table's import as the user wants it: the plan, the way, and what was left out while reading."""

    plan: Plan
    way: str
    listed: tuple[Finding, ...]

    @property
    def changes_anything(self) -> bool:
        """Whether a cell of the sheet will be another one."""
        merged = self.plan.merged
        return self.way != preview.ADD or bool(merged.new or merged.changed)


def import_table(book: Book, lang: Lang) -> Text | None:
    """Let the user choose files, show what they would put into which sheet, and do that when they agree.

    A mapping sheet that waits for it is imported as it says. Returns None when they cancel; no input sheet has been
    written then.

    Raises
    ------
    Refusal
        Where a file cannot be read, or lacks a column that its table needs, or the mapping sheet cannot be understood.
    """
    waiting = _find_waiting_mapping(book, lang)
    if waiting is None:
        return None
    paths, told = waiting
    if not paths:
        title = Text("取り込むファイルを選んでください(複数可)", "Choose the files to import")
        paths = book.choose_files(title.to(lang), ENDINGS)
    if not paths:
        return None
    book.progress(Text("ファイルを読んでいます…", "Reading the files…").to(lang))
    found = read_files(book, paths, told, lang)
    if found is None:
        return None
    if told is not None and told.table != told.listed_for:
        return _show_mapping_again(book, found, paths, told, lang)
    chosen = _choose_table_imports(book, found, lang)
    if isinstance(chosen, str):
        return _correct_mapping(book, found, paths, chosen, lang)
    if chosen is None:
        return None
    writing = [each for each in chosen if each.changes_anything]
    return _carry_out_imports(book, writing, found, lang) if writing else _report_nothing_new(book, found, lang)


def _find_waiting_mapping(book: Book, lang: Lang) -> tuple[tuple[Path, ...], Told | None] | None:
    """Return the files and the mapping of a mapping sheet that waits, none where there is none; None for Cancel."""
    if not pending(book):
        return (), None
    block = book.block(MAPPING_MARK)
    front = book.selected()
    in_front = block is not None and front is not None and front.sheet == block.sheet
    if not in_front:
        way = choice_of(book, _WAITING, _WAYS, lang, "sheet")
        if way is None:
            return None
        if way == "files":
            return (), None
    told = told_by(book)
    if told is None:
        return (), None
    gone = [path for path in told.paths if not path.is_file()]
    if gone:
        raise Refusal(
            "unreadable",
            f"「{gone[0].name}」が {gone[0].parent} にありません。ファイルを戻すか、「別のファイルを選ぶ」で選び直してください",
            f'"{gone[0].name}" is no longer in {gone[0].parent}; put it back, or choose another file',
        )
    return told.paths, told


def _choose_table_imports(book: Book, found: Found, lang: Lang) -> list[_ChosenImport] | str | None:
    """Ask for each table what shall be done with it; return a table whose mapping is to be corrected, None for Cancel."""
    chosen: list[_ChosenImport] = []
    for table in dict.fromkeys(source.raw.name for source in found.sources):
        sources = [source for source in found.sources if source.raw.name == table]
        listed = tuple(each for source in sources for each in source.findings if each.severity == "error")
        raws = [source.raw for source in sources]
        try:
            plan = plan_of(book, table, raws, lang)
            listed = (*listed, *plan.listed)
            findings = _find_row_problems(book, raws, tuple(each for source in sources for each in source.findings))
        except Refusal as refusal:
            if refusal.kind != "missing_column":
                raise
            return table if book.confirm(_word_mapping_offer(refusal).to(lang)) else None
        asked = preview.question(plan, layout_text(sources), guessed(sources), (*listed, *found.unread), findings)
        way = choice_of(book, asked, preview.choices(plan), lang, preview.ADD)
        if way is None or way == preview.CORRECT:
            return way and table
        chosen.append(_ChosenImport(plan, way, listed))
    return chosen


def _word_mapping_offer(refusal: Refusal) -> Text:
    """Return the question whether a person wants to say where the missing column is."""
    return Text(
        f"{refusal.text.ja}\n\nシート「{MAPPING_SHEET.ja}」で、どの見出しがどの列かを選びますか?",
        f'{refusal.text.en}\n\nChoose on the sheet "{MAPPING_SHEET.en}" which header is which column?',
    )


def _correct_mapping(book: Book, found: Found, paths: Sequence[Path], table: str, lang: Lang) -> Text | None:
    """Show the mapping of one layout on its sheet; None when the user cancels the question which one."""
    groups = same_layout([source for source in found.sources if source.raw.name == table])
    place = "0"
    if len(groups) > 1:
        named = {str(at): preview.names_of([each.raw.source for each in group]) for at, group in enumerate(groups)}
        answer = choice_of(book, _WHICH, named, lang, "0")
        if answer is None:
            return None
        place = answer
    return _write_mapping_sheet(book, groups[int(place)], paths, lang)


def _show_mapping_again(book: Book, found: Found, paths: Sequence[Path], told: Told, lang: Lang) -> Text | None:
    """Show the columns of the table that the user has chosen on the mapping sheet."""
    sources = [source for source in found.sources if source.code == told.fingerprint]
    if not sources:
        raise _refuse_other_headers(paths)
    return _write_mapping_sheet(book, sources, paths, lang)


def _write_mapping_sheet(book: Book, sources: Sequence[Source], paths: Sequence[Path], lang: Lang) -> Text:
    title = table_text(sources[0].profile.table)
    if not show(book, view_of(sources, paths), lang):
        raise Refusal(
            "unwritable",
            f"シート「{MAPPING_SHEET.ja}」には別の内容があります。名前を変えてから、もう一度押してください",
            f'the sheet "{MAPPING_SHEET.en}" holds other content; rename it and press again',
        )
    return Text(
        f"シート「{MAPPING_SHEET.ja}」に「{title.ja}」の対応を書きました。C列を選び直したら、もう一度「取り込み」を押してください。",
        f'The sheet "{MAPPING_SHEET.en}" shows the columns of {title.en}. Choose in column C, then press Import again.',
    )


def _refuse_other_headers(paths: Sequence[Path]) -> Refusal:
    return Refusal(
        "argument",
        f"「{paths[0].name}」の見出しが、シート「{MAPPING_SHEET.ja}」を作ったときと違います。もう一度ファイルを選んでください",
        f'the headers of "{paths[0].name}" differ from those on the sheet "{MAPPING_SHEET.en}"; choose the file again',
    )


def _find_row_problems(
    book: Book, raws: Sequence[RawTable], noticed: tuple[Finding, ...]
) -> tuple[Finding, ...] | Refusal:
    """Return what cleaning says of the files' rows beside the workbook's other tables, or why it cannot be asked yet.

    Raises
    ------
    Refusal
        `missing_column`: without it the table is of no use.
    """
    name = raws[0].name
    others = {key: raw for key, raw in read_inputs(book).tables.items() if key != name}
    found = [finding for finding in noticed if finding.severity == "warning"]  # errors are named as left out already
    for raw in raws:
        try:
            cleaned = clean_tables(RawTables({**others, name: raw}), definition_in(book))
        except Refusal as refusal:
            if refusal.kind == "missing_column":
                raise
            return refusal
        found += [finding for finding in cleaned.findings if finding.table == name]
    return tuple(found)


def _carry_out_imports(book: Book, chosen: Sequence[_ChosenImport], found: Found, lang: Lang) -> Text:
    """Write what was chosen: first what is needed to take it back, then the rows, then what was done."""
    number = undo_store.new_number()
    names = preview.names_of([source.raw.source for source in found.sources]).to(lang)
    note = f"{names} → {'・'.join(each.plan.target.sheet for each in chosen)}"
    moment = datetime.now().astimezone().replace(tzinfo=None, microsecond=0)  # the user's own clock
    step = Step(number, moment, note, tuple(map(_keep_sheet_before, chosen)))
    undo_store.keep(step)
    undo_store.forget(number_in(book))  # one step back for each workbook
    book.progress(Text("書き込んでいます…", "Writing…").to(lang))
    with book.quiet():
        for each in chosen:
            _write_import_rows(book, each)
        undo_store.keep(
            replace(
                step,
                sheets=tuple(replace(before, after=_digest_sheet_after(book, before.sheet)) for before in step.sheets),
            )
        )
        done = [Done(each.plan, each.way == preview.REPLACE, each.listed) for each in chosen]
        written = write_result(book, result_rows(done, found.unread, number, lang), lang)
        mark_imported(book, lang)
        for each in chosen:
            own = [source.raw for source in found.sources if source.raw.name == each.plan.table]
            add_line(
                book, lang, "import", sha256=own[0].sha256, count=len(each.plan.given),
                note=f"{preview.names_of([raw.source for raw in own]).to(lang)} → {each.plan.target.sheet}",
            )  # fmt: skip
    remember(found.sources)
    return _word_import_result(chosen, written)


def _report_nothing_new(book: Book, found: Found, lang: Lang) -> Text:
    """Leave the sheets, and the import before this one, as they are; only what a person has told is remembered."""
    with book.quiet():
        mark_imported(book, lang)
    remember(found.sources)
    return Text(
        "新しい行も変わった行もないので、何も書き込みませんでした。",
        "There is nothing new or changed; nothing was written.",
    )


def _keep_sheet_before(chosen: _ChosenImport) -> Before:
    target = chosen.plan.target
    rows = None if target.block is None else target.block.rows
    return Before(target.sheet, rows, not target.is_there, "")


def _digest_sheet_after(book: Book, sheet: str) -> str:
    block = book.contents(sheet)
    return digest(() if block is None else block.rows)


def _write_import_rows(book: Book, chosen: _ChosenImport) -> None:
    plan = chosen.plan
    rows = rows_after(plan, replacing=chosen.way == preview.REPLACE, with_doubles=chosen.way == preview.ADD_ALL)
    if plan.target.block is None:
        book.fill(plan.target.sheet, cast("list[list[Cell]]", rows))  # nothing was there: no formula is among them
    else:
        revise(book, plan.target.block, rows)


def _word_added_rows(sheet: str, merged: Merge) -> Text:
    """Return what was added to a sheet, in sentences; what did not happen is not said."""
    parts = (
        (len(merged.new), Text("新しい {:,} 行を足しました。", "{:,} new rows added")),
        (len(merged.changed), Text("{:,} 行を新しい内容にしました。", "{:,} brought up to date")),
        (len(merged.same), Text("すでにある {:,} 行はそのままです。", "{:,} there already")),
    )
    said = [(count, text) for count, text in parts if count]
    ja = "".join(text.ja.format(count) for count, text in said)
    return Text(f"「{sheet}」に{ja}", f'"{sheet}": {"; ".join(text.en.format(count) for count, text in said)}.')


def _word_import_result(chosen: Sequence[_ChosenImport], written: bool) -> Text:
    ja, en = [], []
    for each in chosen:
        plan, merged = each.plan, each.plan.merged
        sheet, count = plan.target.sheet, len(plan.given)
        if not plan.there:
            ja.append(f"「{sheet}」に {count:,} 行を取り込みました。")
            en.append(f'{count:,} rows are on the sheet "{sheet}" now.')
        elif each.way == preview.REPLACE:
            ja.append(f"「{sheet}」を {count:,} 行に置き換えました(前は {plan.there:,} 行)。")
            en.append(f'The sheet "{sheet}" holds {count:,} rows now, in place of {plan.there:,}.')
        else:
            text = _word_added_rows(
                sheet, Merge(tuple(range(count)), (), ()) if each.way == preview.ADD_ALL else merged
            )
            ja.append(text.ja)
            en.append(text.en)
    ja.append("「更新」を押すと反映されます。取り消すには「取り込みを元に戻す」を押してください。")
    en.append("Press Refresh to take them up, or Undo import to take them back.")
    if not written:
        ja.append("シート「取り込み結果」には別の内容があるため、一覧は書きませんでした。")
        en.append('The sheet "Import result" holds other content; the list was not written.')
    return Text("\n".join(ja), "\n".join(en))
