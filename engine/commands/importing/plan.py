"""What `portfolio import` does: looks at every sheet of the files, applies what was chosen, and writes our tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from engine.commands.export import csv_bytes, findings_csv
from engine.language.errors import Finding, Refusal, Text
from engine.reading.columns import bind, columns, table_text
from engine.reading.joining import join_tables
from engine.reading.profiles import Look, Profile, Wishes, apply, look_at, save, saved, spoken_conditions, to_rows
from engine.reading.profiles.headers import Headers
from engine.reading.sources.grids import Grid, grids_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from engine.language.errors import Lang
    from engine.reading.raw import RawTable
    from engine.reading.sources.expanding import Address

_FIRST: Final = 5  # rows shown


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet or file as it would be imported.

    Parameters
    ----------
    source
        File and sheet.
    look
        Its header row, and what it was taken for.
    profile
        By which it is read, with what the caller changed.
    table
        Its rows so read.
    findings
        What was left out or could not be mapped.
    rows_read
        Rows below the header that hold anything.
    """

    source: str
    look: Look
    profile: Profile
    table: RawTable
    findings: tuple[Finding, ...]
    rows_read: int

    @property
    def table_text(self) -> Text:
        """The table's name."""
        return table_text(self.profile.table)

    @property
    def how(self) -> Text:
        """How it was recognised."""
        name = self.profile.name
        if self.look.proposal is None:
            return Text(f"「{name.ja}」の形式", f"the layout of {name.en}")
        guess = self.look.proposal.guesses[0]
        return Text(f"提案: {guess.reason.ja}", f"proposed: {guess.reason.en}")

    @property
    def lacking(self) -> tuple[str, ...]:
        """Columns without which nothing can be done, as in `Proposal`."""
        there = bind(self.profile.table, self.table.header, self.table.mapping).fields.keys()
        wanted = () if self.look.proposal is None else self.look.proposal.lacking
        return tuple(each for each in wanted if not there & set(each.split("|")))

    @property
    def counts(self) -> Text:
        """How many rows were read, are used and left out."""
        out = len({each.row for each in self.findings if each.severity == "error"})
        used = self.rows_read - out
        return Text(
            f"{self.rows_read:,}行のうち{used:,}行を取り込み、{out:,}行を除きます",
            f"{self.rows_read:,} rows: {used:,} are imported, {out:,} left out",
        )

    def column_rows(self) -> list[tuple[Text, str, Text]]:
        """Return our columns with the header that holds each, and why."""
        reasons = {} if self.look.proposal is None else {
            each.key: Text(f"{each.reason.ja}({each.confidence:.0%})", f"{each.reason.en} ({each.confidence:.0%})")
            for each in self.look.proposal.guesses if each.part == "column" and (each.told,) == self.profile.columns.get(each.key)
        }  # fmt: skip
        told, known = Text("プロファイル", "profile"), Text("見出し", "header")
        fields = bind(self.profile.table, self.table.header, self.table.mapping).fields
        return [
            (column.text, fields[column.key].header,
             reasons.get(column.key, told if column.key in self.profile.columns else known))
            for column in columns(self.profile.table) if column.key in fields
        ]  # fmt: skip

    def lines(self) -> list[Text]:
        """Return the conditions, value maps and footers as sentences."""
        conditions = spoken_conditions(self.profile, self.table)
        found = [Text(f"使う行: {each.ja}", f"rows that count: {each.en}") for each in conditions]
        for key, told in self.profile.value_maps.items():
            pairs = ", ".join(f"{written}={ours}" for written, ours in told.items())
            found.append(Text(f"値の読み替え {key}: {pairs}", f"values of {key}: {pairs}"))
        lines = self.profile.lines
        if lines is not None and lines.totals:
            key, totals = "・".join((*lines.key, *lines.start)), "・".join(lines.totals)
            found.append(Text(f"注文({key})ごとに1度だけ数える: {totals}", f"counted once per order ({key}): {totals}"))
        if self.profile.footers:
            begins = "・".join(self.profile.footers)
            found.append(Text(f"末尾の行として除く: {begins}", f"left out below the data: {begins}"))
        return found

    def first_rows(self, lang: Lang) -> list[list[str]]:
        """Return our headers and the first rows, our columns only."""
        known = len(bind(self.profile.table, self.table.header, self.table.mapping).fields)
        return [row[: max(known, 1)] for row in to_rows(self.table, lang)[: _FIRST + 1]]

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        proposal = self.look.proposal
        return {
            "source": self.source,
            "table": self.profile.table,
            "profile": self.profile.id or None,
            "header_row": self.look.at + 1,
            "columns": dict(self.table.mapping),
            "where": list(self.profile.where),
            "values": {key: dict(told) for key, told in self.profile.value_maps.items()},
            "lacking": list(self.lacking),
            "guesses": [] if proposal is None else [
                {"part": each.part, "key": each.key, "told": each.told, "confidence": each.confidence,
                 "reason": each.reason._asdict()}
                for each in proposal.guesses
            ],
            "rows_read": self.rows_read,
            "left_out": [
                {"row": each.row, "code": each.code, "reason": each.reason._asdict()}
                for each in self.findings if each.severity == "error"
            ],
        }  # fmt: skip


def look(
    paths: Sequence[Address], wishes: Wishes, table: str | None, mapping: Mapping[str, str], date_order: str
) -> tuple[list[Sheet], tuple[Finding, ...]]:
    """Look at every sheet of the files and apply what was recognised, proposed or said.

    Parameters
    ----------
    wishes, table, mapping, date_order
        What the caller says; `mapping` is `orders.date` to header.

    Raises
    ------
    Refusal
        `unreadable` where a file cannot be read, `argument` for a condition or a column that is not there.
    """
    notes: list[Finding] = list(
        saved()[1]
    )  # profiles that cannot be used are told, or a file would be read otherwise without a word
    grids, noticed = grids_of(paths)
    return [_plan_sheet(grid, wishes, table, mapping, date_order) for grid in grids], (*notes, *noticed)


def _plan_sheet(grid: Grid, wishes: Wishes, table: str | None, mapping: Mapping[str, str], date_order: str) -> Sheet:
    seen = look_at(grid.rows, wishes, table)
    name = table or seen.profile.table
    wanted = {
        key: header for place, header in mapping.items() for found, _, key in (place.partition("."),) if found == name
    }
    order = wanted.pop("date_order", "") or date_order
    profile = seen.changed(table, wanted, wishes, order)
    raw, wide = grid.raw(name, seen.at)
    result, findings = apply(profile, raw)
    filled = sum(any(str(cell).strip() for cell in row if cell is not None) for row in grid.rows[seen.at + 1 :])
    return Sheet(grid.source, seen, profile, result, (*wide, *findings), filled)


def save_all(sheets: Sequence[Sheet], name: str) -> list[Path]:
    """Save the profile of every different layout under `name`; the second and further ones get a number.

    Raises
    ------
    Refusal
        As `engine.reading.profiles.save`.
    """
    layouts = {sheet.profile.fingerprint: sheet for sheet in sheets}
    return [
        save(sheet.profile, name if place == 1 else f"{name} {place}", sheet.look.headers)
        for place, sheet in enumerate(layouts.values(), start=1)
    ]


def files_of(sheets: Sequence[Sheet], findings: Sequence[Finding], lang: Lang) -> dict[str, bytes]:
    """Return our tables as CSV files by name, sheets of one kind joined, and findings.csv with every row left out.

    Raises
    ------
    Refusal
        `argument` where one file is named twice.
    """
    by_table: dict[str, list[RawTable]] = defaultdict(list)
    for sheet in sheets:
        if sheet.source in {each.source for each in by_table[sheet.profile.table]}:
            raise Refusal("argument", f"{sheet.source} が2度指定されています", f"{sheet.source} is named twice")
        by_table[sheet.profile.table].append(_drop_mark_column(sheet))
    files = {
        f"{name}.csv": csv_bytes(_keep_negatives_as_numbers(to_rows(join_tables(tables)[0], lang)))
        for name, tables in by_table.items()
    }
    return {**files, "findings.csv": findings_csv(findings, lang)}


def _drop_mark_column(sheet: Sheet) -> RawTable:
    """Return a sheet's table without the column that marks an order's first row: our file must not be taken for the export again."""
    marks = () if sheet.profile.lines is None else sheet.profile.lines.start
    headers = Headers(sheet.table.header)
    bound = {
        at
        for field in bind(sheet.table.name, sheet.table.header, sheet.table.mapping).fields.values()
        for at in field.at
    }
    gone = {at for each in marks if (at := headers.find(each)) is not None} - bound
    kept = [at for at in range(len(sheet.table.header)) if at not in gone]
    header = tuple(sheet.table.header[at] for at in kept)
    return replace(sheet.table, header=header, frame=sheet.table.frame.iloc[:, kept])


def _keep_negatives_as_numbers(rows: list[list[str]]) -> list[list[object]]:
    """Return rows in which a negative figure is a number: as a text it would be kept from being taken for a formula."""
    from engine.language.amounts import Amount, parse_amount

    def cell(text: str) -> object:
        if text[:1] not in "+-" or not text:
            return text
        found = parse_amount(text)
        return found.number if isinstance(found, Amount) else text

    return [[cell(text) for text in row] for row in rows]
