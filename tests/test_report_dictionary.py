"""R11 the metric dictionary: every row against the engine's own texts and entries, and what a small table lacks."""

from __future__ import annotations

from datetime import date

from helpers.builders import GOLDEN, portfolio_of
from helpers.reports import golden, report_of, sample, section

from engine.definition.metrics import find_metric
from engine.explanation.dictionary import entries, fed, read_from
from engine.language.glossary import find_term
from report_templates.sections.record.dictionary import PRINTED, Dictionary
from report_templates.view import view


def page() -> Dictionary:
    found: Dictionary = section(report_of(sample()), "dictionary")
    return found


def test_every_metric_of_the_list_is_in_the_dictionary_and_on_the_page_once() -> None:
    known = {each.key for each in entries(sample().definition)}
    assert set(PRINTED) <= known
    assert [row[0].value for row in page().metrics.rows] == list(PRINTED)
    assert page().message.ja.startswith(f"この報告の主な指標{len(PRINTED)}個")


def test_definitions_are_those_of_the_engine() -> None:
    rows = {row[0].text.ja: row for row in page().metrics.rows}
    assert rows["前年比"][2].text.ja == find_metric("前年比").definition.ja.partition("。")[0]
    hhi = find_term("HHI")
    assert hhi is not None
    assert hhi.meaning.ja.startswith(rows["HHI"][2].text.ja)
    assert rows["NPS"][2].text.en.endswith("(−100 to +100)")
    assert [cell.text.ja for cell in rows["LTV"][3:]] == ["取引›金額", "簡易LTVに必要な購入回数 3回"]
    assert rows["売上"][4].text.ja == "1件から"
    assert all(row[2].text.ja and row[2].text.en for row in page().metrics.rows)


def test_the_least_data_follow_the_definition() -> None:
    changed = sample().definition.from_rows([("rhythm.min_purchases", 4)])
    (row,) = (each for each in entries(changed) if each.key == "metrics.interval")
    assert row.least.ja == "購入間隔に必要な購入回数 4回"


def test_a_small_table_says_which_inputs_are_missing() -> None:
    found = section(report_of(golden()), "dictionary")
    lacking = [row for row in found.metrics.rows if row[4].tone == "missing"]
    known = {each.key: each for each in entries(golden().definition)}
    assert [row[0].value for row in lacking] == [key for key in PRINTED if not fed(known[key], golden())]
    assert found.message.ja.startswith(f"主な指標{len(PRINTED)}個のうち{len(PRINTED) - len(lacking)}個に入力がある")
    sales = next(row for row in found.metrics.rows if row[0].value == "metrics.sales")
    assert (sales[3].text.ja, sales[4].tone) == ("顧客›年間売上", "")
    assert next(row for row in lacking if row[0].value == "voice.nps")[3].text.ja == "アンケート›点数"


def test_a_column_that_nobody_filled_in_feeds_nothing() -> None:
    known = {each.key: each for each in entries(golden().definition)}
    orders = {"顧客名": ["株式会社A"], "取引日": [date(2026, 10, 1)], "金額": [1000]}
    portfolio = portfolio_of(GOLDEN, as_of=date(2026, 11, 22), orders=orders)
    assert not fed(known["metrics.margin_rate"], portfolio)
    assert fed(known["metrics.growth_rate"], portfolio)
    assert read_from(known["metrics.sales"], portfolio).ja == "取引›金額"
    assert section(view.build(portfolio), "dictionary").metrics.rows[0][3].text.ja == "取引›金額"


def test_amounts_are_in_the_currency_of_the_run() -> None:
    table = {"name": ["A", "B"], "annual sales": ["$1,200.50", "$300"]}
    found = section(view.build(portfolio_of(table, as_of=date(2026, 11, 22), currency="USD")), "dictionary")
    assert [row[1].text.ja for row in found.metrics.rows if row[0].value in ("metrics.sales", "worth.ltv")] == [
        "ドル"
    ] * 2
    assert found.metrics.rows[1][1].text.ja == "割合(%)"
