"""Findings by cause: what the commands tell in a line each. Nothing is lost in it, and its order is that of the findings."""

from __future__ import annotations

import pytest
from helpers.builders import GOLDEN, tables_of
from hypothesis import given
from hypothesis import strategies as st

from engine.cleaning.causes import SEVERITIES, causes, line, worst_first
from engine.language.errors import Finding, Severity, Text

SEVERITY: st.SearchStrategy[Severity] = st.sampled_from(SEVERITIES)
FINDINGS = st.lists(
    st.builds(
        Finding,
        severity=SEVERITY,
        code=st.sampled_from(["future_date", "text_in_amount"]),
        table=st.sampled_from(["orders", "customers"]),
        source=st.sampled_from(["a.xlsx › 4月", "a.xlsx › 5月", "b.csv"]),
        row=st.none() | st.integers(2, 40),
        column=st.none() | st.sampled_from(["取引日", "金額"]),
        value=st.none() | st.text(max_size=60),
        reason=st.sampled_from([Text("理由1", "reason 1"), Text("理由2", "reason 2")]),
    ),
    max_size=60,
)


@given(FINDINGS, st.booleans())
def test_every_finding_is_in_one_cause_and_the_order_stays(findings: list[Finding], by_column: bool) -> None:
    found = causes(findings, by_column=by_column)
    told = [each for cause in found for each in cause.findings]
    assert sorted(map(repr, told)) == sorted(map(repr, findings))
    assert len(told) == len(findings)
    firsts = [next(at for at, each in enumerate(findings) if each is cause.first) for cause in found]
    assert firsts == sorted(firsts)
    for cause in found:
        kept = [next(at for at, each in enumerate(findings) if each is one) for one in cause.findings]
        assert kept == sorted(kept)


@given(FINDINGS)
def test_a_cause_is_one_kind_in_one_column(findings: list[Finding]) -> None:
    found = causes(findings)
    kinds = [(cause.first.severity, cause.first.code, cause.first.table, cause.first.column) for cause in found]
    for cause, kind in zip(found, kinds, strict=True):
        assert {(each.severity, each.code, each.table, each.column) for each in cause.findings} == {kind}
    rowed = [kind for cause, kind in zip(found, kinds, strict=True) if cause.first.row is not None]
    assert len(rowed) == len(set(rowed))


@given(FINDINGS)
def test_the_gravest_come_first_and_each_is_one_line(findings: list[Finding]) -> None:
    ordered = worst_first(causes(findings))
    ranks = [SEVERITIES.index(cause.first.severity) for cause in ordered]
    assert ranks == sorted(ranks)
    assert sum(len(cause.findings) for cause in ordered) == len(findings)
    for cause in ordered:
        for lang in ("ja", "en"):
            assert len(line(cause).to(lang).splitlines()) == 1


def finding(row: int | None, value: str | None = None, source: str = "注文.csv", code: str = "x") -> Finding:
    return Finding("error", code, "orders", source, row, "取引日", value, Text("理由", "reason"))


@pytest.mark.parametrize(
    ("findings", "ja", "en"),
    [
        (
            [finding(5, "13月")],
            "[使えない行] 注文.csv 取引日 5行目「13月」: 理由",
            '[Row not used] 注文.csv 取引日 row 5 "13月": reason',
        ),
        (
            [finding(row, "13月") for row in (5, 9)],
            "[使えない行] 注文.csv 取引日: 2行(5・9行目)「13月」: 理由",
            '[Row not used] 注文.csv 取引日: 2 rows (5, 9) "13月": reason',
        ),
        (
            [finding(row, f"{row}月") for row in range(5, 1240)],
            "[使えない行] 注文.csv 取引日: 1,235行(5・6・7行目ほか)「5月」ほか: 理由",
            '[Row not used] 注文.csv 取引日: 1,235 rows (5, 6, 7 …) "5月" and others: reason',
        ),
        (
            [finding(5), finding(9, source="注文2.csv")],
            "[使えない行] 注文.csv(ほか1か所) 取引日: 2行(5行目ほか): 理由",
            "[Row not used] 注文.csv (and 1 more place) 取引日: 2 rows (5 …): reason",
        ),
        ([finding(None)], "[使えない行] 注文.csv 取引日: 理由", "[Row not used] 注文.csv 取引日: reason"),
        (
            [finding(None), finding(None)],
            "[使えない行] 注文.csv 取引日: 2件: 理由",
            "[Row not used] 注文.csv 取引日: 2 times: reason",
        ),
    ],
)
def test_the_line_of_a_cause(findings: list[Finding], ja: str, en: str) -> None:
    (cause,) = causes(findings)
    assert line(cause) == Text(ja, en)


def test_a_long_or_broken_cell_is_quoted_in_part() -> None:
    (cause,) = causes([finding(5, "あ\nい" + "う" * 100)])
    assert "「あ い" in line(cause).ja
    assert "…」" in line(cause).ja


def test_marks_in_a_column_of_levels_are_one_cause() -> None:
    marks = ["◎", "○", "△", "×"] * 30
    found = tables_of({"顧客名": [f"会社{n}" for n in range(120)], "リスク": marks}).findings
    assert len(found) == 120
    assert len(causes(found)) == 1


def test_good_data_have_no_cause() -> None:
    assert causes(tables_of(GOLDEN).findings) == ()
