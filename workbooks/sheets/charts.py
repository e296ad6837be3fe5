"""The native charts of the workbooks: the largest customers with the limits, and the profitability map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xlsxwriter.utility import xl_range_abs  # type: ignore[import-untyped]

from engine.language.words import text
from workbooks.sheets.output_sheet import LEFT
from workbooks.style.bubble import add_bubble_chart
from workbooks.style.look import COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbooks.sheets.output_sheet import Stage
    from workbooks.style.look import Worksheet

SHOWN: Final = 10  # the largest groups in the chart of concentration
CHART_ROWS: Final = 19
FONT: Final = {"name": "Yu Gothic", "size": 9, "color": COLOURS["ink"]}
LIMIT_TONES: Final = {"caution": "#B8860B", "warning": "#C05A00", "severe": "#A61C1C"}
QUADRANT_TONES: Final = ("#12355B", "#7A9CC6", "#B8860B", "#9AA5B1", "#A61C1C")  # the last: where money is lost
LINE_TONE: Final = "#51606F"


def insert_pareto(stage: Stage, sheet: Worksheet, row: int, first: int, named: int, limits: Mapping[str, int]) -> None:
    """Draw shares of the largest groups as columns, their running total as a line, and the limits as dashed lines.

    Parameters
    ----------
    stage, sheet
        The workbook and the sheet.
    row
        Where the chart stands.
    first
        The first row of the table; shares stand in column E, the running total in F.
    named
        The column of the names.
    limits
        The columns of the limits by verdict.
    """
    last = first + SHOWN - 1
    names = _refer_chart_column(sheet, first, named, last)
    bars = stage.workbook.add_chart({"type": "column"})
    bars.add_series(
        {
            "name": "構成比", "categories": names, "values": _refer_chart_column(sheet, first, LEFT + 3, last), "gap": 45,
            "fill": {"color": COLOURS["accent"]}, "border": {"none": True},
            "data_labels": {"value": True, "num_format": "0.0%", "font": FONT},
        }
    )  # fmt: skip
    lines = stage.workbook.add_chart({"type": "line"})
    lines.add_series(
        {
            "name": "累計", "categories": names, "values": _refer_chart_column(sheet, first, LEFT + 4, last),
            "line": {"color": "#7A9CC6", "width": 2.25},
            "marker": {"type": "circle", "size": 5, "fill": {"color": "#7A9CC6"}, "border": {"color": "#7A9CC6"}},
        }
    )  # fmt: skip
    for verdict, at in limits.items():
        lines.add_series(
            {
                "name": f"{text('verdicts', verdict).ja}の基準", "categories": names,
                "values": _refer_chart_column(sheet, first, at, last),
                "line": {"color": LIMIT_TONES[verdict], "width": 1.25, "dash_type": "dash"}, "marker": {"type": "none"},
            }
        )  # fmt: skip
    bars.combine(lines)
    _style_chart(
        bars, f"上位{SHOWN}社の構成比と累計(グループ合算、直近12か月)", "顧客(売上の大きい順)", "売上構成比(%)"
    )
    bars.set_y_axis({**_make_chart_axis("売上構成比(%)"), "num_format": "0%", "min": 0, "max": 1, "major_unit": 0.1})
    bars.set_size({"width": 1180, "height": CHART_ROWS * 25})
    sheet.insert_chart(
        row, LEFT, bars, {"x_offset": 4, "y_offset": 6, "description": "上位顧客の構成比と累計、依存の基準線"}
    )


def bubbles(stage: Stage) -> Any:
    """Return a new bubble chart, to be filled by `insert_map`."""
    return add_bubble_chart(stage.workbook, 60)


def insert_map(
    chart: Any,
    sheet: Worksheet,
    place: tuple[int, int],
    titles: tuple[str, str],
    limits: Sequence[float] | None,
    nameless: Sequence[int],
) -> None:
    """Give the map its axes, and put it on the sheet.

    Parameters
    ----------
    chart
        The bubble chart with its series.
    sheet, place
        Where it stands, as row and column.
    titles
        Titles of the axes, with their units.
    limits
        Least x, largest x, least y and largest y; None leaves them to the spreadsheet.
    nameless
        The series that the legend passes over: they carry nothing but names.
    """
    x: dict[str, Any] = {**_make_chart_axis(titles[0]), "num_format": '[>=1000000]#,##0,,"百万円";[>=1000]#,##0,"千円";#,##0"円"',
                         "log_base": 10, "label_position": "low", "crossing": "min"}  # fmt: skip
    y: dict[str, Any] = {
        **_make_chart_axis(titles[1]),
        "num_format": '0%;"△"0%',
        "label_position": "low",
        "crossing": "min",
    }
    if limits is not None:
        x |= {"min": limits[0], "max": limits[1]}
        y |= {"min": limits[2], "max": limits[3]}
    _style_chart(chart, "収益性マップ(円の大きさは純利益)", *titles)
    chart.set_x_axis(x)
    chart.set_y_axis(y)
    chart.set_legend({"position": "bottom", "font": FONT, "delete_series": list(nameless)})
    chart.set_size({"width": 1130, "height": 600})
    sheet.insert_chart(
        *place, chart, {"x_offset": 4, "y_offset": 6, "description": "収益性マップ: 売上、粗利率、純利益"}
    )


def _style_chart(chart: Any, title: str, x: str, y: str) -> None:
    chart.set_title({"name": title, "name_font": {**FONT, "size": 11, "bold": True}, "overlay": False})
    chart.set_x_axis(_make_chart_axis(x))
    chart.set_y_axis(_make_chart_axis(y))
    chart.set_legend({"position": "bottom", "font": FONT})
    chart.set_chartarea({"border": {"color": COLOURS["rule"]}})


def _make_chart_axis(title: str) -> dict[str, Any]:
    return {"name": title, "name_font": {**FONT, "bold": False}, "num_font": FONT,
            "line": {"color": COLOURS["rule"]}, "major_gridlines": {"visible": True, "line": {"color": "#EDF0F3"}}}  # fmt: skip


def _refer_chart_column(sheet: Worksheet, first: int, column: int, last: int) -> str:
    return f"='{sheet.name}'!{xl_range_abs(first, column, last, column)}"
