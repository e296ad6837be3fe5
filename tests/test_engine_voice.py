"""What the customers say: published figures, hand-computed cases, and what must hold for any answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.builders import portfolio_of, tables_of
from helpers.reports import sample
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.customers.contact_log import add_months
from engine.definition.definition import Definition, load_definition
from engine.language.errors import Refusal
from engine.measures import voice
from engine.measures.voice.importance import area_of, correlation
from engine.measures.voice.topics import sentiment_of
from engine.scoring.portfolio import Portfolio
from engine.scoring.scoring import score

DAY = date(2026, 9, 30)
Answer = tuple[str, str, str, object]  # customer, day, item, score


def customers(count: int, **further: list[Any]) -> dict[str, list[Any]]:
    return {"顧客ID": [f"C{at}" for at in range(count)], "顧客名": [f"会社{at}" for at in range(count)], **further}


def surveys(answers: list[Answer]) -> dict[str, list[object]]:
    return dict(zip(("顧客ID", "回答日", "項目", "点数"), map(list, zip(*answers, strict=True)), strict=True))


def heard(
    answers: list[Answer], count: int = 12, definition: Definition | None = None, **further: list[Any]
) -> Portfolio:
    return portfolio_of(customers(count, **further), surveys=surveys(answers), as_of=DAY, definition=definition)


def nps_answers(scores: Sequence[object], day: str = "2026/9/1") -> list[Answer]:
    return [(f"C{at}", day, "推奨度", score) for at, score in enumerate(scores)]


def contacts(rows: Sequence[tuple[object, ...]]) -> dict[str, list[object]]:
    headers = ("顧客ID", "日付", "チャネル", "種別", "内容", "未解決")
    return dict(zip(headers, map(list, zip(*rows, strict=True)), strict=True))


def talked(rows: Sequence[tuple[object, ...]], count: int = 4, **further: Any) -> Portfolio:
    return portfolio_of(customers(count), contacts=contacts(rows), as_of=DAY, **further)


# ---- NPS -------------------------------------------------------------------------------------------------------------


def test_nps_by_hand() -> None:
    # five of ten promote, two detract: 50 % − 20 %; variance .5 + .2 − .3² = .61
    (whole,) = voice.nps(heard(nps_answers([10, 9, 9, 10, 9, 8, 7, 8, 6, 0])))
    assert (whole.n, whole.promoters, whole.passives, whole.detractors) == (10, 5, 3, 2)
    assert whole.value == 30.0
    assert (whole.low, whole.high) == pytest.approx((30 - 196 * math.sqrt(0.061), 30 + 196 * math.sqrt(0.061)))


def test_the_interval_has_the_published_variance() -> None:
    # Cross Validated, "How can I calculate margin of error in a NPS result?": promoters 1/2, passives 1/3, detractors 1/6
    # give NPS 1/3 and a variance of 5/9
    low, high = voice.nps_interval(162, 54, 324)
    assert voice.nps_value(162, 54, 324) == pytest.approx(100 / 3)
    assert (high - low) / 2 == pytest.approx(1.96 * 100 * math.sqrt(5 / 9 / 324))


@pytest.mark.parametrize(("hits", "n", "low", "high"), [
    # Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3 (score)
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
])  # fmt: skip
def test_wilsons_interval_as_published(hits: int, n: int, low: float, high: float) -> None:
    assert voice.wilson(hits, n) == pytest.approx((low, high), abs=6e-5)


def test_scores_that_are_no_step_of_the_scale_are_listed_with_their_row() -> None:
    portfolio = heard(nps_answers([10, 11, -1, 8.5, 7, 9, 9, 3]))
    (whole,) = voice.nps(portfolio)
    assert (whole.n, whole.unusable) == (5, 3)
    assert [(each.row, each.value, each.code) for each in voice.unusable_answers(portfolio)] == [
        (3, "11", "score_off_scale"),
        (4, "-1", "score_off_scale"),
        (5, "8.5", "score_fraction"),
    ]
    assert all("推奨度" in text for each in voice.unusable_answers(portfolio) for text in each.reason)


def test_the_newest_day_of_a_customer_counts() -> None:
    older = nps_answers([0] * 6, "2026/3/1")
    newer: list[Answer] = [("C0", "2026/9/1", "推奨度", 10), ("C0", "2026/9/1", "推奨度", 8)]
    (whole,) = voice.nps(heard([*older, *newer]))
    assert (whole.n, whole.promoters, whole.passives, whole.detractors) == (7, 1, 1, 5)
    every = Definition.from_rows([("voice.answers", "all")])
    (whole,) = voice.nps(heard([*older, *newer], definition=every))
    assert (whole.n, whole.detractors) == (8, 6)


def test_an_unusable_answer_does_not_push_out_the_older_one() -> None:
    answers = [*nps_answers([9] * 5, "2026/3/1"), ("C0", "2026/9/1", "推奨度", 11)]
    assert voice.nps(heard(answers))[0].promoters == 5


def test_the_window_ends_at_the_as_of_date() -> None:
    first = DAY - timedelta(days=364)
    scores: list[Answer] = [(f"C{at}", f"{first:%Y/%m/%d}", "NPS", 9) for at in range(5)]
    assert voice.nps(heard(scores))[0].n == 5
    day_before = [(who, f"{first - timedelta(days=1):%Y/%m/%d}", item, score) for who, _, item, score in scores]
    with pytest.raises(Refusal, match="最新 2025/09/30"):
        voice.nps(heard(day_before))


@pytest.mark.parametrize("item", ["NPS", "推奨度", "ＮＰＳ(製品)", "友人に薦めたいですか", "Would you recommend us?"])
def test_the_words_of_the_definition_tell_an_nps_item(item: str) -> None:
    answers: list[Answer] = [(f"C{at}", "2026/9/1", item, 10) for at in range(6)]
    assert voice.nps(heard(answers))[0].value == 100.0
    other = Definition.from_rows([("voice.nps_items", '["勧告"]')])
    with pytest.raises(Refusal, match="NPSの設問がありません"):
        voice.nps(heard(answers, definition=other))


def test_too_few_answers_have_a_count_and_no_value() -> None:
    (whole,) = voice.nps(heard(nps_answers([9, 9, 0, 9])))
    assert whole.n == 4
    assert all(math.isnan(each) for each in (whole.value, whole.low, whole.high))


def test_answers_of_one_sort_tell_no_interval() -> None:
    (whole,) = voice.nps(heard(nps_answers([9, 10, 9, 10, 9])))
    assert whole.value == 100.0
    assert math.isnan(whole.low)


def test_groups_are_cut_by_any_column() -> None:
    portfolio = heard(nps_answers([10] * 6 + [0] * 5), 11, 業界=["製造"] * 6 + ["IT"] * 5, 色=["赤", "青"] * 5 + [""])
    assert [(each.label.ja, each.value) for each in voice.nps(portfolio, "industry")] == [
        ("製造", 100.0),
        ("IT", -100.0),
    ]
    assert {each.label.ja: each.n for each in voice.nps(portfolio, "色")} == {"赤": 5, "青": 5, "(空欄)": 1}
    with pytest.raises(Refusal, match="色紙"):
        voice.nps(portfolio, "色紙")


def test_two_customers_of_one_name_stay_two() -> None:
    portfolio = portfolio_of({"顧客ID": ["1", "2"], "顧客名": ["同名", "同名"]}, as_of=DAY,
                             surveys=surveys([("1", "2026/9/1", "NPS", 9), ("2", "2026/9/1", "NPS", 0)]))  # fmt: skip
    assert [(each.n, each.promoters) for each in voice.nps(portfolio, "customer")] == [(1, 1), (1, 0)]


def test_without_surveys_the_missing_table_is_named() -> None:
    with pytest.raises(Refusal, match="アンケートの表がありません"):
        voice.nps(portfolio_of(customers(3), as_of=DAY))


COUNTS = st.tuples(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200)).filter(lambda each: sum(each) > 0)


@given(COUNTS)
def test_nps_and_its_interval_stay_within_a_hundred(counts: tuple[int, int, int]) -> None:
    promoters, passives, detractors = counts
    value = voice.nps_value(promoters, detractors, sum(counts))
    low, high = voice.nps_interval(promoters, detractors, sum(counts))
    assert -100 <= value <= 100
    assert math.isnan(low) == ([promoters, passives, detractors].count(0) == 2)
    if not math.isnan(low):
        assert -100 <= low <= value <= high <= 100


@given(COUNTS)
def test_a_promoter_more_never_lowers_nps_and_a_detractor_more_never_raises_it(counts: tuple[int, int, int]) -> None:
    promoters, _, detractors = counts
    n = sum(counts)
    before = voice.nps_value(promoters, detractors, n)
    assert voice.nps_value(promoters + 1, detractors, n + 1) >= before
    assert voice.nps_value(promoters, detractors + 1, n + 1) <= before


@given(COUNTS, st.integers(2, 9))
def test_more_answers_of_the_same_mix_narrow_every_interval(counts: tuple[int, int, int], times: int) -> None:
    promoters, _, detractors = counts
    n = sum(counts)
    low, high = voice.nps_interval(promoters, detractors, n)
    if not math.isnan(low):
        more = voice.nps_interval(promoters * times, detractors * times, n * times)
        assert more[1] - more[0] < high - low
    one, many = voice.wilson(promoters, n), voice.wilson(promoters * times, n * times)
    assert many[1] - many[0] < one[1] - one[0]


ANSWERS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 500), st.sampled_from(["NPS", "推奨度"]), st.integers(-1, 11)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=40)
@given(ANSWERS)
def test_the_groups_sum_to_the_total(drawn: list[tuple[int, int, str, int]]) -> None:
    answers: list[Answer] = [
        (f"C{who}", f"{DAY - timedelta(days=ago):%Y/%m/%d}", item, score) for who, ago, item, score in drawn
    ]
    portfolio = heard(answers, 6, 業界=["製造", "IT", "", "製造", "IT", "飲食"])
    try:
        (whole,) = voice.nps(portfolio)
    except Refusal:
        assert all(ago >= 365 for _, ago, _, _ in drawn)
        return
    for by in ("industry", "customer", "row:item", "state"):
        parts = voice.nps(portfolio, by)
        for name in ("n", "promoters", "passives", "detractors", "unusable"):
            assert sum(getattr(part, name) for part in parts) == getattr(whole, name), (by, name)


# ---- CSAT and the CS portfolio ---------------------------------------------------------------------------------------


def answers_by_item(**scores: list[int]) -> list[Answer]:
    return [(f"C{at}", "2026/9/1", item, each) for item, own in scores.items() for at, each in enumerate(own)]


def test_csat_is_the_share_of_the_two_best_answers_with_the_overall_item_first() -> None:
    portfolio = heard(answers_by_item(価格=[5, 5, 5, 5, 1], 総合満足度=[5, 4, 3, 2, 1]))
    overall, price = voice.csat(portfolio)
    assert (overall.label.ja, overall.n, overall.satisfied, overall.value, overall.mean) == (
        "総合満足度",
        5,
        2,
        0.4,
        3.0,
    )
    assert (overall.low, overall.high) == pytest.approx(voice.wilson(2, 5))
    assert (price.value, price.mean) == (0.8, 4.2)


def test_groups_are_answered_by_the_overall_item() -> None:
    portfolio = heard(answers_by_item(価格=[1] * 10, 総合満足度=[5] * 5 + [1] * 5), 10, 業界=["製造"] * 5 + ["IT"] * 5)
    assert {each.label.ja: each.value for each in voice.csat(portfolio, "industry")} == {"製造": 1.0, "IT": 0.0}
    without = heard(answers_by_item(価格=[1] * 5, 納期=[5] * 5))
    with pytest.raises(Refusal, match=r"voice\.overall_items"):
        voice.csat(without, "industry")


def test_two_overall_items_are_not_guessed_between() -> None:
    both = heard(answers_by_item(総合満足度A=[5] * 5, 総合満足度B=[1] * 5))
    with pytest.raises(Refusal, match="総合満足度A・総合満足度B"):
        voice.csat(both)
    assert both.frame["satisfaction"].isna().all()  # and the run goes on
    told = Definition.from_rows([("voice.overall_items", '["総合満足度B"]')])
    assert voice.csat(heard(answers_by_item(総合満足度A=[5] * 5, 総合満足度B=[1] * 5), definition=told))[0].mean == 1.0


def test_importance_and_areas_by_hand() -> None:
    # overall −2 −1 0 1 2 (around 3); price moves with it (r = 1), delivery against it (r = −1); quality a little
    small = Definition.from_rows([("voice.importance_min", 5)])
    portfolio = heard(
        answers_by_item(総合満足度=[1, 2, 3, 4, 5], 価格=[1, 2, 3, 4, 5], 納期=[5, 4, 3, 2, 1], 品質=[4, 5, 4, 5, 5]),
        definition=small,
    )
    found = voice.cs_portfolio(portfolio)
    by_item = {each.item: each for each in found.items}
    # 品質: Σ(x−3)(y−4.6) = −2·−.6 −1·.4 + 0 + 1·.4 + 2·.4 = 2; Σ(x−3)² = 10, Σ(y−4.6)² = 1.2
    assert by_item["品質"].importance == pytest.approx(2 / math.sqrt(12))
    assert (by_item["価格"].importance, by_item["納期"].importance) == pytest.approx((1.0, -1.0))
    assert found.split_importance == pytest.approx((2 / math.sqrt(12)) / 3)
    assert found.split_satisfaction == pytest.approx((3 + 3 + 4.6) / 3)
    assert {each.item: each.area for each in found.items} == {
        "価格": "improve_first",
        "納期": "improve",
        "品質": "undecided",  # r = 0.58 of five answers: it may as well be 0
    }
    assert [each.item for each in found.items] == ["価格", "品質", "納期"]


def test_the_four_areas() -> None:
    split = (0.5, 3.0)
    assert area_of(0.5, 3.0, split) == "keep_first"
    assert area_of(0.4, 3.0, split) == "keep"
    assert area_of(0.4, 2.9, split) == "improve"
    assert area_of(0.5, 2.9, split) == "improve_first"


def test_splits_may_be_fixed_and_ranks_may_be_asked_for() -> None:
    rows: list[tuple[str, object]] = [
        ("voice.importance_min", 5),
        ("voice.importance", "spearman"),
        ("voice.split_importance", "0.9"),
        ("voice.split_satisfaction", "2"),
    ]
    answers = answers_by_item(総合満足度=[1, 2, 3, 4, 5], 価格=[1, 2, 3, 4, 5], 納期=[1, 1, 1, 2, 5])
    found = voice.cs_portfolio(heard(answers, definition=Definition.from_rows(rows)))
    delivery = next(each for each in found.items if each.item == "納期")
    # ranks 2 2 2 4 5 against 1…5: Σ(x−3)(y−3) = 2 + 1 + 0 + 1 + 4 = 8; 10 and 8
    assert delivery.importance == pytest.approx(8 / math.sqrt(80))
    assert (found.split_importance, found.split_satisfaction, delivery.area) == (0.9, 2.0, "keep")
    with pytest.raises(Refusal, match=r"voice\.split_importance"):
        voice.cs_portfolio(heard(answers, definition=Definition.from_rows([*rows, ("voice.split_importance", "半分")])))


def test_items_that_cannot_be_correlated_say_why() -> None:
    small = Definition.from_rows([("voice.importance_min", 5)])
    answers = [*answers_by_item(総合満足度=[1, 2, 3, 4, 5], 価格=[3] * 5), ("C0", "2026/9/1", "納期", 4)]
    found = {each.item: each for each in voice.cs_portfolio(heard(answers, definition=small)).items}
    assert found["価格"].refused is not None
    assert "同じ点" in found["価格"].refused.ja
    assert found["納期"].refused is not None
    assert "必要5/実1" in found["納期"].refused.ja
    assert all(math.isnan(each.importance) and each.area == "" for each in found.values())


def test_a_customer_that_answered_twice_counts_with_its_newest_answers() -> None:
    """The means of the picture were those of 87 answers, where every other figure counts the newest 73."""
    small = Definition.from_rows([("voice.importance_min", 3), ("voice.min_answers", 3)])
    answers: list[Answer] = []
    for at, (then, now) in enumerate([(1, 5), (2, 4), (3, 4)]):
        for day, given_score in (("2026/3/1", then), ("2026/9/1", now)):
            answers += [(f"C{at}", day, item, given_score) for item in ("総合満足度", "価格")]
    run = heard(answers, definition=small)
    (price,) = voice.cs_portfolio(run).items
    newest = next(each for each in voice.csat(run) if each.label.ja == "価格")
    assert (price.n, price.satisfaction) == (newest.n, newest.mean)
    assert newest.n == 3
    assert newest.mean == pytest.approx(13 / 3)
    every = Definition.from_rows([("voice.importance_min", 3), ("voice.answers", "all")])
    assert voice.cs_portfolio(heard(answers, definition=every)).items[0].n == 6


def test_an_importance_that_may_be_none_is_in_no_area() -> None:
    portfolio = sample()
    doubtful = [each for each in voice.cs_portfolio(portfolio).items if each.low <= 0 <= each.high]
    assert doubtful
    assert {each.area for each in doubtful} == {"undecided"}


def test_respondents_are_matched_by_customer_and_day() -> None:
    small = Definition.from_rows([("voice.importance_min", 3)])
    spring, autumn = "2026/3/1", "2026/9/1"
    answers: list[Answer] = []
    for at, (then, now) in enumerate([(1, 5), (2, 4), (3, 3)]):
        answers += [(f"C{at}", spring, "総合満足度", then), (f"C{at}", spring, "価格", then)]
        answers += [(f"C{at}", autumn, "総合満足度", now)]  # no price asked: no pair
    (price,) = voice.cs_portfolio(heard(answers, definition=small)).items
    assert price.n == 3
    assert price.importance == pytest.approx(1.0)


def test_the_correlation_is_numpys() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.integers(1, 6, 40).astype(float), rng.integers(1, 6, 40).astype(float)
    assert correlation(x, y) == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert correlation(x, y, "spearman") == pytest.approx(pd.Series(x).corr(pd.Series(y), method="spearman"))


# ---- contacts, topics, silence ---------------------------------------------------------------------------------------


def test_contacts_per_month_and_their_change_by_hand() -> None:
    rows = [("C0", f"2026/{month}/15", "電話", "問合せ", "", "") for month in (4, 5, 7, 7, 8, 9, 9, 9)]
    (phone,) = voice.velocity(talked(rows))
    assert (phone.recent, phone.earlier) == (6, 2)
    assert (phone.rate, phone.earlier_rate, phone.change) == pytest.approx((2, 2 / 3, 4 / 3))
    half = 1.96 * math.sqrt(8) / 3
    assert (phone.low, phone.high) == pytest.approx((4 / 3 - half, 4 / 3 + half))


@pytest.mark.parametrize(
    ("key", "value"), [("voice.velocity_months", 0), ("voice.answers", "newest"), ("voice.importance", "kendall")]
)
def test_a_definition_that_cannot_work_is_refused_by_name(key: str, value: object) -> None:
    definition = Definition.from_rows([(key, value), ("voice.importance_min", 3)])
    answers = answers_by_item(総合満足度=[1, 2, 3], 価格=[1, 2, 3])
    rows = [("C0", "2026/9/1", "電話", "問合せ", "", "")]
    with pytest.raises(Refusal, match=key.replace(".", r"\.")):
        voice.cs_portfolio(talked(rows, surveys=surveys(answers), definition=definition))


def test_windows_of_months_end_with_the_day_itself() -> None:
    assert add_months(date(2026, 5, 31), -3) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 15), -13) == date(2024, 12, 15)
    rows = [
        ("C0", day, "電話", "問合せ", "", "")
        for day in ("2026/9/30", "2026/7/1", "2026/6/30", "2026/3/31", "2026/3/30")
    ]
    (phone,) = voice.velocity(talked(rows))
    assert (phone.recent, phone.earlier) == (
        2,
        2,
    )  # the window of three months before 30 September begins after 30 June


def test_contacts_are_cut_by_their_own_channel() -> None:
    rows = [("C0", "2026/9/1", "電話", "問合せ", "", ""), ("C1", "2026/9/1", "", "訪問", "", "")]
    assert {each.label.ja: each.recent for each in voice.velocity(talked(rows))} == {"電話": 1, "(空欄)": 1}
    assert sum(each.recent for each in voice.velocity(talked(rows), "row:kind")) == 2


MARKS = [
    ("不満なし", "neutral"),
    ("不満足", "negative"),
    ("不満", "negative"),
    ("満足", "positive"),
    ("遅", "negative"),
]


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("不満足です", "negative"),
        ("不満なし", "neutral"),
        ("満足", "positive"),
        ("満足だが遅い", "mixed"),
        ("", "neutral"),
    ],
)
def test_the_longest_word_decides_the_sentiment(text: str, mood: str) -> None:
    assert sentiment_of(text, MARKS) == mood


def test_topics_sentiment_complaints_and_open_items() -> None:
    rows = [
        ("C0", "2026/9/1", "電話", "クレーム", "納期遅れ", "○"),
        ("C0", "2026/8/1", "電話", "問合せ", "見積依頼", ""),
        ("C1", "2026/7/1", "メール", "問合せ", "丁寧な対応に感謝", ""),
        ("C1", "2025/1/1", "メール", "苦情", "破損", "○"),  # long ago, but still open
        ("C2", "2026/7/1", "メール", "", "", ""),
    ]
    portfolio = talked(rows)
    found = {each.label.ja: each for each in voice.voc(portfolio)}
    assert {name: each.n for name, each in found.items()} == {
        "納期・物流": 1, "価格": 1, "対応・営業": 1, "その他": 1, "品質": 0,
    }  # fmt: skip
    assert (found["納期・物流"].negative, found["納期・物流"].complaints, found["納期・物流"].open_items) == (1, 1, 1)
    assert found["納期・物流"].last_complaint == date(2026, 9, 1)
    assert (found["対応・営業"].positive, found["品質"].open_items) == (1, 1)
    (whole,) = voice.voc(portfolio, "total")
    assert (whole.n, whole.positive + whole.negative + whole.mixed + whole.neutral, whole.open_items) == (4, 4, 2)
    for by in ("row:tag", "row:kind", "row:channel", "customer"):
        assert sum(each.n for each in voice.voc(portfolio, by)) == whole.n
    assert "クレーム" in [each.label.ja for each in voice.voc(portfolio, "row:kind")]


def test_a_planners_own_tags_replace_ours() -> None:
    own = Definition.from_rows([("voice.topics.1", '{"ja": "紙", "en": "Paper", "words": ["用紙"]}')])
    portfolio = talked([("C0", "2026/9/1", "電話", "問合せ", "用紙の色", "")], definition=own)
    assert [each.label for each in voice.voc(portfolio)] == [("紙", "Paper")]
    broken = Definition.from_rows([("voice.topics.1", '{"ja": "紙"}')])
    with pytest.raises(Refusal, match=r"voice\.topics\.1"):
        voice.voc(talked([("C0", "2026/9/1", "電話", "問合せ", "用紙の色", "")], definition=broken))


def test_silent_customers_by_sales() -> None:
    days = ["2026/7/2", "2026/7/1", "2025/1/1"]  # 90 days before 30 September is 2 July
    rows = [(f"C{at}", day, "電話", "問合せ", "", "") for at, day in enumerate(days)]
    portfolio = portfolio_of({**customers(5), "年間売上": [9, 1, 5, 7, ""]}, contacts=contacts(rows), as_of=DAY)
    found = voice.silence(portfolio)
    assert [(each.position, each.days, each.sales) for each in found] == [
        (3, None, 7), (2, 637, 5), (1, 91, 1), (4, None, None),
    ]  # fmt: skip
    assert found[1].last == date(2025, 1, 1)


def test_the_columns_of_a_customer() -> None:
    rows = [
        ("C0", "2026/9/1", "電話", "問合せ", "", "○"),
        ("C0", "2026/9/2", "電話", "クレーム", "", ""),
        ("C0", "2026/9/20", "訪問", "訪問", "", ""),  # begun by us: a contact, no enquiry
        ("C0", "2026/5/1", "電話", "問合せ", "", "○"),
    ]
    answers: list[Answer] = [
        ("C0", "2026/9/1", "NPS", 9),
        ("C0", "2026/9/1", "NPS", 6),
        ("C0", "2026/9/1", "総合満足度", 4),
    ]
    portfolio = talked(rows, 2, surveys=surveys(answers))
    first, second = portfolio.frame.iloc[0], portfolio.frame.iloc[1]
    assert (first["contact_rate"], first["contact_change"]) == pytest.approx((2 / 3, 1 / 3))
    assert (first["last_contact"], first["last_complaint"]) == (pd.Timestamp("2026-09-20"), pd.Timestamp("2026-09-02"))
    assert (first["silent_days"], first["open_items"], first["nps_score"], first["satisfaction"]) == (10, 2, 7.5, 4.0)
    assert (second["contact_rate"], second["open_items"]) == (0, 0)
    for column in ("last_contact", "last_complaint", "silent_days", "nps_score", "satisfaction"):
        assert pd.isna(second[column]), column


def test_without_their_tables_the_columns_are_missing() -> None:
    frame = portfolio_of(customers(2), as_of=DAY).frame
    names = ["contact_rate", "contact_change", "last_contact", "silent_days", "open_items", "nps_score", "satisfaction"]
    assert frame[names].isna().all().all()


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "<script>", "'; DROP TABLE", "納期 ", "𠮷野家"])
def test_topics_survive_as_text(text: str) -> None:
    portfolio = talked([("C0", "2026/9/1", text, text, text, "")])
    assert [each.n for each in voice.voc(portfolio, "row:kind")] == [1]
    assert voice.voc(portfolio)[0].n == 1


def test_the_callers_tables_are_not_changed() -> None:
    tables = tables_of(customers(3), as_of=DAY, surveys=surveys(nps_answers([9, 8, 3])),
                       contacts=contacts([("C0", "2026/9/1", "電話", "問合せ", "", "")]))  # fmt: skip
    assert tables.surveys is not None
    assert tables.contacts is not None
    before = tables.surveys.copy(), tables.contacts.copy()
    portfolio = score(tables, load_definition(), DAY)
    voice.nps(portfolio)
    voice.voc(portfolio)
    pd.testing.assert_frame_equal(tables.surveys, before[0])
    pd.testing.assert_frame_equal(tables.contacts, before[1])
