"""A native bubble chart of Excel: XlsxWriter draws scatter charts, and a bubble chart is one with sizes (DrawingML, c:bubbleChart).

Decision 0191: why the bubble chart is derived here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlsxwriter.chart_scatter import ChartScatter  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from workbooks.style.look import Workbook


def add_bubble_chart(workbook: Workbook, scale: int) -> BubbleChart:
    """Add a bubble chart to the workbook, as `Workbook.add_chart` does with the kinds that it knows.

    Parameters
    ----------
    workbook
        Where the chart will be inserted.
    scale
        Size of the bubbles in % of Excel's usual one.
    """
    chart = BubbleChart(scale)
    chart.embedded = True
    chart.date_1904 = workbook.date_1904
    chart.remove_timezone = workbook.remove_timezone
    workbook.charts.append(chart)
    return chart


class BubbleChart(ChartScatter):  # type: ignore[misc]
    """A scatter chart whose points have sizes; a point of size 0 is not drawn.

    Parameters
    ----------
    scale
        Size of the bubbles in % of Excel's usual one.
    """

    def __init__(self, scale: int) -> None:
        super().__init__({})
        self._scale = scale

    def add_bubbles(self, options: dict[str, Any], sizes: str) -> None:
        """Add a series.

        Parameters
        ----------
        options
            As `add_series` takes them; `categories` are the x values.
        sizes
            The range of the sizes, such as `=マップ!$H$8:$H$112`.
        """
        self.add_series(options)
        formula = sizes.removeprefix("=")
        # Registered like the x and y values, so that the workbook fills in what the cells hold.
        self.series[-1]["sizes"] = (formula, self._get_data_id(formula, None))

    def _write_scatter_chart(self, args: dict[str, Any]) -> None:
        """Write c:bubbleChart in the place of c:scatterChart."""
        series = self._get_primary_axes_series() if args["primary_axes"] else self._get_secondary_axes_series()
        if not series:
            return
        self._xml_start_tag("c:bubbleChart")
        self._xml_empty_tag("c:varyColors", [("val", 0)])
        for data in series:
            self._write_ser(data)
        self._xml_empty_tag("c:bubbleScale", [("val", self._scale)])
        self._xml_empty_tag("c:showNegBubbles", [("val", 0)])
        self._xml_empty_tag("c:sizeRepresents", [("val", "area")])
        self._write_axis_ids(args)
        self._xml_end_tag("c:bubbleChart")

    def _write_ser(self, series: dict[str, Any]) -> None:
        """Write one series in the order that the schema's CT_BubbleSer demands."""
        self._xml_start_tag("c:ser")
        self._write_idx(self.series_index)
        self._write_order(self.series_index)
        self.series_index += 1
        self._write_series_name(series)
        self._write_sp_pr(series)
        self._xml_empty_tag("c:invertIfNegative", [("val", 0)])
        self._write_d_lbls(series.get("labels"))
        self._write_x_val(series)
        self._write_y_val(series)
        self._xml_start_tag("c:bubbleSize")
        formula, data = series["sizes"]
        self._write_num_ref(formula, self.formula_data[data], "num")
        self._xml_end_tag("c:bubbleSize")
        self._xml_empty_tag("c:bubble3D", [("val", 0)])
        self._xml_end_tag("c:ser")
