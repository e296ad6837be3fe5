"""Vega-Lite as the plain data that it is: rows, marks, and which column of the rows each channel shows.

The language is a schema, so that a dictionary is its natural form; a library of classes around it copies and inspects
every part many times, which took as long as the drawing itself. The tests hold what the figures write to that schema.

Decision 0247: why figures are plain Vega-Lite.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

VERSION: Final = "6.4"  # of Vega-Lite, as vl-convert names it

Channel = dict[str, Any]
_TYPES: Final = {"Q": "quantitative", "O": "ordinal", "N": "nominal"}
_SECOND: Final = frozenset({"x2", "y2"})  # they share the type and the scale of the first


@dataclass(frozen=True, slots=True)
class Layer:
    """Rows that one kind of mark draws; every method returns a further layer and leaves this one as it is."""

    rows: list[dict[str, Any]]
    condition: str | None = None
    look: dict[str, Any] = field(default_factory=dict)
    encoding: dict[str, Channel] = field(default_factory=dict)

    def mark(self, kind: str, **look: Any) -> Layer:
        """Draw the rows as marks of `kind` (`bar`, `text` …) that look so, in Vega-Lite's words."""
        return replace(self, look={"type": kind, **look})

    def only(self, condition: str) -> Layer:
        """Draw only rows of which a Vega expression over `datum` is true."""
        return replace(self, condition=condition)

    def encode(self, **channels: Channel | str) -> Layer:
        """Let channels (`x`, `color` …) show columns of the rows; a bare `name:T` is `shows(name:T)`."""
        more = {name: shows(each) if isinstance(each, str) else each for name, each in channels.items()}
        for name in _SECOND & more.keys():
            more[name] = {key: value for key, value in more[name].items() if key != "type"}
        return replace(self, encoding={**self.encoding, **more})


def data(rows: list[dict[str, Any]]) -> Layer:
    """Return a layer of `rows`, for marks to be put on; layers of the same list share it in the document."""
    return Layer(rows)


def shows(column: str, **parts: Any) -> Channel:
    """Return a channel that shows a column.

    Parameters
    ----------
    column
        Its name and what it holds: `Q` a quantity, `O` things in order, `N` names; such as `value:Q`.
    parts
        Further parts of the channel (`scale`, `axis`, `legend`), in Vega-Lite's words; None leaves a part out.
    """
    name, _, kind = column.rpartition(":")
    return {"field": name, "type": _TYPES[kind], **parts}


def fixed(value: float | str) -> Channel:
    """Return a channel that is the same for all rows: a place in CSS pixels, or a colour as `#rrggbb`."""
    return {"value": value}


def layered(*layers: Layer, width: float, height: float, **frame: Any) -> dict[str, Any]:
    """Return layers one over the other, the first at the bottom, as a Vega-Lite document.

    Parameters
    ----------
    width, height
        The drawing area in CSS pixels.
    frame
        What surrounds it (`padding`, `autosize`), in Vega-Lite's words.
    """
    names: dict[int, str] = {}
    for layer in layers:
        names.setdefault(id(layer.rows), f"rows-{len(names) + 1}")
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{VERSION}.json",
        "width": width,
        "height": height,
        **frame,
        "datasets": {names[id(layer.rows)]: layer.rows for layer in layers},
        "layer": [_write_vega_layer(layer, names[id(layer.rows)]) for layer in layers],
    }


def _write_vega_layer(layer: Layer, name: str) -> dict[str, Any]:
    condition = {} if layer.condition is None else {"transform": [{"filter": layer.condition}]}
    return {"data": {"name": name}, **condition, "mark": layer.look, "encoding": layer.encoding}
