"""Drawings: names that never collide, thresholds that are drawn, insights in the alternative text, hostile words."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import altair
import jsonschema
import pytest
import vl_convert
from helpers.reports import figures_in, golden, hostile, report_of, sample, section
from hypothesis import given
from hypothesis import strategies as st

from engine.language.errors import Text
from report_templates.charts import specification, svg
from report_templates.charts.vega import VERSION
from report_templates.document.labels import HEIGHT, Circle, boxes_of, place
from report_templates.texts.settings import limit
from report_templates.texts.texts import plain

SIZE = (600, 385)
circle = st.builds(
    Circle,
    st.floats(0, SIZE[0], allow_nan=False),
    st.floats(0, SIZE[1], allow_nan=False),
    st.floats(3, 30, allow_nan=False),
)


@given(st.lists(circle, min_size=1, max_size=40), st.lists(st.floats(10, 170), min_size=8, max_size=8))
def test_no_name_lies_on_another_or_outside(circles: list[Circle], widths: list[float]) -> None:
    named = range(min(8, len(circles)))
    widths = widths[: len(named)]
    labels = place(circles, named, widths, SIZE)
    boxes = boxes_of(labels, widths)
    assert len(labels) == len(named)
    for number, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert right <= SIZE[0]
        assert bottom <= SIZE[1]
        for other in boxes[number + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_a_lone_bubble_is_named_right_beside_itself() -> None:
    (label,) = place([Circle(300, 200, 20)], [0], [80], SIZE)
    assert label is not None
    assert label.align == "left"
    assert 320 < label.x < 330
    assert label.y == 200
    assert HEIGHT > 0


def test_the_value_map_names_the_largest_and_no_more_than_eight() -> None:
    figure = section(report_of(sample()), "position").map
    named = [each for each in figure.bubbles if each.label is not None]
    assert 6 <= len(named) <= limit("labels")
    assert max(figure.bubbles, key=lambda each: each.x) in named
    assert (
        min(each.x for each in named) >= sorted((each.x for each in figure.bubbles), reverse=True)[limit("labels") - 1]
    )


def test_a_drawing_carries_its_insight_and_its_own_identifiers() -> None:
    figure = section(report_of(golden()), "concentration").bars
    drawn = svg(figure, "ja", "first")
    tree = ElementTree.fromstring(drawn)  # noqa: S314 - drawn by ourselves just now
    title = next(child for child in tree if child.tag.endswith("title"))
    assert title.text == figure.alt.ja
    assert "51.7%" in str(title.text)
    again = svg(figure, "ja", "second")
    identifiers = re.compile(r'\bid="([^"]+)"')
    assert not set(identifiers.findall(drawn)) & set(identifiers.findall(again))


def test_thresholds_are_drawn_with_verdict_and_value() -> None:
    figure = section(report_of(golden()), "concentration").bars
    assert [each.value for each in figure.limits] == [0.1, 0.2, 0.3]
    drawn = svg(figure, "ja", "a")
    for words in ("注意 10%", "警告 20%", "重大 30%"):
        assert words in drawn


def test_words_of_a_drawing_are_in_the_language_asked_for() -> None:
    figure = section(report_of(golden()), "mix").map
    assert "継続性(点)" in svg(figure, "ja", "a")
    assert "Continuity (points)" in svg(figure, "en", "a")


def test_a_hostile_name_in_a_drawing_stays_text() -> None:
    figure = section(report_of(hostile()), "concentration").bars
    row = replace(figure.rows[0], label=plain("</text><script>x</script>"))
    drawn = svg(replace(figure, rows=(row,), alt=Text("<b>&", "<b>&")), "ja", "a")
    ElementTree.fromstring(drawn)  # noqa: S314 - drawn by ourselves just now
    assert "<script" not in drawn
    assert "&lt;b&gt;&amp;" in drawn


def test_the_specification_holds_every_datum_and_asks_nothing_of_a_network() -> None:
    figure = section(report_of(sample()), "position").map
    found = specification(figure, "en")
    rows = max(found["datasets"].values(), key=len)
    assert len(rows) == len(figure.bubbles)
    assert '"url"' not in str(found).replace("'", '"')


def test_what_the_figures_write_is_vega_lite() -> None:
    # Altair carries the schema of the language; with two figures of a kind the one with more parts is likelier to err.
    kinds = {type(each): each for portfolio in (golden(), sample()) for each in figures_in(report_of(portfolio))}
    assert {each.__name__ for each in kinds} >= {"Bars", "Columns", "Curve", "Bubbles", "Heat", "Spans", "Whale"}
    for figure in kinds.values():
        document = specification(figure, "ja")
        altair.LayerChart.from_dict(document)
        document["layer"][0]["mark"]["siez"] = 1
        with pytest.raises(jsonschema.ValidationError):
            altair.LayerChart.from_dict(document)
    assert VERSION in vl_convert.get_vegalite_versions()
