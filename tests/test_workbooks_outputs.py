"""The output sheets as files: charts over the right cells, named areas, pages of their own, and a template that waits."""

from __future__ import annotations

import re
import warnings
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import openpyxl
import pytest

from engine.lists.summary import summarise
from engine.measures.profit.map import profit_map
from engine.runs import runs
from workbooks.build import build_sample, build_template
from workbooks.sheets.map import LABELLED, STEPS, TABLE_ROW
from workbooks.sheets.outputs import OUTPUTS
from workbooks.sheets.records import AUDIT_HEADER

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook

    from engine.scoring.portfolio import Portfolio

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sample(tmp_path_factory.mktemp("outputs") / "sample.xlsx")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_template(tmp_path_factory.mktemp("outputs") / "template.xlsx")


@pytest.fixture(scope="module")
def values(sample: Path) -> Workbook:
    return load(sample, data_only=True)


@pytest.fixture(scope="module")
def scored(values: Workbook) -> Portfolio:
    return runs.recall(str(values["設定"]["C4"].value))


def load(path: Path, *, data_only: bool = False) -> Workbook:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* extension is not supported")
        return openpyxl.load_workbook(path, data_only=data_only)


def charts(path: Path, kind: str) -> list[ElementTree.Element]:
    """Return the charts of a workbook that have a part of this kind (bubbleChart, barChart)."""
    with zipfile.ZipFile(path) as parts:
        names = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
        found = [ElementTree.fromstring(parts.read(name)) for name in sorted(names)]  # noqa: S314 - our own file
    return [each for each in found if each.find(f".//{C}{kind}") is not None]


def series(chart: ElementTree.Element) -> list[dict[str, str]]:
    """Return of each series the ranges that it is drawn from, by their role."""
    found = []
    for ser in chart.iter(f"{C}ser"):
        roles = {role: ser.find(f"{C}{role}//{C}f") for role in ("tx", "cat", "val", "xVal", "yVal", "bubbleSize")}
        found.append({role: each.text or "" for role, each in roles.items() if each is not None})
    return found


def cells(book: Workbook, reference: str) -> list[object]:
    """Return the values of a range such as `'マップ'!$B$2:$B$9`, row by row."""
    sheet, _, area = reference.rpartition("!")
    rows = book[sheet.strip("'")][area.replace("$", "")]
    return [rows.value] if not isinstance(rows, tuple) else [cell.value for row in rows for cell in row]


# ---- charts ----------------------------------------------------------------------------------------------------------


def test_the_map_draws_every_customer_once_in_the_colour_of_its_quadrant(
    sample: Path, values: Workbook, scored: Portfolio
) -> None:
    (chart,) = charts(sample, "bubbleChart")
    drawn = series(chart)
    wanted = profit_map(scored)
    names = scored.customers["name"].tolist()
    sizes: dict[str, dict[tuple[object, object], float]] = {}
    for each in drawn[:5]:
        (group,) = cells(values, each["tx"])
        points = zip(*(cells(values, each[role]) for role in ("xVal", "yVal", "bubbleSize")), strict=True)
        sizes[str(group)] = {(x, y): size for x, y, size in points if size}
    assert [*sizes] == ["主力", "育成", "採算改善", "見直し", "赤字"]
    assert sum(map(len, sizes.values())) == len(wanted.points)
    for customer, x_, y_, size_, quadrant in wanted.points.to_numpy(dtype=object).tolist():
        group = "赤字" if size_ < 0 else wanted.names[quadrant].ja
        near = [size for (x, y), size in sizes[group].items() if x == x_ and y == pytest.approx(y_)]
        assert near == [pytest.approx(abs(size_))], names[customer]


def test_the_map_names_the_largest_and_shows_where_it_is_divided(
    sample: Path, values: Workbook, scored: Portfolio
) -> None:
    (chart,) = charts(sample, "bubbleChart")
    dots, *named = series(chart)[5:]
    wanted = profit_map(scored)
    assert len(cells(values, dots["xVal"])) == 2 * (STEPS + 1)
    assert {*cells(values, dots["xVal"])[STEPS + 1 :]} == {wanted.x.at}
    assert cells(values, dots["yVal"])[: STEPS + 1] == pytest.approx([wanted.y.at] * (STEPS + 1))
    largest = scored.customers.sort_values("sales_12m", ascending=False)["name"].tolist()[:LABELLED]
    assert [cells(values, each["tx"])[0] for each in named] == largest
    labels = [ser.find(f".//{C}showSerName") for ser in list(chart.iter(f"{C}ser"))[6:]]
    assert [label is not None and label.get("val") for label in labels] == ["1"] * LABELLED
    titles = [
        "".join(run.text or "" for run in title.iter() if run.tag.endswith("}t")) for title in chart.iter(f"{C}title")
    ]
    assert titles == ["収益性マップ(円の大きさは純利益)", "売上(円、直近12か月、対数目盛)", "粗利率(%)"]


def test_the_parts_of_a_bubble_series_stand_in_the_order_of_the_schema(sample: Path) -> None:
    (chart,) = charts(sample, "bubbleChart")
    order = ["idx", "order", "tx", "spPr", "invertIfNegative", "dLbls", "xVal", "yVal", "bubbleSize", "bubble3D"]
    for ser in chart.iter(f"{C}ser"):
        tags = [child.tag.removeprefix(C) for child in ser]
        assert tags == [tag for tag in order if tag in tags]
        assert {"xVal", "yVal", "bubbleSize"} <= {*tags}
    (plot,) = chart.iter(f"{C}bubbleChart")
    assert [child.tag.removeprefix(C) for child in plot if not child.tag.endswith("ser")] == [
        "varyColors", "bubbleScale", "showNegBubbles", "sizeRepresents", "axId", "axId",
    ]  # fmt: skip


def test_the_chart_of_concentration_shows_the_largest_groups_and_the_limits_of_the_settings(
    sample: Path, values: Workbook, scored: Portfolio
) -> None:
    (chart,) = charts(sample, "barChart")
    share, total, *limits = series(chart)
    largest = summarise(scored, "customer", ["sales", "share"]).head(10)
    assert cells(values, share["cat"]) == largest["label_ja"].tolist()
    assert cells(values, share["val"]) == pytest.approx(largest["share"].tolist())
    assert cells(values, total["val"]) == pytest.approx(largest["share"].cumsum().tolist())
    assert [{*cells(values, each["val"])} for each in limits] == [{0.1}, {0.2}, {0.3}]
    formulas = load(sample)
    first = limits[0]["val"].rpartition("!")[2].replace("$", "").partition(":")[0]
    assert formulas["集中リスク"][first].value == '=INDEX(設定表[値],MATCH("alerts.dependence.caution",設定表[キー],0))'


def test_the_largest_group_is_the_one_that_the_test_of_dependence_names(scored: Portfolio) -> None:
    top = summarise(scored, "customer", ["customers", "share"]).iloc[0]
    alert = next(alert for alert in scored.alerts if alert.code == "dependence")
    assert str(top["label_ja"]) in alert.cause.ja
    assert f"{top['share']:.1%}" in alert.cause.ja
    assert top["customers"] == 3  # with its subsidiaries


# ---- what the sheets say ---------------------------------------------------------------------------------------------


def test_every_output_sheet_says_its_run_on_every_page(values: Workbook, scored: Portfolio) -> None:
    for name in OUTPUTS:
        sheet = values[name]
        assert sheet["B3"].value == f"基準日 2026/09/30  実行ID {scored.handle}", name
        assert re.match(r"\$1:\$[345]$", sheet.print_title_rows), name
        assert sheet.freeze_panes is not None, name


def test_areas_that_stand_side_by_side_are_printed_one_after_the_other(values: Workbook) -> None:
    for name, count in (("試算", 3), ("異動", 2), ("機会", 2), ("集中リスク", 2), ("価値と維持", 2)):
        assert len(values[name].print_area.split(",")) == count, name


def test_the_run_before_is_a_quarter_back_and_by_the_same_rules(values: Workbook, scored: Portfolio) -> None:
    before = runs.recall(str(values["異動"]["C5"].value))
    assert f"{before.as_of:%Y-%m-%d}" == "2026-06-30"
    now, then = ({row.key: row.value for row in run.definition.rows()} for run in (scored, before))
    assert {key for key in now if now[key] != then[key]} == {"general.as_of"}


def test_named_areas_are_where_the_buttons_write(sample: Path, values: Workbook, scored: Portfolio) -> None:
    names = {name: each.attr_text for name, each in load(sample).defined_names.items()}
    assert names["PF_UNIT"] == "ポートフォリオ表!$I$3"
    assert names["PF_PREVIOUS"] == "異動!$C$5"
    assert cells(values, names["PF_AUDIT"]) == [*AUDIT_HEADER]
    quality = cells(values, names["PF_QUALITY"])
    assert quality[0] == "データ品質"
    assert scored.handle in quality
    assert {*cells(values, names["PF_TRIAL"])} == {None}


def test_money_follows_the_chosen_unit_by_format_alone(sample: Path) -> None:
    sheet = load(sample)["ポートフォリオ表"]
    rules = [rule for area in sheet.conditional_formatting for rule in area.rules if "PF_UNIT" in str(rule.formula)]
    assert {re.search(r'PF_UNIT="(.+?)"', rule.formula[0])[1] for rule in rules} == {"千円", "百万円"}  # type: ignore[index]


# ---- the template ----------------------------------------------------------------------------------------------------


def test_a_template_has_the_same_output_sheets_and_charts_without_an_answer(template: Path) -> None:
    book = load(template)
    assert {*OUTPUTS} <= {*book.sheetnames}
    assert len(charts(template, "bubbleChart")) == len(charts(template, "barChart")) == 1
    answers = load(template, data_only=True)
    assert answers["異動"]["C4"].value is None
    for name in OUTPUTS:
        shown = [cell for row in answers[name].iter_rows(values_only=True) for cell in row if isinstance(cell, str)]
        assert not [cell for cell in shown if cell.startswith(("#", "Err:"))], name


def test_every_formula_of_a_template_waits_for_a_run(template: Path) -> None:
    book = load(template)
    for name in OUTPUTS:
        for row in book[name].iter_rows():
            for cell in row:
                text = str(getattr(cell.value, "text", cell.value))
                if "PORTFOLIO_" in text and cell.data_type == "f":
                    assert 'LEFT(PF_RUN,3)="PF-"' in text, (name, cell.coordinate, text)


def test_two_templates_are_the_same_to_the_byte(template: Path, tmp_path: Path) -> None:
    assert build_template(tmp_path / "again.xlsx").read_bytes() == template.read_bytes()


def test_the_table_of_the_map_begins_below_its_chart(values: Workbook) -> None:
    assert values["マップ"].cell(TABLE_ROW + 1, 2).value == "顧客"


def test_groups_of_one_name_stay_apart(scored: Portfolio) -> None:
    """Customers are told apart by ID: two companies of one name are two lines."""
    frame = summarise(scored, "customer", ["customers", "sales"])
    assert frame["group"].is_unique
    assert frame["customers"].sum() == len(scored.frame)
    assert frame["sales"].sum() == scored.frame["sales_12m"].sum()
