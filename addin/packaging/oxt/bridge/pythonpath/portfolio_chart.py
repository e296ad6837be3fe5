"""Native Calc charts beside a block of ours. Standard library and UNO."""

# mypy: ignore-errors
# (LibreOffice brings the objects of a chart; no type checker outside of it can see them.)

import uno
from com.sun.star.awt import Rectangle
from com.sun.star.drawing.FillStyle import NONE as NO_FILL

TYPES = {
    "bubble": "com.sun.star.chart2.BubbleChartType",
    "bar": "com.sun.star.chart2.ColumnChartType",  # columns, with the axes exchanged
    "column": "com.sun.star.chart2.ColumnChartType",
    "line": "com.sun.star.chart2.LineChartType",
}
REAL_NUMBER = 0  # com.sun.star.chart2.AxisType
COLOURS = (0x0072B2, 0xE69F00, 0x009E73, 0xCC79A7, 0x56B4E9, 0xD55E00)  # Okabe and Ito's, told apart by everybody
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
    context = uno.getComponentContext()

    def make(name):
        return context.ServiceManager.createInstanceWithContext(name, context)

    system = diagram.getCoordinateSystems()[0]
    for old in system.getChartTypes():
        system.removeChartType(old)
    plot = make(TYPES[kind])
    drawn = []
    for name, labels, values, sizes in series:
        made = make("com.sun.star.chart2.DataSeries")
        roles = [("values-y", values)]
        if kind == "bubble":
            roles = [("values-x", labels), ("values-y", values), ("values-size", sizes)]
        made.setData(tuple(_sequence(make, provider, area, role, column, name) for role, column in roles))
        made.Color = COLOURS[len(drawn) % len(COLOURS)]
        drawn.append(made)
    plot.setDataSeries(tuple(drawn))
    system.addChartType(plot)
    axis = system.getAxisByDimension(0, 0)
    scale = axis.getScaleData()
    if kind == "bubble":
        scale.AxisType, scale.Categories = REAL_NUMBER, None
    else:
        scale.Categories = _sequence(make, provider, area, "categories", series[0][1], "")
    axis.setScaleData(scale)
    chart.Diagram.Vertical = kind == "bar"
    chart.Diagram.XAxis.ReverseDirection = kind == "bar"  # the first row on top, as in the block
    chart.Diagram.Wall.FillStyle = NO_FILL


def _sequence(make, provider, area, role, column, name):
    """Return a column of the block below its header as data of that role, and what it is called."""
    last = area.Rows.Count - 1
    made = make("com.sun.star.chart2.data.LabeledDataSequence")
    values = provider.createDataSequenceByRangeRepresentation(
        area.getCellRangeByPosition(column, 1, column, last).AbsoluteName
    )
    values.Role = role
    made.setValues(values)
    header = area.getCellByPosition(column, 0)
    literal = '"{}"'.format(name.replace('"', '""'))
    label = provider.createDataSequenceByRangeRepresentation(
        header.AbsoluteName if name in ("", header.String) else literal
    )
    label.Role = "label"
    made.setLabel(label)
    return made
