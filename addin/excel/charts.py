"""Native Excel charts over a block of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import xlwings as xw

    from addin.shared.book import Chart

_KINDS: Final = {"bubble": "bubble", "bar": "bar_clustered", "column": "column_clustered", "line": "line"}
_CATEGORIES, _VALUES = 1, 2  # xlCategory, xlValue: for bubbles the axes of x and y
_WIDTH, _HEIGHT = 540.0, 330.0  # points


def draw(area: xw.Range, name: str, chart: Chart) -> None:
    """Draw `chart` over `area` (its first row holds the names), two columns to the right of it.

    The chart called `name` that we drew before is replaced where the user has put it, in the size that they gave it.
    A block without rows gets none.
    """
    page = area.sheet
    corner = area[0, -1].offset(0, 2)
    left, top, width, height = corner.left, corner.top, _WIDTH, _HEIGHT
    for previous in [each for each in page.charts if each.name == name]:
        left, top, width, height = previous.left, previous.top, previous.width, previous.height
        previous.delete()
    if area.shape[0] < 2:
        return
    made = page.charts.add(left, top, width, height)
    made.name = name
    _, native = made.api
    held = native.SeriesCollection()
    while held.Count:  # Excel guesses series from whatever is selected
        held.Item(1).Delete()
    made.chart_type = _KINDS[chart.kind]
    for words, *columns in chart.series:
        _add_chart_series(native, area, chart.kind, words, columns)
    _write_chart_titles(native, chart)


def _add_chart_series(native: Any, area: xw.Range, kind: str, words: str, columns: list[Any]) -> None:
    x, y, size = columns
    series = native.SeriesCollection().NewSeries()
    series.Name = _guard_chart_words(words)
    series.XValues = area[1:, x].api
    series.Values = area[1:, y].api
    if kind == "bubble" and size is not None:
        series.BubbleSizes = _write_r1c1_address(area[1:, size])


def _write_r1c1_address(column: xw.Range) -> str:
    """Return a column's address in the one form that `BubbleSizes` takes."""
    sheet = column.sheet.name.replace("'", "''")
    last = column.row + column.shape[0] - 1
    return f"='{sheet}'!R{column.row}C{column.column}:R{last}C{column.column}"


def _write_chart_titles(native: Any, chart: Chart) -> None:
    native.HasTitle = bool(chart.title)
    if chart.title:
        native.ChartTitle.Text = _guard_chart_words(chart.title)
    native.HasLegend = len(chart.series) > 1
    for number, words in ((_CATEGORIES, chart.x_title), (_VALUES, chart.y_title)):
        axis = native.Axes(number)
        axis.HasTitle = bool(words)
        if words:
            axis.AxisTitle.Text = _guard_chart_words(words)
    if chart.kind == "bar":
        native.Axes(_CATEGORIES).ReversePlotOrder = True  # else the first row of the block would be the lowest bar


def _guard_chart_words(words: str) -> str:
    """Return words that Excel does not take for a formula."""
    return f" {words}" if words.startswith("=") else words
