"""PORTFOLIO_BACKTEST: verdict and table as the engine gives them, in both languages, and refusals that say how to mend."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from helpers import synthetic
from helpers.portfolios import THREE

from addin.functions import cells
from engine.measures.backtest import backtest, verdict_text
from engine.measures.backtest.answers import COLUMNS, rows_of
from engine.runs import runs
from engine.scoring.portfolio import Portfolio
from engine.scoring.scoring import score


@cache
def portfolio() -> Portfolio:
    made = synthetic.company("regular", 80, seed=12)
    return score(made.whole, as_of=made.until)


def answer(*arguments: Any, lang: Any = "ja") -> Any:
    handle = runs.remember(portfolio())
    return cells.answer("PORTFOLIO_BACKTEST", [*arguments, handle], handle, lang)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    ("word", "axis"), [(None, "risk"), ("リスク", "risk"), ("Growth", "growth"), ("価値", "value")]
)
def test_the_spill_is_verdict_header_and_table_of_the_engine(lang: Any, word: str | None, axis: str) -> None:
    found = backtest(portfolio(), axis)
    rows = answer(word, None, lang=lang)
    assert rows[0][0] == verdict_text(found).to(lang)
    assert rows[1] == [text.to(lang) for text in COLUMNS]
    assert rows == rows_of(found, portfolio(), lang)
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert answer([[word or "リスク", "値のみ"]], None, lang=lang) == rows[2:]


def test_another_horizon_is_another_backtest() -> None:
    assert "180日以内に離れた" in answer("リスク", 180.0)[0][0]
    assert "1年以内に離れた" in answer("リスク", 365.0)[0][0]


def test_levels_tenths_rankings_and_origins_follow_each_other() -> None:
    rows = answer(None, None)
    sections = list(dict.fromkeys(row[0] for row in rows[2:]))
    assert sections == ["水準", "順位", "全体", "並べ方", "判定日", "注"]
    rankers = [row[1] for row in rows if row[0] == "並べ方"]
    assert rankers[:3] == ["本ツールの判定", "最終取引日", "直近12か月の売上"]
    levels = [row for row in rows if row[0] == "水準"]
    (whole,) = (row for row in rows if row[0] == "全体")
    assert sum(row[2] for row in levels) == whole[2]
    assert sum(row[3] for row in levels) == whole[3]
    assert sum(row[13] for row in levels) == pytest.approx(whole[13])


@pytest.mark.parametrize(
    ("axis", "horizon", "told"),
    [
        ("総合", None, "「総合」は検証できません"),
        ("リスク", 0.0, "1〜3660の整数"),
        ("リスク", 3000.0, "過去が短いため検証できません"),
        ("risc", None, "#PF 引数"),
    ],
)
def test_what_cannot_be_answered_says_why_and_how_to_mend_it(axis: str, horizon: float | None, told: str) -> None:
    assert told in answer(axis, horizon)


def test_without_orders_the_cell_asks_for_them() -> None:
    handle = cells.answer("PORTFOLIO_RUN", [THREE])
    told = cells.answer("PORTFOLIO_BACKTEST", [None, None, handle])
    assert isinstance(told, str)
    assert told.startswith("#PF データ不足")
    assert "取引表" in told


def test_a_sheet_full_of_cells_judges_the_past_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = answer("継続性", None)
    monkeypatch.setattr("engine.measures.backtest.trials.score", None)
    assert answer("継続性", None) == first
