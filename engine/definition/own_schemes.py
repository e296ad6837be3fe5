"""The entries of a painted scheme in the definition: what each may hold, and how a planner adds a scheme of his own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from engine.language import words
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_SECTION: Final = "schemes"
_LONGEST_CODE: Final = 30
_CELLS: Final = re.compile(r"[\s,、;；|]+")
_ROWS: Final = re.compile(r"[/／\n]+")
_OWN: Final = {"ja": "自社の分類", "en": "a scheme of one's own"}
_TAKEN: Final = ("schemes", "dimensions", "axes", "measures")  # words that a cell would read as something else
# Field → what it is before anybody fills it in, its unit, its label.
_FIELDS: Final[dict[str, tuple[Any, Text, Text]]] = {
    "x": ("", Text("指標か軸の語", "metric or axis"), Text("横軸", "Horizontal axis")),
    "x_cuts": ([], Text("横軸の指標の単位", "unit of the axis"), Text("横軸の区切り", "Cuts of the horizontal axis")),
    "y": ("", Text("指標か軸の語(空欄なら横軸だけ)", "metric or axis; blank: none"), Text("縦軸", "Vertical axis")),
    "y_cuts": ([], Text("縦軸の指標の単位", "unit of the axis"), Text("縦軸の区切り", "Cuts of the vertical axis")),
    "grid": ([], Text("行は縦軸の大きい順、列は横軸の小さい順", "rows from high y, columns from low x"), Text("塗り分け", "Grid")),
    "names": ({}, Text("区分の名前(日・英)", "names of the groups"), Text("区分の名前", "Names")),
    "en": ("", Text("英語名", "English name"), Text("分類の英語名", "English name")),
}  # fmt: skip


def _split_scheme_key(key: str) -> tuple[str, str] | None:
    """Return scheme and field of a key such as `schemes.自社分類.grid`, or None for any other key."""
    parts = key.split(".")
    if len(parts) != len(("schemes", "code", "field")) or parts[0] != _SECTION or parts[2] not in _FIELDS:
        return None
    return parts[1].strip(), parts[2]


def is_entry(key: str, built_in: Collection[str]) -> bool:
    """Return whether `key` is an entry of a painted scheme: one of the built-in ones, or any entry of a new one.

    Parameters
    ----------
    built_in
        The codes of the built-in painted schemes; their English names stand in the vocabulary.
    """
    found = _split_scheme_key(key)
    return found is not None and not (found[0] in built_in and found[1] == "en")


def fit(key: str, value: object) -> Any:
    """Return a cell's or file's value as the entry `key` holds it.

    Cuts may be one number or text, several in one text with commas, or a list. A grid may be a list of rows, or one
    text whose rows are parted by `/`: `B A A / C B A / C C B`. Names are `{"A": "重点"}` or `{"A": {"ja": …, "en": …}}`.

    Raises
    ------
    Refusal
        `missing_definition` naming the entry, and the cell where it is one of the grid.
    """
    found = _split_scheme_key(key)
    assert found is not None  # noqa: S101 - `is_entry` was asked first
    field = found[1]
    given = _parse_scheme_json(value)
    if field in ("x", "y", "en"):
        if isinstance(given, (list, dict)):
            raise _make_misfit_refusal(key, value, "売上", "Sales")
        return str("" if value is None else value).strip()
    if field == "names":
        return _fit_group_names(key, given)
    if field == "grid":
        return _fit_grid(key, given)
    return _fit_cuts(key, given)


def _fit_cuts(key: str, given: object) -> list[Any]:
    if isinstance(given, str):
        return [cut for cut in _CELLS.split(given.strip()) if cut]
    listed: list[Any] = given if isinstance(given, list) else [] if given is None else [given]
    for cut in listed:
        if isinstance(cut, bool) or not isinstance(cut, (int, float, str)):
            raise _make_misfit_refusal(key, given, "[100万, 500万]", "[1000000, 5000000]")
    return [_simplify_whole_number(cut) for cut in listed]


def _simplify_whole_number(cut: float | str) -> float | str:
    """Return a number as a sheet and a file write it alike: 5.0 is 5."""
    return int(cut) if isinstance(cut, float) and cut.is_integer() else cut


def _fit_grid(key: str, given: object) -> list[str]:
    rows = [row for row in _ROWS.split(given) if row.strip()] if isinstance(given, str) else given
    if not isinstance(rows, list) or not rows:
        raise _make_misfit_refusal(key, given, "B A A / C B A / C C B", "B A A / C B A / C C B")
    painted = []
    for number, row in enumerate(rows, start=1):
        cells = _CELLS.split(row.strip()) if isinstance(row, str) else row
        if not isinstance(cells, list) or not cells:
            raise _make_misfit_refusal(f"{key}({number}行目)", row, "B A A", "B A A")
        for place, cell in enumerate(cells, start=1):
            if not isinstance(cell, (str, int)) or _CELLS.search(str(cell)) or not str(cell).strip():
                raise _make_misfit_refusal(f"{key}({number}行目の{place}番目)", cell, "A", "A")
        painted.append(" ".join(str(cell) for cell in cells))
    return painted


def _fit_group_names(key: str, given: object) -> dict[str, dict[str, str]]:
    table = {} if given is None or given == "" else given
    if not isinstance(table, dict):
        raise _make_misfit_refusal(key, given, '{"A": "重点"}', '{"A": {"ja": "重点", "en": "Focus"}}')
    named = {}
    for code, name in table.items():
        both = {"ja": name, "en": name} if isinstance(name, str) else name
        if not isinstance(both, dict) or not all(isinstance(both.get(lang, ""), str) for lang in ("ja", "en")):
            raise _make_misfit_refusal(
                f"{key}({code})", name, '{"ja": "重点", "en": "Focus"}', '{"ja": "重点", "en": "Focus"}'
            )
        named[str(code)] = {"ja": both.get("ja") or str(code), "en": both.get("en") or both.get("ja") or str(code)}
    return named


def _parse_scheme_json(value: object) -> object:
    if not isinstance(value, str) or value.strip()[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def leaf(key: str, value: object) -> dict[str, Any]:
    """Return a new entry with its unit, source and label, as the definition keeps it."""
    found = _split_scheme_key(key)
    assert found is not None  # noqa: S101 - `is_entry` was asked first
    code, field = found
    _, unit, label = _FIELDS[field]
    named = {"ja": f"{code}: {label.ja}", "en": f"{code}: {label.en}"}
    return {"value": value, "unit": unit._asdict(), "source": dict(_OWN), **named}


def complete(schemes: dict[str, Any], built_in: Collection[str]) -> None:
    """Fill in what a new scheme leaves open, in place, and refuse one that cannot work.

    Parameters
    ----------
    schemes
        The section `schemes` of a definition's document.
    built_in
        The codes of the built-in painted schemes.

    Raises
    ------
    Refusal
        For a name that is taken or too long, and for a scheme without a horizontal axis or a grid.
    """
    for code, entries in schemes.items():
        if code in built_in:
            continue
        _check_scheme_code(code)
        filled = _fill_scheme_defaults(code, entries)
        entries.clear()
        entries.update(filled)


def _fill_scheme_defaults(code: str, entries: Mapping[str, Any]) -> dict[str, Any]:
    for field in ("x", "grid"):
        if field not in entries or not entries[field]["value"]:
            label = _FIELDS[field][2]
            raise Refusal(
                "missing_definition",
                f"分類「{code}」に{label.ja}がありません。「{_SECTION}.{code}.{field}」を加えてください",
                f'the scheme "{code}" has no {label.en.lower()}: add "{_SECTION}.{code}.{field}"',
            )
    return {
        field: entries.get(field) or leaf(f"{_SECTION}.{code}.{field}", default)
        for field, (default, _, _) in _FIELDS.items()
    }


def _check_scheme_code(code: str) -> None:
    kind = next((kind for kind in _TAKEN if words.find(kind, code)), None)
    if kind is not None or not code.strip() or len(code) > _LONGEST_CODE:
        raise Refusal(
            "missing_definition",
            f"分類の名前「{code}」は使えません(既にある語か、空か、{_LONGEST_CODE}字を超えています)",
            f'"{code}" cannot name a scheme (it is taken, blank, or longer than {_LONGEST_CODE} characters)',
        )


def _make_misfit_refusal(where: str, value: object, ja: str, en: str) -> Refusal:
    return Refusal(
        "missing_definition",
        f"定義「{where}」の値「{value}」が使えません(例: {ja})",
        f'the value "{value}" does not fit the entry "{where}" (for example: {en})',
    )
