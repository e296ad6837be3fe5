"""What a chart of the browser's edition tells about one bar, bubble or cell: its name and number, then what is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.errors import Lang

__all__ = ["number", "told"]

_SOLID: Final = frozenset({"bar", "point", "rect"})


def told(document: dict[str, Any], title: str) -> dict[str, Any]:
    """Return a Vega-Lite specification whose solid marks tell their number; the drawing itself stays as it is.

    A row may bring its own words as `tip`; else its `label` and `display` are told. The figure's title follows: it holds
    unit, measure and period, which a number alone does not.

    Parameters
    ----------
    document
        As Altair made it, with its rows in `datasets`; rows without words of either kind stay silent.
    title
        The figure's title.
    """
    rows = document.get("datasets", {})
    telling: set[str] = set()
    for layer in _layers(document):
        name = layer.get("data", document.get("data", {})).get("name")
        if _kind(layer) not in _SOLID or not rows.get(name):
            continue
        if name not in telling and not _worded(rows[name], title):
            continue
        telling.add(name)
        layer["encoding"] = {**layer.get("encoding", {}), "tooltip": {"field": "tip", "type": "nominal"}}
    return document


def _layers(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for each in document.get("layer", [document]):
        if "layer" in each:
            yield from _layers(each)
        else:
            yield each


def _kind(layer: dict[str, Any]) -> str:
    mark = layer.get("mark", "")
    return str(mark["type"] if isinstance(mark, dict) else mark)


def _worded(rows: list[dict[str, Any]], title: str) -> bool:
    """Write the words into every row that has a number to tell; return whether there is any."""
    found = False
    for row in rows:
        words = row.get("tip") or (f"{row['label']} {row['display']}" if {"label", "display"} <= row.keys() else "")
        if words:
            row["tip"] = f"{words}\n{title}"
            found = True
    return found


def number(value: float, lang: Lang, *, percent: bool = False) -> str:
    """Return a number of an axis as its chart writes numbers: △ for minus in Japanese, one decimal, share as per cent."""
    written = f"{abs(value):,.1%}" if percent else f"{abs(value):,.1f}"
    return f"{('△' if lang == 'ja' else '−') if value < 0 else ''}{written}"
