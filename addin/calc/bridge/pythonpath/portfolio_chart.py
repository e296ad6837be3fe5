"""Native Calc charts beside a block of ours. Standard library and UNO."""

# mypy: ignore-errors
# (LibreOffice brings the objects of a chart; no type checker outside of it can see them.)

from com.sun.star.awt import Rectangle

TYPES = {
    "bubble": "com.sun.star.chart2.BubbleChartType",
    "bar": "com.sun.star.chart2.ColumnChartType",  # columns, with the axes exchanged
    "column": "com.sun.star.chart2.ColumnChartType",
    "line": "com.sun.star.chart2.LineChartType",
}
WIDTH, HEIGHT, GAP = 16000, 10000, 500  # 1/100 mm


def draw(document, area, name, kind, words, series):
    """Draw a chart over the block `area`; one of that name is replaced where it stands.

    Parameters
    ----------
    kind
        `bubble`, `bar`, `column` or `line`.
    words
        Title, title of the x axis, title of the y axis; empty texts are left out.
    series
        Of each its name and the columns of labels (or x), values (or y) and sizes (or None), from 0 in the block.
    """
    charts = area.Spreadsheet.Charts
    place = _place(area, name)
    if charts.hasByName(name):
        charts.removeByName(name)
    charts.addNewByName(name, place, (area.RangeAddress,), True, False)
    chart = charts.getByName(name).EmbeddedObject
    _plot(chart, area, kind, series)
    title, x_title, y_title = words
    for owner, switch, holder, text in (
        (chart, "HasMainTitle", "Title", title),
        (chart.Diagram, "HasXAxisTitle", "XAxisTitle", x_title),
        (chart.Diagram, "HasYAxisTitle", "YAxisTitle", y_title),
    ):
        setattr(owner, switch, bool(text))
        if text:
            getattr(owner, holder).String = text
    chart.HasLegend = len(series) > 1


def _place(area, name):
    """Return where the chart goes: where one of that name stands, else to the right of the block."""
    page = area.Spreadsheet.DrawPage
    for shape in (page.getByIndex(number) for number in range(page.Count)):
        if shape.supportsService("com.sun.star.drawing.OLE2Shape") and shape.PersistName == name:
            return Rectangle(shape.Position.X, shape.Position.Y, shape.Size.Width, shape.Size.Height)
    return Rectangle(area.Position.X + area.Size.Width + GAP, area.Position.Y, WIDTH, HEIGHT)


def _plot(chart, area, kind, series):
    """Replace what Calc guessed by the series that are meant."""
    provider, diagram = chart.getDataProvider(), chart.getFirstDiagram()
    manager = chart.createInstance  # the chart's own factory
    system = diagram.getCoordinateSystems()[0]
    for old in system.getChartTypes():
        system.removeChartType(old)
    plot = manager(TYPES[kind])
    drawn = []
    for name, labels, values, sizes in series:
        made = manager("com.sun.star.chart2.DataSeries")
        roles = [("values-y", values)]
        if kind == "bubble":
            roles = [("values-x", labels), ("values-y", values), ("values-size", sizes)]
        made.setData(tuple(_sequence(manager, provider, area, role, column) for role, column in roles))
        drawn.append(made)
    plot.setDataSeries(tuple(drawn))
    system.addChartType(plot)
    if kind != "bubble":
        axis = system.getAxisByDimension(0, 0)
        scale = axis.getScaleData()
        scale.Categories = _sequence(manager, provider, area, "categories", series[0][1])
        axis.setScaleData(scale)
        chart.Diagram.Vertical = kind == "bar"


def _sequence(manager, provider, area, role, column):
    """Return a column of the block below its header as data of that role, the header as its name."""
    last = area.Rows.Count - 1
    made = manager("com.sun.star.chart2.data.LabeledDataSequence")
    values = provider.createDataSequenceByRangeRepresentation(
        area.getCellRangeByPosition(column, 1, column, last).AbsoluteName
    )
    values.Role = role
    made.setValues(values)
    label = provider.createDataSequenceByRangeRepresentation(area.getCellByPosition(column, 0).AbsoluteName)
    label.Role = "label"
    made.setLabel(label)
    return made
