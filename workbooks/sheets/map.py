"""The sheet マップ: sales against margin rate as a native bubble chart, by quadrant, with the spill that it is drawn from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, cast

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell  # type: ignore[import-untyped]

from engine.language.errors import Text
from workbooks.sheets.charts import FONT, QUADRANT_TONES, bubbles, insert_map
from workbooks.sheets.output_sheet import LEFT, TOP, begin, heading
from workbooks.style.formulas import Formula
from workbooks.style.look import COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbooks.sheets.output_sheet import Stage
    from workbooks.style.formulas import Pen
    from workbooks.style.look import Kind

    Point = Sequence[object]
    Split = tuple[object, object]

NAME: Final = "マップ"
LABELLED: Final = 6  # the largest by sales carry their names
STEPS: Final = 40  # dots of each dividing line
PLACES: Final = ("high_high", "low_high", "high_low", "low_low")
DOT: Final = 900  # how many dots make the area of the largest bubble
LOSS: Final = "赤字"
LINES_ROW: Final = TOP + 1
CHART_ROW: Final = TOP + 5
TABLE_ROW: Final = CHART_ROW + 27  # header of the spill
AID: Final = LEFT + 7  # first of the columns from which the chart is drawn


def write_map(stage: Stage) -> None:
    """Add the sheet: the dividing lines, the chart, the customers, and beside them the columns the chart needs."""
    note = Text(
        "売上と粗利率で顧客を4つの象限に分けます。円の大きさは純利益(直近12か月)、点線は区切りです。",
        "Customers by sales and margin rate; bubbles are net profit of 12 months, dots the dividing lines.",
    )
    pen = begin(stage, NAME, Text("マップ", "Profitability map"), note, (34, 18, 14, 18, 16, 60, 3, *(12,) * 11))
    heading(pen, LINES_ROW - 1, 6, Text("区切り", "Dividing lines"))
    lines = stage.ask("PORTFOLIO_MAP", None, None, "区切り", room=(3, 4))
    pen.spread(LINES_ROW, LEFT, lines, ("text", "text", "number", "text"), header=True)
    pen.restyle(LINES_ROW + 2, LEFT + 2, lines.block[2][2], "rate")
    heading(pen, TABLE_ROW - 1, 6, Text("顧客", "Customers"))
    found = stage.ask("PORTFOLIO_MAP", room=(stage.customers + 1, 5))
    pen.spread(TABLE_ROW, LEFT, found, ("text", "money", "rate", "money", "level"), header=True)
    points = [tuple(row) for row in found.block[1:]]
    split = (lines.block[1][2], lines.block[2][2])
    rows = stage.customers if stage.empty else max(stage.customers, len(points)) + 30
    names = _read_quadrant_names(stage)
    _write_chart_aids(pen, rows, names, points, split)
    _draw_map_bubbles(stage, pen, rows, names, points)
    pen.sheet.print_area(0, 0, TABLE_ROW + max(len(points), 1), LEFT + 5)


def _read_quadrant_names(stage: Stage) -> tuple[str, ...]:
    """Return the names of the quadrants, as the definition gives them to sales and margin rate, its first map."""
    entry = cast("Mapping[str, Mapping[str, str]]", stage.rules.value("maps.1"))
    return tuple(str(entry[place]["ja"]) for place in PLACES)


def _write_chart_aids(pen: Pen, rows: int, names: Sequence[str], points: Sequence[Point], split: Split) -> None:
    """Write what the chart is drawn from: a point of the wrong quadrant has no size and is not drawn.

    Calc takes a text that an add-in returned for another one than the same text typed; with &"" they are equal.
    Rows below the last customer lie on the dividing lines without a size: a 0 could not stand on a logarithmic axis.
    """
    muted = pen.looks.make(font_size=8, font_color=COLOURS["muted"], align="center")
    pen.sheet.write_string(TABLE_ROW - 1, AID, "図のための列(変更しないでください)  For the chart", pen.looks.note)
    for at, title in enumerate(("横", "縦", *names, LOSS, "名前", "線 横", "線 縦", "線 大きさ"), start=AID):
        pen.sheet.write_string(TABLE_ROW, at, title, muted)
    x_line, y_line = (_write_absolute_cell(LINES_ROW + 1 + at, LEFT + 2) for at in range(2))
    for down in range(rows):
        row = TABLE_ROW + 1 + down
        x, y, size, quadrant = (f"${letter}{row + 1}" for letter in "CDEF")
        known = f"N({x})>0,ISNUMBER({y})"
        point = points[down] if down < len(points) else None
        drawn = _list_drawn_values(point, names, split, label=down < LABELLED)
        texts = [
            f"=IF(AND({known}),{x},MAX(1,N({x_line})))",
            f"=IF(AND({known}),{y},N({y_line}))",
            *(f'=IF(AND({known},{quadrant}&""={xl_rowcol_to_cell(TABLE_ROW, AID + 2 + at, row_abs=True)},N({size})>0),{size},0)'
              for at in range(len(names))),
            f"=IF(AND({known},N({size})<0),-{size},0)",
            f"=IF(AND({known}),ABS(N({size})),0)" if down < LABELLED else "=0",
        ]  # fmt: skip
        for at, (told, value) in enumerate(zip(texts, drawn, strict=True), start=AID):
            _write_aid_cell(pen, row, at, told, value)
    _write_dividing_dots(pen, rows, points, split)


def _write_aid_cell(pen: Pen, row: int, column: int, told: str, value: float) -> None:
    kind: Kind = "rate" if column in (AID + 1, AID + 9) else "number"
    pen.one(row, column, Formula(told, [[value]]), kind, grid=False, font_size=8, font_color=COLOURS["muted"])


def _list_drawn_values(point: Point | None, names: Sequence[str], split: Split, *, label: bool) -> list[float]:
    """Return what the columns of one row show: x, y, a size per quadrant, the size of a loss, of a labelled bubble."""
    x, y, size = ((each if isinstance(each, (int, float)) else None) for each in (point[1:4] if point else (None,) * 3))
    if point is None or x is None or x <= 0 or y is None:
        return [max(1.0, _read_number_or_zero(split[0])), _read_number_or_zero(split[1]), *[0.0] * (len(names) + 2)]
    known = 0.0 if size is None else float(size)
    return [x, y, *(known if point[4] == name and known > 0 else 0.0 for name in names), max(-known, 0.0),
            abs(known) if label else 0.0]  # fmt: skip


def _read_number_or_zero(cell: object) -> float:
    return float(cell) if isinstance(cell, (int, float)) else 0.0


def _write_dividing_dots(pen: Pen, rows: int, points: Sequence[Point], split: Split) -> None:
    """Write the dividing lines as rows of dots: no spreadsheet draws a line across a bubble chart."""
    first, last = TABLE_ROW + 1, TABLE_ROW + rows
    xs, ys, sizes = (xl_range_abs(first, at, last, at) for at in (AID, AID + 1, LEFT + 3))
    x_line, y_line = (_write_absolute_cell(LINES_ROW + 1 + at, LEFT + 2) for at in range(2))
    area = _find_map_extent(points)
    for step in range(2 * (STEPS + 1)):
        up, part = step > STEPS, (step % (STEPS + 1)) / STEPS
        across = area[0] * (area[1] / area[0]) ** part
        value = (
            (_read_number_or_zero(split[0]), area[2] + (area[3] - area[2]) * part)
            if up
            else (across, _read_number_or_zero(split[1]))
        )
        told = (
            f"=MAX(1,N({x_line}))" if up else f"=MIN({xs})*(MAX({xs})/MIN({xs}))^{part:g}",
            f"=MIN({ys})+(MAX({ys})-MIN({ys}))*{part:g}" if up else f"=N({y_line})",
            f"=MAX(0,MAX({sizes}))/{DOT}",
        )
        largest = max((_read_number_or_zero(point[3]) for point in points), default=0.0)
        for at, (each, shown) in enumerate(zip(told, (*value, max(largest, 0.0) / DOT), strict=True), start=AID + 8):
            _write_aid_cell(pen, first + step, at, each, shown)


def _write_absolute_cell(row: int, column: int) -> str:
    return str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))


def _find_map_extent(points: Sequence[Point]) -> tuple[float, float, float, float]:
    """Return least and largest x and y of the points that are drawn."""
    known = [
        (_read_number_or_zero(point[1]), _read_number_or_zero(point[2]))
        for point in points
        if _read_number_or_zero(point[1]) > 0
    ]
    xs, ys = [x for x, _ in known] or [1.0], [y for _, y in known] or [0.0]
    return min(xs), max(xs), min(ys), max(ys)


def _draw_map_bubbles(stage: Stage, pen: Pen, rows: int, names: Sequence[str], points: Sequence[Point]) -> None:
    chart, first, last = bubbles(stage), TABLE_ROW + 1, TABLE_ROW + rows
    title = f"='{NAME}'!"
    for at in range(len(names) + 1):
        head = title + _write_absolute_cell(TABLE_ROW, AID + 2 + at)
        tone = QUADRANT_TONES[at]
        look = {"fill": {"color": tone, "transparency": 35}, "border": {"color": "#FFFFFF", "width": 0.5}}
        x, y, size = (title + xl_range_abs(first, column, last, column) for column in (AID, AID + 1, AID + 2 + at))
        chart.add_bubbles({"name": head, "categories": x, "values": y, **look}, size)
    x, y, size = (title + xl_range_abs(first, at, first + 2 * STEPS + 1, at) for at in range(AID + 8, AID + 11))
    dots = {"fill": {"color": COLOURS["muted"]}, "border": {"none": True}}
    chart.add_bubbles({"name": "区切り", "categories": x, "values": y, **dots}, size)
    for at in range(LABELLED):  # a series each: the name of a series is a label that every spreadsheet can show
        row = first + at
        x, y, size = (title + xl_range_abs(row, column, row, column) for column in (AID, AID + 1, AID + 7))
        label = {"value": False, "series_name": True, "position": "above", "font": {**FONT, "size": 8}}
        look = {"fill": {"none": True}, "border": {"none": True}, "data_labels": label}
        chart.add_bubbles({"name": title + _write_absolute_cell(row, LEFT), "categories": x, "values": y, **look}, size)
    low, high, bottom, top = _find_map_extent(points)
    limits = None
    if points:
        limits = (10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high)),
                  math.floor(bottom * 20 - 1) / 20, math.ceil(top * 20 + 1) / 20)  # fmt: skip
    insert_map(
        chart,
        pen.sheet,
        (CHART_ROW, LEFT),
        ("売上(円、直近12か月、対数目盛)", "粗利率(%)"),
        limits,
        range(len(names) + 2, len(names) + 2 + LABELLED),
    )
