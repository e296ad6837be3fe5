"""R7 value, retention, payback and trials: every number against the engine's own answers, and pages that shrink."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
from helpers.builders import GOLDEN, portfolio_of
from helpers.cdnow import sample_tables
from helpers.reports import golden, hostile, report_of, sample, section

from engine.definition.definition import Definition
from engine.language import words
from engine.language.display import number
from engine.language.errors import Text
from engine.measures.retention import rates
from engine.measures.retention.cohorts import triangle
from engine.measures.value.acquisition import payback
from engine.measures.value.equity import equity_by, exposure
from engine.measures.value.lifetime import customer_equity, lifetimes
from engine.planning.allocation import allocate, current_hours
from engine.planning.frontier import frontier
from engine.planning.what_if import if_lost
from engine.scoring.scoring import score
from report_templates.document.report_data import read
from report_templates.print import render
from report_templates.sections.future import trials, worth
from report_templates.sections.future.trials import Trials, losses
from report_templates.sections.future.worth import Worth
from report_templates.texts import settings
from report_templates.texts.settings import limit
from report_templates.view import view

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

DAY = date(2026, 11, 22)
LANGUAGES: Final[tuple[Lang, ...]] = ("ja", "en")


@pytest.fixture(scope="module")
def value() -> Worth:
    found: Worth = section(report_of(sample()), "worth")
    return found


@pytest.fixture(scope="module")
def tried() -> Trials:
    found: Trials = section(report_of(sample()), "trials")
    return found


@pytest.fixture(scope="module")
def cdnow() -> Portfolio:
    return score(sample_tables(), as_of=date(1998, 6, 30))


def test_the_message_is_the_customer_equity_and_what_stays(value: Worth) -> None:
    """The lowest industry has 13 customers, and its interval holds everybody's rate: it is no headline."""
    total, stay = customer_equity(sample()).total, rates(sample(), "retention")[0]
    groups = [each for each in rates(sample(), "retention", "industry") if each.n >= limit("rate_base") and each.key]
    weakest = min(groups, key=lambda each: each.value or 0.0)
    assert stay.value is not None
    assert weakest.high is not None
    assert weakest.high > stay.value
    assert (
        value.message.ja == f"今の顧客の価値は合計{number(total / 1e8, 'ja', 1)}億円(今後5年)。維持率は{stay.value:.1%}"
    )
    assert f"¥{total / 1e6:,.1f} million" in value.message.en


def test_a_group_that_stays_less_for_sure_is_told() -> None:
    known = rates(sample(), "retention")
    weak = replace(known[0], label=Text("小売", "retail"), value=0.5, low=0.4, high=0.6, n=100)
    told = worth._build_worth_message(read(sample()), customer_equity(sample()), known, (weak,))
    assert "最も低いのは「小売」の50.0%(n=100)" in told.ja


def test_equity_by_segment_adds_up_and_carries_its_interval_and_convention(value: Worth) -> None:
    assert value.equity is not None
    assert value.equity.total is not None
    own = [row for row in equity_by(sample(), "segment") if row.customers]
    assert [row[0].value for row in value.equity.rows] == [row.key for row in own]
    assert [row[2].value for row in value.equity.rows] == [row.mid for row in own]
    assert value.equity.total[2].value == pytest.approx(customer_equity(sample()).total)
    for row, each in zip(value.equity.rows, own, strict=True):
        assert row[3].text.ja == f"{each.low / 1e6:,.1f}〜{each.high / 1e6:,.1f}"
        assert row[4].value == pytest.approx(each.mid / (each.customers - each.unvalued))
    found = lifetimes(sample())
    assert found.convention.ja in value.convention.ja
    assert words.text("ltv_methods", found.method).ja in value.convention.ja


def test_the_run_off_is_five_years_that_add_up_to_the_equity(value: Worth) -> None:
    assert value.run_off is not None
    assert len(value.run_off.bars) == 5
    assert sum(bar.value for bar in value.run_off.bars) * 1e6 == pytest.approx(customer_equity(sample()).total)


def test_the_five_rates_are_kept_apart_with_their_intervals(value: Worth) -> None:
    assert value.kinds is not None
    own = [rates(sample(), kind)[0] for kind in ("retention", "churn", "repurchase", "grr", "nrr")]
    assert [row.label.ja for row in value.kinds.rows] == ["維持率", "チャーン率", "リテンション率", "GRR", "NRR"]
    assert [(row.value, row.low, row.high) for row in value.kinds.rows] == [
        (each.value, each.low, each.high) for each in own
    ]
    assert all(f"n={each.n}" in row.display.ja for row, each in zip(value.kinds.rows, own, strict=True))
    assert value.kinds.ends[1] >= max(row.high for row in value.kinds.rows)
    assert value.kinds.rows[0].value == pytest.approx(1 - (value.kinds.rows[1].value or 0.0))
    assert "期首の顧客のうち期末も取引がある割合" in value.notes[0].ja


def test_retention_by_group_shows_no_group_of_a_handful(value: Worth) -> None:
    assert value.groups is not None
    own = {each.label.ja: each for each in rates(sample(), "retention", "industry")}
    assert len(value.groups.rows) <= limit("rate_groups")
    for row in value.groups.rows:
        assert row.value == own[row.label.ja].value
        assert own[row.label.ja].n >= limit("rate_base")


def test_the_triangle_is_the_engines_at_a_grain_that_can_be_read(value: Worth) -> None:
    assert value.cohorts is not None
    own = triangle(sample(), "half")
    assert len(triangle(sample(), "quarter").periods) > limit("cohorts") >= len(own.periods)
    begun = [at for at in range(len(own.periods) - 1) if own.size[at]]
    for row, at in zip(value.cohorts.cells, begun, strict=True):
        known = [cell.value for cell in row if cell is not None]
        assert known == own.rate[at, 1 : 1 + len(known)].tolist()
        assert f"{own.size[at]}社" in value.cohorts.rows[begun.index(at)].ja


def test_a_period_that_still_runs_is_left_out_of_the_triangle(cdnow: Portfolio) -> None:
    later = score(sample_tables(), as_of=date(1998, 8, 15))
    whole, cut = worth.build(read(cdnow)), worth.build(read(later))
    assert whole is not None
    assert cut is not None
    assert whole.cohorts is not None
    assert cut.cohorts is not None
    assert cut.cohorts.cells[0][:-1] == whole.cohorts.cells[0]
    assert cut.cohorts.cells[0][-1] is None


def test_what_may_be_lost_is_shown_by_table_and_by_model_side_by_side(value: Worth) -> None:
    assert value.exposure is not None
    assert value.exposure.total is not None
    own = exposure(sample())
    assert [(row[4].value, row[6].value) for row in value.exposure.rows] == [
        (each.loss, each.modelled_loss) for each in own.rows
    ]
    assert [cell.value for cell in value.exposure.total[3:]] == [
        own.share, own.loss, own.modelled_share, own.modelled_loss,
    ]  # fmt: skip
    assert value.exposure.note is not None
    assert "購買モデルだけ" in value.exposure.note.ja


def test_the_second_message_is_the_largest_loss_where_no_channel_won_enough(tried: Trials) -> None:
    groups = read(sample()).groups
    assert max(each.customers for each in payback(sample())) < limit("headline_base")
    assert tried.message.ja == f"最大の顧客グループ「竜宮城マーケット㈱」を失うと売上は△{groups[0].share:.1%}"


def test_the_worst_payback_is_told_where_its_channel_won_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "report_templates.sections.future.trials.limit",
        lambda name: 2 if name == "headline_base" else settings.limit(name),
    )
    worst = min((each for each in payback(sample()) if each.ratio is not None), key=lambda each: each.ratio or 0.0)
    page = trials.build(read(sample()))
    assert page is not None
    assert page.message.ja.startswith(
        f"回収が最も弱いのは{worst.label.ja}(新規{worst.customers}社)で{worst.months:,.1f}か月"
        f"(LTV:CAC {worst.ratio:.1f}倍、要改善)。最大の顧客グループ"
    )


def test_payback_has_total_and_average_and_a_verdict_told_by_word_and_form(tried: Trials) -> None:
    assert tried.payback is not None
    assert tried.payback.total is not None
    own = {each.key: each for each in payback(sample())}
    for row in (*tried.payback.rows, tried.payback.total):
        each = own[str(row[0].value)] if row[0].value else payback(sample(), None)[0]
        assert [cell.value for cell in row[1:]] == [
            each.customers, each.spend, each.average, each.monthly, each.months, each.lifetime, each.ratio, each.verdict,
        ]  # fmt: skip
    assert {str(row[-1].text.ja) for row in tried.payback.rows} == {"要改善", "良好"}
    assert '<span class="verdict poor">要改善</span>' in render.html(report_of(sample()), "ja", "print")
    assert tried.payback_note is not None
    assert "3倍を超えれば良好、2倍未満は要改善" in tried.payback_note.ja


def test_conversion_is_the_engines_with_n_and_interval(tried: Trials) -> None:
    assert tried.conversion is not None
    whole = rates(sample(), "conversion")[0]
    assert (tried.conversion.rows[0].value, tried.conversion.rows[0].low) == (whole.value, whole.low)
    assert {row.value for row in tried.conversion.rows[1:]} <= {
        each.value for each in rates(sample(), "conversion", "channel")
    }


def test_losses_are_scored_anew_with_whole_groups(tried: Trials) -> None:
    assert tried.lost is not None
    found = losses(read(sample()))
    assert isinstance(found, tuple)
    assert len(found) == limit("trials") == 3
    ids = sample().frame["customer_id"].astype(str).to_numpy()
    top = read(sample()).groups[0]
    members = np.flatnonzero(sample().group_of == sample().group_of[top.position])
    assert set(found[0].positions) == set(members.tolist())
    assert len(found[2].positions) == int((sample().frame["level_risk"] == "high").sum())
    for row, each in zip(tried.lost.rows[1:], found, strict=True):
        trial = if_lost(sample(), [ids[at] for at in each.positions])
        sales = trial.row("sales")
        assert row[2].value == sales.then
        assert row[3].value == pytest.approx((sales.delta or 0.0) / float(sales.now))  # type: ignore[arg-type]
        assert row[4].value == trial.row("gross_profit").then
        assert row[6].value == trial.row("hhi").then
        assert row[7].value == trial.row("top_share").then
    details = [row[0].detail.ja for row in tried.lost.rows[1:] if row[0].detail is not None]
    assert details[0] == read(sample()).brief(top.position, 28).ja
    assert details[2].endswith(f"ほか{len(found[2].positions) - 2}社")
    assert tried.lost.note is not None
    assert "年間固定費" in tried.lost.note.ja


def test_the_golden_loss_reads_as_published() -> None:
    page = section(report_of(golden()), "trials")
    assert page.message.ja == "最大の顧客「㈱A」を失うと売上は△51.7%"
    row = page.lost.rows[1]
    assert [row[2].text.ja, row[6].text.ja, row[7].text.ja, row[8].text.ja] == [
        "14.0", "5,408", "64.3%", "新たに該当: 顧客リスク",
    ]  # fmt: skip


def test_months_of_fixed_cost_stand_in_the_table_where_the_definition_has_it() -> None:
    own = Definition.from_rows([("general.fixed_cost", 60_000_000)])
    other = score(sample().tables, own, sample().as_of)
    page = trials.build(read(other))
    assert page is not None
    assert page.lost is not None
    assert [column.head.ja for column in page.lost.columns][-2] == "固定費(月)"
    assert page.lost.rows[0][-2].value == pytest.approx(float(other.frame["gross_profit_12m"].sum()) / 60_000_000 * 12)


def test_above_the_size_in_the_settings_nothing_is_tried_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def small(name: str) -> int:
        return 100 if name == "trial_customers" else settings.limit(name)

    monkeypatch.setattr("report_templates.sections.future.trials.limit", small)
    monkeypatch.setattr("report_templates.sections.future.hours.limit", small)
    page = trials.build(read(sample()))
    assert page is not None
    assert page.lost is None
    assert page.hours is None
    assert any("100社を超えると" in note.ja and "失注を試す" in note.ja for note in page.notes)
    won = sum(each.customers for each in payback(sample()))
    assert page.message.ja == f"新規{won}社では、獲得費の回収の良し悪しをまだ言えない"


def test_hours_are_the_allocations_at_todays_total(tried: Trials) -> None:
    assert tried.hours is not None
    assert tried.hours.over is not None
    assert tried.hours.under is not None
    today = current_hours(sample())
    assert today is not None
    own = allocate(sample(), float(today.sum()))
    for table, positions in ((tried.hours.over, own.over), (tried.hours.under, own.under)):
        assert f"全{len(positions)}社" in table.caption.ja
        for row, at in zip(table.rows, positions, strict=False):
            assert [cell.value for cell in row[1:]] == [
                today[at], own.hours[at], own.hours[at] - today[at], own.marginal[at],
            ]  # fmt: skip
    assert own.value_now is not None
    assert f"年{number((own.value - own.value_now) / 1e4, 'ja', 1)}万円" in tried.hours.sentence.ja


def test_the_mix_is_one_line_and_refused_below_eight_periods(tried: Trials, cdnow: Portfolio) -> None:
    assert frontier(sample()).recommendation.ja in tried.mix.ja
    page = trials.build(read(cdnow))
    assert page is not None
    assert "必要8/実5" in page.mix.ja


def test_without_orders_there_is_one_page_that_names_what_is_missing() -> None:
    report = report_of(golden())
    assert "worth" not in [each.key for each in report.sections]
    said = " ".join(note.ja for note in section(report, "trials").notes)
    for missing in ("顧客資産: 算出不可", "維持やチャーンは算出不可", "CACと回収月は算出不可", "時間配分は算出不可"):
        assert missing in said


def test_without_sales_there_is_no_page_at_all() -> None:
    keys = [each.key for each in view.build(portfolio_of({"顧客名": ["A", "B"]}, as_of=DAY)).sections]
    assert not {"worth", "trials"} & set(keys)


def test_orders_alone_shrink_the_pages_and_compare_no_quarter_with_a_year(cdnow: Portfolio) -> None:
    page = worth.build(read(cdnow))
    assert page is not None
    assert page.groups is not None
    assert all("年度Q" in row.label.ja for row in page.groups.rows)
    stay = rates(cdnow, "retention")[0].value
    assert page.message.ja.endswith(f"維持率は{stay:.1%}")
    assert "ドル" in page.message.ja


def test_hostile_names_are_text_and_both_languages_are_there() -> None:
    report = report_of(hostile())
    for lang in LANGUAGES:
        assert "<script>alert" not in render.html(report, lang)


def test_few_customers_with_orders_get_no_triangle_but_the_reason() -> None:
    orders = {
        "顧客名": ["株式会社A", "株式会社B", "株式会社A", "株式会社B", "株式会社C"],
        "取引日": [date(2025, 3, 1), date(2025, 9, 1), date(2026, 3, 1), date(2026, 9, 1), date(2026, 10, 1)],
        "金額": [100, 200, 300, 400, 500],
    }
    page = worth.build(read(portfolio_of(GOLDEN, as_of=DAY, orders=orders)))
    assert page is not None
    assert page.cohorts is None
    assert any("コホートは算出不可(必要: 3期と10社" in note.ja for note in page.notes)


def under_contract(stays: list[int]) -> Portfolio:
    """Return customers whose contracts ran so many years from the eleven years before 2026 on."""
    begun = [2015 + place % 11 for place in range(len(stays))]
    ends = [date(b + years, 3, 31) if b + years <= 2026 else None for b, years in zip(begun, stays, strict=True)]
    table = {
        "顧客名": [f"契約先{place}" for place in range(len(stays))],
        "年間売上": [100 + place for place in range(len(stays))],
        "リスク": ["高", "低"] * (len(stays) // 2),
        "契約開始日": [date(b, 4, 1) for b in begun],
        "契約終了日": ends,
    }
    return portfolio_of(table, as_of=date(2026, 6, 30))


def test_of_contracts_the_page_says_that_the_model_tells_of_renewals() -> None:
    dice = np.random.default_rng(8)
    portfolio = under_contract([int(years) for years in dice.geometric(dice.beta(0.7, 1.2, 600))])
    page = worth.build(read(portfolio))
    assert page is not None
    assert page.exposure is not None
    assert page.exposure.note is not None
    assert "365日以内に更新されない確率" in page.exposure.note.ja
    assert exposure(portfolio).contracts


def test_a_model_that_fails_is_explained_once() -> None:
    portfolio = under_contract([4] * 60)
    page = worth.build(read(portfolio))
    assert page is not None
    assert page.equity is None
    assert page.exposure is not None
    assert page.exposure.note is not None
    assert page.convention.ja.startswith("顧客資産: 算出不可。")
    assert "同じ理由" in page.exposure.note.ja
    assert page.exposure.total is not None
    assert page.exposure.total[-1].value is None
