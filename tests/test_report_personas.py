"""R2 beside its chart: the real customers that stand for their segments, and nothing that the data do not carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from helpers.builders import portfolio_of
from helpers.reports import golden, hostile, report_of, sample, section

from engine.explanation.persona import persona, segment_profiles
from engine.language.errors import Refusal
from report_templates.document.report_data import read
from report_templates.print import render
from report_templates.texts.settings import limit
from report_templates.texts.texts import plain


def test_the_largest_segments_have_their_medoid_and_those_at_risk_are_among_them() -> None:
    portfolio = sample()
    found = section(report_of(portfolio), "segments").personas
    sales = {each.code: each.sales or 0 for each in segment_profiles(portfolio)}
    assert [each.segment for each in found] == ["major", "stable", "at_risk"]
    assert len(found) == limit("personas")
    assert sorted(sales, key=lambda code: -sales[code])[:2] == ["major", "stable"]
    reading = read(portfolio)
    for each in found:
        assert each.position == persona(portfolio, each.segment).position
        assert reading.brief(each.position, 15).ja in each.title.ja


def test_the_figures_are_those_of_the_customer_itself() -> None:
    portfolio = sample()
    reading = read(portfolio)
    for each in section(report_of(portfolio), "segments").personas:
        row = portfolio.frame.iloc[each.position]
        amount = reading.money.spoken(float(row["sales_12m"]))
        assert each.figures.ja == f"売上{amount.ja}、最終購入は{row['recency_days']}日前、購入{row['orders']}回"
        assert each.figures.en.startswith(f"Sales {amount.en}, last order {row['recency_days']} days ago")


def test_what_the_members_share_is_counted_among_all_of_them() -> None:
    portfolio = sample()
    frame, segments = portfolio.frame, portfolio.require_scheme("standard").segments
    for each in section(report_of(portfolio), "segments").personas:
        members = frame[segments == each.segment]
        said = each.shared.ja if each.shared else ""
        for column in ("industry", "region"):
            first, second, *_ = members[column].value_counts().items()
            assert (f"{first[0]}({first[1]}/{len(members)}社)" in said) == (first[1] > second[1])
    assert any(each.shared for each in section(report_of(portfolio), "segments").personas)


def test_an_entry_that_is_as_frequent_as_another_is_not_called_the_most_frequent() -> None:
    portfolio = portfolio_of(
        {
            "顧客名": [f"顧客{number}" for number in range(8)],
            "業界": ["製造", "小売"] * 4,
            "地域": ["関東"] * 5 + ["近畿"] * 3,
            "年間売上": [100 + number for number in range(8)],
            "リスク": ["低"] * 8,
            "継続性": ["高"] * 8,
            "成長ポテンシャル": ["低"] * 8,
        },
        as_of=date(2026, 11, 22),
    )
    page = section(report_of(portfolio), "segments")
    assert [each.shared.ja for each in page.personas] == ["多いのは関東(5/8社)"]
    assert "売上がセグメントの中央値" in page.personas_note.ja


def test_without_enough_customers_the_page_says_what_is_needed() -> None:
    page = section(report_of(golden()), "segments")
    assert page.personas == ()
    with pytest.raises(Refusal):
        persona(golden(), "major")
    assert "3社以上" in page.personas_note.ja
    assert page.panel.figures[0].size[0] > section(report_of(sample()), "segments").panel.figures[0].size[0]


def test_an_entry_that_one_member_alone_has_is_not_shared_and_a_hostile_name_stays_text() -> None:
    (only,) = section(report_of(hostile()), "segments").personas
    assert only.shared is None
    typical = replace(only, title=plain("<script>alert(1)</script>"))
    page = replace(section(report_of(hostile()), "segments"), personas=(typical,))
    markup = render.html(replace(report_of(hostile()), sections=(page,)), "ja", "print")
    assert "&lt;script&gt;alert(1)" in markup
    assert "<script>alert" not in markup


def test_a_segment_about_which_too_little_is_known_has_no_typical_customer() -> None:
    portfolio = sample()
    assert (portfolio.require_scheme("standard").segments == "unknown").any()
    codes = {each.segment for each in section(report_of(portfolio), "segments").personas}
    assert "unknown" not in codes
    assert not np.isnan(
        [portfolio.frame["sales_12m"].iloc[p] for p in [persona(portfolio, c).position for c in codes]]
    ).any()
