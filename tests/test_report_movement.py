"""R8 movement: every number against the engine's own movement, ribbons that fill their nodes, pages without a past."""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from helpers.builders import GOLDEN, portfolio_of, tables_of
from helpers.reports import HOSTILE, earlier, sample, section

from engine.language.errors import Refusal
from engine.runs.movement import movement
from engine.scoring.portfolio import Portfolio
from engine.scoring.scoring import score
from report_templates.charts import svg
from report_templates.print import render
from report_templates.sections.customers.movement import Movement
from report_templates.view import view


@cache
def page() -> Movement:
    found: Movement = section(view.build(sample(), earlier()), "movement")
    return found


def test_without_an_earlier_run_there_is_no_page() -> None:
    assert "movement" not in [each.key for each in view.build(sample()).sections]


def test_the_message_counts_what_the_engine_counts() -> None:
    moves = movement(earlier(), sample())
    at = moves.groups.index("at_risk")
    came = moves.counts[:, at].sum() - moves.counts[at, at]
    left = moves.counts[at].sum() - moves.counts[at, at]
    message = page().message.ja
    assert message.startswith(f"前回(2026/6/30)から{len(moves.movers)}社が異動した。解約リスクへ移ったのは{came}社(")
    assert left == 0
    assert message.endswith("抜けた顧客はない")


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ("高中低", "中高低", "解約リスクへ移ったのは1社(前回売上900万円)、抜けたのは1社"),
        ("高中低", "中中低", "解約リスクへ移った顧客はなく、1社が抜けた"),
        ("中中低", "高中低", "解約リスクへ移ったのは1社(前回売上1,500万円)、抜けた顧客はない"),
        ("高中低", "高中低", "解約リスクの出入りはない"),
    ],
)
def test_nobody_is_counted_as_nobody(then: str, now: str, expected: str) -> None:
    before, after = (
        portfolio_of({**GOLDEN, "リスク": list(risk)}, as_of=date(2026, month, 22))
        for risk, month in ((then, 8), (now, 11))
    )
    message = section(view.build(after, before), "movement").message
    assert expected in message.ja
    assert " 0 " not in message.en


def test_the_matrix_holds_every_customer_once() -> None:
    moves = movement(earlier(), sample())
    shown = [cell for row in page().heat.cells for cell in row if cell is not None]
    assert sum(cell.value for cell in shown) == moves.counts.sum()
    framed = sum(cell.value for cell in shown if cell.framed)
    assert framed == np.trace(moves.counts[:-1, :-1])
    assert max(cell.weight for cell in shown) == 1.0


def test_ribbons_fill_their_nodes_without_overlap_and_carry_all_sales() -> None:
    flows = page().flows
    assert flows is not None
    moves = movement(earlier(), sample())
    total = moves.sales_before[:-1].sum()
    assert sum(ribbon.value for ribbon in flows.ribbons) == total
    for nodes, side in ((flows.left, "left"), (flows.right, "right")):
        assert sum(node.value for node in nodes) == total
        ends = sorted(getattr(ribbon, side) for ribbon in flows.ribbons)
        assert all(later[0] >= earlier_[1] - 1e-9 for earlier_, later in pairwise(ends))
        assert sum(bottom - top for top, bottom in ends) == pytest.approx(sum(n.bottom - n.top for n in nodes))
        assert nodes[0].top == 0.0
        assert nodes[-1].bottom == pytest.approx(1.0)


def test_the_movers_are_the_largest_with_reason_and_cause() -> None:
    table = page().movers
    assert table is not None
    moves = movement(earlier(), sample())
    for row, mover in zip(table.rows, moves.movers, strict=False):
        assert (row[1].value, row[2].value, row[4].value) == (mover.before, mover.after, mover.change)
        assert row[6].value == "data"
    assert len(table.rows) == 8
    note = page().notes[0].ja
    assert f"データ {len(moves.movers)}社" in note
    assert f"ほか{len(moves.movers) - 8}社" in note


def test_nobody_moved() -> None:
    found = section(view.build(portfolio_of(GOLDEN, as_of=date(2026, 11, 22)), _golden(date(2026, 8, 1))), "movement")
    assert found.message.ja == "前回(2026/8/1)から異動した顧客はない。解約リスクの出入りはない"
    assert found.movers is None
    assert "すべてが同じセグメントに残った" in found.heat.alt.ja


def _golden(day: date) -> Portfolio:
    return portfolio_of(GOLDEN, as_of=day)


def test_who_vanished_and_who_appeared_under_hostile_names() -> None:
    old = portfolio_of({"顧客名": list(HOSTILE), "年間売上": [900, 500, 300, 200, 100]}, as_of=date(2026, 8, 1))
    new = portfolio_of({"顧客名": ["新顔"], "年間売上": [10], "リスク": ["高"]}, as_of=date(2026, 11, 22))
    report = view.build(new, old)
    found = section(report, "movement")
    assert [row[2].value for row in found.movers.rows].count("vanished") == len(HOSTILE)
    markup = render.html(report, "ja")
    assert "<script>alert" not in markup
    drawn = svg(found.flows, "en", "flows")
    assert drawn.startswith("<svg")
    assert "<title" in drawn


def test_another_currency_cannot_be_compared() -> None:
    day = date(2026, 8, 1)
    dollars = score(tables_of({"顧客名": ["A"], "年間売上": [5]}, as_of=day, currency="USD"), as_of=day)
    with pytest.raises(Refusal, match="通貨"):
        view.build(_golden(date(2026, 11, 22)), dollars)
