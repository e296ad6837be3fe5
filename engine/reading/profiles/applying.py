"""A profile applied to a table: columns named, footers and filtered rows left out and listed, values mapped.

Decision 0280: why rows left out by a condition are no fault.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.language import words
from engine.language.distinct_cells import filled, unique_cells
from engine.language.errors import Finding, Refusal, Text
from engine.reading.columns import bind
from engine.reading.profiles.headers import Headers, plain_header
from engine.reading.profiles.orders import carry, groups_of, is_total, merge_totals, set_column, total_columns
from engine.reading.raw import RawTable, shown
from engine.reading.row_places import rows_phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.language.errors import Severity
    from engine.reading.columns import Field
    from engine.reading.profiles.conditions import Conditions
    from engine.reading.profiles.profile import Profile

    Mask = NDArray[np.bool_]

LEFT_OUT: Final = frozenset(("filtered_row", "footer_row", "order_line"))
"""Codes of rows that a profile leaves out as it should: they are listed, and nobody has to mend them."""

_TAIL: Final = 30  # rows at the end among which footer lines are looked for
_WORDY: Final = ("text", "name", "id")


def apply(profile: Profile, raw: RawTable) -> tuple[RawTable, tuple[Finding, ...]]:
    """Return a raw table as the profile reads it, and what was left out or could not be mapped.

    Parameters
    ----------
    profile
        The layout; its table is the result's.
    raw
        The cells below the header as written; neither it nor its frame is changed. Its own `mapping` goes before the profile's.

    Returns
    -------
    RawTable, findings
        Rows in = rows out + rows with a finding of severity `error` (`filtered_row`, `footer_row`, `order_line`,
        `order_total_differs`). `unknown_value` warns of values without a mapping, `profile_used` says what was recognised.

    Raises
    ------
    Refusal
        `argument` for a condition that names a header that is not there or cannot be read; `missing_column` for an export of
        orders that names no customer, with what the profile knows of it.
    """
    work = _ProfileWork(profile, raw)
    work.need_customer()
    work.leave_out_footers()
    work.join_rows_to_orders()
    work.leave_out_filtered()
    work.map_values()
    return work.result()


def matched_columns(profile: Profile, headers: tuple[str, ...]) -> dict[str, str]:
    """Return column key to header, as the profile finds them in these headers."""
    return Headers(headers).choose(profile.columns)


def spoken_conditions(profile: Profile, table: RawTable) -> tuple[Text, ...]:
    """Return the profile's conditions in their normal form, with the headers of a table that it was applied to."""
    if not profile.where:
        return ()
    conditions = _open_conditions(profile, Headers(table.header), bind(table.name, table.header, table.mapping).fields)
    return tuple(conditions.normal(text) for text in profile.where)


def _open_conditions(profile: Profile, headers: Headers, fields: Mapping[str, Field]) -> Conditions:
    """Return what conditions of the profile may name: headers, the keys of our columns, and the profile's own words."""
    from engine.reading.profiles.conditions import Conditions  # late: most tables have none

    named = {key: each.at[0] for key, each in fields.items()}
    named |= {word: at for word, told in profile.words.items() if (at := headers.first(told)) is not None}
    return Conditions(headers, named)


class _ProfileWork:
    """One table while a profile is applied to it: rows are left out one cause after the other, each row once."""

    def __init__(self, profile: Profile, raw: RawTable) -> None:
        self.profile = profile
        self.raw = raw
        self.frame, texts = _rename_clashing_columns(profile, *_join_text_columns(profile, raw.frame, raw.header))
        self.headers = Headers(texts)
        chosen = {
            key: each.replace("+", " ") if "+" in each and self.headers.find(each) is None else each
            for key, each in self.headers.choose(profile.columns).items()
        }
        # What the caller maps goes before the profile, where this sheet has it: it may be meant for another one.
        self.stands = {key: each for key, each in raw.mapping.items() if self.headers.parts(each) is not None}
        self.absent = {key: each for key, each in raw.mapping.items() if key in chosen and key not in self.stands}
        self.mapping = {**raw.mapping, **chosen, **self.stands}
        self.numbers = raw.row_numbers()
        self.blank = _find_blank_rows(self.frame)
        self.left = np.zeros(len(self.frame), bool)
        self.findings: list[Finding] = []
        self._fields: Mapping[str, Field] | None = None

    @property
    def open(self) -> Mask:
        """The rows that hold something and are not left out."""
        return ~self.blank & ~self.left

    def fields(self) -> Mapping[str, Field]:
        """Return where our columns stand."""
        if self._fields is None:
            missing = (
                self.raw.mapping.keys() - self.stands.keys() - self.absent.keys()
            )  # refused later, if no other sheet has them
            told = {key: each for key, each in self.mapping.items() if key not in missing}
            self._fields = bind(self.profile.table, self.headers.texts, told).fields
        return self._fields

    def leave_out(self, rows: Mask, code: str, at: int | None, reason: Text) -> None:
        """List rows as not used."""
        header = None if at is None else self.headers.texts[at]
        cells = None if at is None else self.frame.iloc[:, at].to_numpy(dtype=object)
        for row in np.flatnonzero(rows & self.open).tolist():
            value = None if cells is None else shown(cells[row])[:200]
            self.say("error", code, int(self.numbers[row]), header, value, reason)
        self.left |= rows & ~self.blank

    def say(
        self, severity: Severity, code: str, row: int | None, column: str | None, value: str | None, reason: Text
    ) -> None:
        self.findings.append(Finding(severity, code, self.profile.table, self.raw.source, row, column, value, reason))

    def need_customer(self) -> None:
        """Refuse an export of orders that is known to name no customer, with the profile's advice."""
        nobody = self.profile.table == "orders" and not self.fields().keys() & {"customer", "customer_id"}
        if nobody and not {"customer", "customer_id"} & self.profile.columns.keys() and any(self.profile.note):
            name, note = self.profile.name, self.profile.note
            raise Refusal(
                "missing_column",
                f"{self.raw.source} は「{name.ja}」です。{note.ja}",
                f"{self.raw.source} is an {name.en}. {note.en}",
            )

    def leave_out_footers(self) -> None:
        """Leave out the lines below the data: what begins like a footer, and what stands alone beside such lines."""
        if not self.profile.footers:
            return
        begins = tuple(plain_header(each) for each in self.profile.footers)
        where = np.flatnonzero(~self.blank)[-_TAIL:]
        found = np.zeros(len(self.frame), bool)
        lonely: list[int] = []
        for row in where[::-1].tolist():
            texts = [text for cell in self.frame.iloc[row].tolist() if (text := shown(cell).strip())]
            few = len(texts) <= max(2, self.frame.shape[1] // 3)
            if few and plain_header(texts[0]).startswith(begins):
                found[row] = True
            elif len(texts) == 1 and self.frame.shape[1] > 2:
                lonely.append(row)  # such as the report's name between the data and the copyright
            else:
                break
        if found.any():
            found[lonely] = True
            self._list_footers(found)

    def _list_footers(self, found: Mask) -> None:
        reason = Text(
            "出力元のシステムが付けた末尾の行なので、データとして使いません",
            "A line that the exporting system put below the data; it is no row of them",
        )
        for row in np.flatnonzero(found).tolist():
            value = next(text for cell in self.frame.iloc[row].tolist() if (text := shown(cell).strip()))
            self.say("error", "footer_row", int(self.numbers[row]), None, value[:200], reason)
        self.left |= found

    def join_rows_to_orders(self) -> None:
        """Carry an order's cells down its rows, and count its total once where the amount is the order's."""
        lines = self.profile.lines
        if lines is None:
            return
        groups = groups_of(lines, self.headers, self.frame, np.flatnonzero(self.open).astype(np.int64))
        self.frame = carry(lines, self.headers, self.frame, groups)
        amount = self.fields().get("amount")
        if amount is None or len(amount.at) > 1:
            return
        total = amount.at[0]
        if is_total(lines, self.headers, self.frame, groups, total):
            self._warn_of_assumed_total(total)
        elif total not in total_columns(lines, self.headers):
            return
        self.frame, repeated, differing = merge_totals(self.frame, groups, total)
        header = self.headers.texts[total]
        self.leave_out(differing, "order_total_differs", total, Text(
            f"同じ注文の行なのに「{header}」が最初の行と違います。元のデータを確かめてください",
            f'The row belongs to the same order, yet its "{header}" differs from the first row; check the source',
        ))  # fmt: skip
        self.leave_out(repeated, "order_line", total, Text(
            f"注文の2行目以降です。「{header}」は注文全体の金額なので、最初の行で1度だけ数えました",
            f'A further line of an order; "{header}" is the whole order\'s and was counted once, on its first row',
        ))  # fmt: skip

    def _warn_of_assumed_total(self, at: int) -> None:
        header = self.headers.texts[at]
        self.say("warning", "order_total_assumed", None, header, None, Text(
            f"どの注文でも「{header}」が行によらず同じなので、注文全体の金額とみなしました。明細の金額の場合は、その列を指定してください",
            f'"{header}" never differs within an order and was taken as the whole order\'s; if it is the line\'s, map another column',
        ))  # fmt: skip

    def leave_out_filtered(self) -> None:
        """Leave out the rows that do not meet the profile's conditions."""
        if not self.profile.where:
            return
        conditions = _open_conditions(self.profile, self.headers, self.fields())
        for text in self.profile.where:
            try:
                told = conditions.answer(text, self.frame)
            except Refusal as refusal:
                raise Refusal(
                    "argument",
                    f"{self.raw.source} の絞り込み「{text}」を使えません。{refusal.text.ja}",
                    f'The condition "{text}" cannot be put to {self.raw.source}: {refusal.text.en}',
                ) from refusal
            reason = Text(
                f"絞り込みの条件に合わないので使いません({told.text.ja})", f"Not used: it does not meet {told.text.en}"
            )
            self.leave_out(~told.holds, "filtered_row", told.at, reason)

    def map_values(self) -> None:
        """Replace the values that the profile maps; a value without a mapping is listed and, where no words belong, left blank."""
        for key, told in self.profile.value_maps.items():
            field = self.fields().get(key)
            if field is None:
                continue
            at = field.at[0]
            codes, cells = unique_cells(self.frame.iloc[:, at])
            plain = {words.normalise(written): ours for written, ours in told.items()}
            mapped: list[Any] = []
            for code, cell in enumerate(cells):
                text = words.normalise(shown(cell))
                ours = plain.get(text)
                if ours is None and text and not _is_own_value(field, shown(cell), plain):
                    ours = self._warn_of_unmapped_value(field, shown(cell), (codes == code) & self.open)
                mapped.append(cell if ours is None else ours or None)
            self.frame = self.frame.copy(deep=False)
            cells_now = np.empty(len(mapped) + 1, dtype=object)  # the last place, None, answers code -1
            cells_now[: len(mapped)] = mapped
            set_column(self.frame, at, cells_now[codes])

    def _warn_of_unmapped_value(self, field: Field, text: str, rows: Mask) -> str | None:
        """Warn of a value without a mapping; return '' where it is left blank."""
        where = np.flatnonzero(rows)
        if not len(where):
            return None
        phrase = rows_phrase(self.numbers[where].tolist())
        wordy = field.column.kind in _WORDY
        ja, en = ("そのまま使いました", "it was kept as it is") if wordy else ("空白として扱いました", "taken as blank")
        self.say("warning", "unknown_value", None, field.header, text[:200], Text(
            f"値「{text[:40]}」の読み替えが決められていません({phrase.ja})。{ja}",
            f'There is no mapping for "{text[:40]}" ({phrase.en}); {en}',
        ))  # fmt: skip
        return None if wordy else ""

    def result(self) -> tuple[RawTable, tuple[Finding, ...]]:
        """Return the table without the rows left out, and the findings."""
        if self.profile.origin != "proposed" and self.profile.id:
            name = self.profile.name
            note = Text(
                f"「{name.ja}」の形式として読みました(プロファイル {self.profile.id})",
                f"Read as {name.en} (profile {self.profile.id})",
            )
            self.findings.insert(
                0, Finding("note", "profile_used", self.profile.table, self.raw.source, None, None, None, note)
            )
        self._note_columns()
        kept = ~self.left
        whole = bool(kept.all())
        frame = self.frame if whole else self.frame[kept].reset_index(drop=True)
        table = replace(
            self.raw,
            name=self.profile.table,
            header=self.headers.texts,
            frame=frame,
            mapping=self.mapping,
            date_order=self.raw.date_order or self.profile.date_order,
            numbers=self.raw.numbers if whole else self.numbers[kept],
        )
        return table, tuple(sorted(self.findings, key=lambda finding: finding.row or 0))

    def _note_columns(self) -> None:
        """Tell which columns are called like ours and are not, and which mapped header is not there."""
        there = {plain_header(each): each for each in self.raw.header if each}
        if self.profile.origin == "ready":
            for old, new in self.profile.rename.items():
                if plain_header(old) in there:
                    self.say("note", "column_set_apart", None, there[plain_header(old)], None, Text(
                        f"「{old}」は同じ名前の当社の項目とは別のものなので、「{new}」として残しました",
                        f'"{old}" is not our column of that name; it was kept as "{new}"',
                    ))  # fmt: skip
        for key, header in self.absent.items():
            self.say("warning", "mapped_header_absent", None, header, None, Text(
                f"列の対応 {key}={header} の見出しがないので、プロファイルの「{self.mapping[key]}」を使いました",
                f'There is no header "{header}" for {key}; "{self.mapping[key]}" of the profile was used',
            ))  # fmt: skip


def _is_own_value(field: Field, text: str, plain: Mapping[str, str]) -> bool:
    """Return whether a value needs no mapping: it is one of ours already."""
    if words.normalise(text) in {words.normalise(ours) for ours in plain.values()}:
        return True
    kinds = {"level": "levels", "flag": "answers", "chance": "levels"}
    kind = kinds.get(field.column.kind)
    return kind is not None and words.find(kind, text) is not None


def _join_text_columns(
    profile: Profile, frame: pd.DataFrame, header: tuple[str, ...]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the frame with a column of its own for every text that the profile joins of two columns (姓+名)."""
    headers = Headers(header)
    for wanted in headers.choose(profile.columns).values():
        parts = headers.parts(wanted)
        if parts is None or parts[1] != "+":
            continue
        texts = [[shown(cell).strip() for cell in frame.iloc[:, at].tolist()] for at in parts[0]]
        joined = [" ".join(filter(None, cells)) or None for cells in zip(*texts, strict=True)]
        name = wanted.replace("+", " ")
        frame = pd.concat([frame, pd.DataFrame({name: pd.Series(joined, index=frame.index, dtype=object)})], axis=1)
        header = (*header, name)
    return frame, header


def _rename_clashing_columns(
    profile: Profile, frame: pd.DataFrame, header: tuple[str, ...]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the frame under the profile's own names for columns that are called like one of ours and are not it."""
    told = {plain_header(old): new for old, new in profile.rename.items()}
    if not told:
        return frame, header
    header = tuple(told.get(plain_header(each), each) for each in header)
    renamed = frame.copy(deep=False)
    renamed.columns = pd.Index(header, dtype=object)
    return renamed, header


def _find_blank_rows(frame: pd.DataFrame) -> Mask:
    """Return which rows hold nothing; a column is looked at only while rows are open that no column before it filled."""
    holds = np.zeros(len(frame), bool)
    for at in range(frame.shape[1]):
        if holds.all():
            break
        holds |= filled(*unique_cells(frame.iloc[:, at]))
    return ~holds
