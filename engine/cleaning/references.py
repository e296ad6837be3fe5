"""Which customer each row of a table speaks of: found in the customer table, or derived where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.cleaning import fields
from engine.cleaning.customer_names import AMBIGUOUS, UNKNOWN, Directory
from engine.language.errors import Text
from engine.language.words import company_key, folded
from engine.reading.shapes.vocabulary import total_word

if TYPE_CHECKING:
    from engine.cleaning.table_cleaner import Sheet

Positions = npt.NDArray[np.int64]

_GUESSES: Final = 500
"""Unknown customers for whom near names are looked for; where there are more, the wrong customer table was given."""

_TOTAL: Final = Text("合計の行は使いません", "A line of totals is not used")
_BLANK: Final = Text("顧客が空白です", "The customer is blank")
# What those words end in: a look at one letter spares nearly every name the rest.
_ENDS: Final = frozenset("計体均値比率積額lLmMsSeEｌＬｍＭ")
_ASCII_ENDS: Final = ("total", "totals", "sum", "average")


def is_total(word: str | None) -> bool:
    """Return whether a name or ID is 合計, total and the like: a line of sums, no customer."""
    if word is None or len(word) > 20 or word.rstrip()[-1:] not in _ENDS:
        return False
    if word.isascii() and not word.rstrip().lower().endswith(_ASCII_ENDS):
        return False
    found = total_word(word)
    return found is not None and found.force != "named"


def _is_total_name(sheet: Sheet, word: str | None) -> bool:
    """Return whether a name is a total's: where totals were looked for already, what still stands is a customer's."""
    return not sheet.raw.totals_found and is_total(word)


class _ReferenceColumn(NamedTuple):
    """A column that refers to customers: each row's code (-1 blank) and the different words, None where blank or faulty.

    `blank` tells the blank words from the faulty ones, with one entry more for code -1.
    """

    codes: npt.NDArray[np.int64]
    words: list[str | None]
    blank: npt.NDArray[np.bool_]


def _read_reference_column(sheet: Sheet, key: str) -> _ReferenceColumn | None:
    if not sheet.has(key):
        return None
    codes, cells = sheet.coded(key)
    read = [fields.id_of(cell) for cell in cells]
    blank = np.array([*(each is None for each in read), True], np.bool_)  # an empty text is as blank as no cell
    return _ReferenceColumn(codes, [each if isinstance(each, str) else None for each in read], blank)


def customer_positions(sheet: Sheet, directory: Directory, blank_is_common: bool = False) -> Positions:
    """Return the customer's position of each row, by ID first, then by name; rows without a known customer are listed.

    With `blank_is_common` a row whose customer is blank concerns them all: it is used, its position is `UNKNOWN`.

    Parameters
    ----------
    sheet
        The table; rows without a customer are listed in it.
    directory
        The customers, by ID and by name.
    """
    places = np.full(len(sheet), UNKNOWN, np.int64)
    said: list[tuple[str, _ReferenceColumn]] = []
    for key in ("customer_id", "customer"):
        column = _read_reference_column(sheet, key)
        if column is None:
            continue
        found = [UNKNOWN if word is None else directory.find(word) for word in column.words]
        here = np.array([*found, UNKNOWN], np.int64)[column.codes]
        sheet.count(
            "warning",
            "id_and_name_differ",
            key,
            (places >= 0) & (here >= 0) & (places != here),
            _word_id_and_name_conflict,
        )
        # An ID that is merely unknown gives way to a name; a name of several customers does not undo anything.
        places = np.where((places < 0) & (here != UNKNOWN), here, places)
        said.append((key, column))
        if key == "customer_id":
            _note_leading_zeros(sheet, directory, column, found)
    if blank_is_common:
        _list_strangers(sheet, directory, np.where(_find_rows_without_customer(len(sheet), said), 0, places), said)
    else:
        _list_strangers(sheet, directory, places, said)
    return places


def _find_rows_without_customer(count: int, said: list[tuple[str, _ReferenceColumn]]) -> npt.NDArray[np.bool_]:
    """Return the rows in which no column names a customer; a cell that cannot be read names one."""
    blank = np.ones(count, np.bool_)
    for _, column in said:
        blank &= column.blank[column.codes]
    return blank


def _word_id_and_name_conflict(ja: str, en: str) -> Text:
    return Text(
        f"顧客IDと顧客名が別の顧客を指しています。IDの顧客として使いました: {ja}",
        f"Customer ID and name mean different customers; the ID was followed: {en}",
    )


def _note_leading_zeros(sheet: Sheet, directory: Directory, column: _ReferenceColumn, found: list[int]) -> None:
    lost = [
        word is not None and at >= 0 and word.isdigit() and folded(word) != folded(directory.ids[at])
        for word, at in zip(column.words, found, strict=True)
    ]
    if any(lost):
        sheet.count(
            "note", "leading_zeros", "customer_id", np.array([*lost, False], bool)[column.codes],
            lambda ja, en: Text(
                f"先頭の0の数が違う顧客IDを同じ顧客としました: {ja}", f"Customer IDs that differ in leading zeros were matched: {en}"
            ),
        )  # fmt: skip


def _list_strangers(
    sheet: Sheet, directory: Directory, places: Positions, said: list[tuple[str, _ReferenceColumn]]
) -> None:
    """List the rows whose customer is blank, a line of totals, unknown or not to be told from others."""
    reasons: dict[tuple[str, int], tuple[str, Text]] = {}
    guessed = 0
    for row in np.flatnonzero(places < 0).tolist():
        key, word = said[0][0], None
        for column_key, column in said:
            code = int(column.codes[row])
            if code >= 0 and column.words[code] is not None:
                key, word = column_key, column.words[code]
                break
        if word is None:
            sheet.say("error", "missing_customer", row, sheet.header(key), None, _BLANK)
            continue
        place = int(places[row])
        if (word, place) not in reasons:
            guessed += 1
            reasons[word, place] = _explain_stranger(sheet, directory, word, place, guess=guessed <= _GUESSES)
        why, reason = reasons[word, place]
        sheet.say("error", why, row, sheet.header(key), word, reason)


def _explain_stranger(sheet: Sheet, directory: Directory, word: str, place: int, guess: bool) -> tuple[str, Text]:
    if _is_total_name(sheet, word):
        return "total_row", _TOTAL
    if place == AMBIGUOUS:
        ids = [directory.ids[at] for at in directory.candidates(word)[:5]]
        return "ambiguous_customer", Text(
            f"同じ名前の顧客が複数あります(顧客ID: {'・'.join(ids)})。顧客IDで書いてください",
            f"Several customers have this name (IDs: {', '.join(ids)}); write the customer ID",
        )
    near = directory.near(word) if guess else ()
    return "unknown_customer", Text(
        "顧客表にない顧客です"
        + (f"(近い候補: {'・'.join(near)})" if near else "")
        + "。顧客表に足すか、名前を直してください",
        "Not in the customer table"
        + (f" (nearest: {', '.join(near)})" if near else "")
        + "; add it there or correct the name",
    )


class Derived(NamedTuple):
    """Customers of an input without customer table: IDs and names in the order of first appearance, and each row's position."""

    ids: list[str]
    names: list[str]
    places: Positions


def derive_customers(sheet: Sheet) -> Derived:
    """Derive the customers from the orders.

    Rows with an ID belong together by ID, rows with only a name by the name without its legal form; a name that stands beside an ID
    in another row means that customer. Rows without either, and lines of totals, are listed.
    """
    sheet.need("customer_id", "customer")
    empty = _ReferenceColumn(np.full(len(sheet), -1, np.int64), [], np.array([True]))
    by_id, by_name = (
        _read_reference_column(sheet, "customer_id") or empty,
        _read_reference_column(sheet, "customer") or empty,
    )
    keys: dict[str, int] = {}
    id_keys = _number_customer_keys(
        keys, "i", [folded(word) if word and not _is_total_name(sheet, word) else None for word in by_id.words]
    )
    name_keys = _number_customer_keys(
        keys, "n", [company_key(word) if word and not _is_total_name(sheet, word) else None for word in by_name.words]
    )
    first, second = id_keys[by_id.codes], name_keys[by_name.codes]
    key = np.where(first >= 0, first, _follow_names_to_ids(first, second, len(keys)))
    _list_strangers(
        sheet, Directory([], []), np.where(key < 0, UNKNOWN, key), _list_given_references(sheet, by_id, by_name)
    )
    places, found = pd.factorize(key[key >= 0])
    positions = np.full(len(sheet), UNKNOWN, np.int64)
    positions[key >= 0] = places
    rows = np.full(len(found), -1, np.int64)
    with_key = np.flatnonzero(key >= 0)
    rows[places[::-1]] = with_key[::-1]  # the first row of each customer is written last
    named = np.full(len(found), -1, np.int64)
    has_name = with_key[second[with_key] >= 0]
    named[positions[has_name][::-1]] = by_name.codes[has_name][::-1]
    names = [_find_written_name(sheet, int(code)) if code >= 0 else None for code in named]
    ids = [
        str(by_id.words[code]) if (code := int(by_id.codes[row])) >= 0 and by_id.words[code] else str(name)
        for row, name in zip(rows.tolist(), names, strict=True)
    ]
    return Derived(ids, [name or each for name, each in zip(names, ids, strict=True)], positions)


def _list_given_references(
    sheet: Sheet, by_id: _ReferenceColumn, by_name: _ReferenceColumn
) -> list[tuple[str, _ReferenceColumn]]:
    return [(key, column) for key, column in (("customer_id", by_id), ("customer", by_name)) if sheet.has(key)]


def _number_customer_keys(keys: dict[str, int], kind: str, words: list[str | None]) -> Positions:
    """Return each word's number among all keys, -1 for None; the last place answers code -1."""
    return np.array(
        [*(-1 if word is None else keys.setdefault(kind + word, len(keys)) for word in words), -1], np.int64
    )


def _follow_names_to_ids(first: Positions, second: Positions, count: int) -> Positions:
    """Return for rows without an ID the key of the customer that bears the row's name elsewhere, else the name's own key."""
    if not ((first < 0) & (second >= 0)).any():
        return second
    both = np.flatnonzero((first >= 0) & (second >= 0))
    known = np.arange(count + 1)
    known[second[both][::-1]] = first[both][::-1]
    known[-1] = -1
    return known[second]


def _find_written_name(sheet: Sheet, code: int) -> str | None:
    found = fields.name_of(sheet.coded("customer")[1][code])
    return found if isinstance(found, str) else None
