"""What a backtest says in one or two sentences: the only place that writes them, for cell, command, button and report.

Decision 0333: why one module writes the sentence on past grades.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.language import words
from engine.language.display import number, percent
from engine.language.errors import LANGUAGES, Text
from engine.measures.backtest.result import RIVALS, WARNS, standing

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from engine.measures.backtest.result import Backtest, Standing

_UNDATED: Final = Text("", "")
_YEAR: Final = (365, 366)  # days
_FEW: Final = 20  # below this many judgements a share stands with its interval

RULERS: Final = {
    "recency": Text("最終取引日", "the date of the last order"),
    "sales": Text("直近12か月の売上", "the last twelve months' sales"),
    "base": Text("基本モデル(購入がない確率)", "the base model (P of no purchase)"),
}


@dataclass(frozen=True)
class Verdict:
    """The facts of the verdict.

    Parameters
    ----------
    axis, level
        The axis, and the level of which the verdict speaks.
    origins, days
        How many earlier days, and the days after each.
    customers, events, low, high
        Judgements of that level, those that the event followed, and Wilson's interval of their share (None without any).
    all_customers, all_events
        The same of all judgements.
    sales, all_sales
        Sales in the horizon of that level and of all, minor units.
    standing, measure, rival
        Whether the grade ranks better than its rival, and the measure of both (AUC, or rank correlation for 価値).
    """

    axis: str
    level: str
    origins: int
    days: int
    customers: int
    events: int
    low: float | None
    high: float | None
    all_customers: int
    all_events: int
    sales: float
    all_sales: float
    standing: Standing | None
    measure: float
    rival: float


def verdict_of(found: Backtest) -> Verdict:
    """Return the facts of a backtest's verdict."""
    level = WARNS[found.axis]
    those = found.level(level)
    grade, rival = found.ranker("grade"), found.ranker(RIVALS[found.axis])
    both = [
        float("nan") if each is None else each.correlation if found.axis == "value" else each.auc
        for each in (grade, rival)
    ]
    return Verdict(
        found.axis,
        level,
        len(found.origins),
        found.days,
        0 if those is None else those.customers,
        0 if those is None else those.events,
        None if those is None else those.low,
        None if those is None else those.high,
        found.whole.customers,
        found.whole.events,
        0.0 if those is None else those.after,
        found.whole.after,
        standing(found),
        *both,
    )


def verdict_text(found: Backtest) -> Text:
    """Return the verdict: what became of the customers of one level, and whether the grade knows more than its rival."""
    rival = compared_text(found)
    parts = [outcome_text(found), *(() if rival is None else (rival,))]
    return Text("。".join(part.ja for part in parts), " ".join(f"{part.en}." for part in parts))


def outcome_text(found: Backtest) -> Text:
    """Return the first half of the verdict, without a full stop: what became of the customers of one level."""
    return _word_fate_of_level(verdict_of(found))


def headline_text(found: Backtest) -> Text:
    """Return the verdict as a headline, its dates left to the line below.

    The share of a level with fewer than 20 judgements is a headline only where its interval leaves out that of everybody; else the
    comparison with the rival is, or, where there is none either, how many were tested.
    """
    facts = verdict_of(found)
    everybody = facts.all_events / facts.all_customers if facts.all_customers else 0.0
    few = facts.customers < _FEW
    if found.axis == "value" or not few or not (facts.low or 0.0) <= everybody <= (facts.high or 1.0):
        return _word_fate_of_level(facts, brief=True)
    if facts.standing is not None:
        return _word_rival_ranking(facts)
    counts = [(number(facts.all_customers, lang), number(facts.all_events, lang)) for lang in LANGUAGES]
    fate = _word_event(facts)
    return Text(
        f"検証した延べ{counts[0][0]}社のうち{counts[0][1]}社が{fate.ja}",
        f"{counts[1][1]} of {counts[1][0]} customers tested {fate.en}",
    )


def compared_text(found: Backtest) -> Text | None:
    """Return the second half: whether the grade ranks better than its rival; None where that cannot be told."""
    facts = verdict_of(found)
    return None if facts.standing is None else _word_rival_ranking(facts)


def _word_fate_of_level(facts: Verdict, *, brief: bool = False) -> Text:
    """Return what became of the customers of one level; `brief` without dates and interval."""
    axis, level = words.text("axes", facts.axis), words.text("levels", facts.level)
    when = Text(f"過去{facts.origins}回、", f"At {facts.origins} earlier date{'' if facts.origins == 1 else 's'}, ")
    when = _UNDATED if brief else when
    graded = Text(f"{axis.ja}「{level.ja}」", f"{axis.en} {level.en}")
    total = "延べ" if facts.origins > 1 else ""
    if facts.axis == "value":
        return _word_sales_of_level(facts, when, graded, total)
    fate = _word_event(facts)
    base = [_word_whole_percent(facts.all_events, facts.all_customers, lang) for lang in LANGUAGES]
    if not facts.customers:
        return Text(
            f"{when.ja}{graded.ja}とした顧客はいない。全体では{base[0]}が{fate.ja}",
            f"{when.en}no customer was graded {graded.en}; of all customers {base[1]} {fate.en}",
        )
    share = [
        _word_whole_percent(facts.events, facts.customers, lang) if brief else _word_share_with_interval(facts, lang)
        for lang in LANGUAGES
    ]
    return Text(
        f"{when.ja}{graded.ja}とした{total}{number(facts.customers, 'ja')}社のうち{number(facts.events, 'ja')}社({share[0]})が"
        f"{fate.ja}。全体では{base[0]}",
        f"{when.en}{number(facts.events, 'en')} of the {number(facts.customers, 'en')} customers graded {graded.en} ({share[1]}) "
        f"{fate.en}; of all customers {base[1]}",
    )


def _word_sales_of_level(facts: Verdict, when: Text, graded: Text, total: str) -> Text:
    part = [_word_whole_percent(facts.customers, facts.all_customers, lang) for lang in LANGUAGES]
    came = [_word_whole_percent(facts.sales, facts.all_sales, lang) for lang in LANGUAGES]
    span = horizon_text(facts.days)
    return Text(
        f"{when.ja}{graded.ja}とした{total}{number(facts.customers, 'ja')}社(全体の{part[0]})が、"
        f"その後{span.ja}の売上の{came[0]}を占めた",
        f"{when.en}the {number(facts.customers, 'en')} customers graded {graded.en} ({part[1]} of all) brought {came[1]} of the "
        f"sales of the next {span.en}",
    )


def _word_whole_percent(part: float, whole: float, lang: Lang) -> str:
    return percent(part / whole if whole else None, lang, 0)


def _word_share_with_interval(facts: Verdict, lang: Lang) -> str:
    share = _word_whole_percent(facts.events, facts.customers, lang)
    if facts.customers >= _FEW or facts.low is None or facts.high is None:
        return share
    ends = f"{percent(facts.low, lang, 0)}–{percent(facts.high, lang, 0)}"
    return f"{share}、区間{ends}" if lang == "ja" else f"{share}, interval {ends}"


def _word_event(facts: Verdict) -> Text:
    span = horizon_text(facts.days)
    if facts.axis == "growth":
        return Text(f"その後{span.ja}で伸びた", f"grew in the next {span.en}")
    return Text(f"{span.ja}以内に離れた", f"were lost within {'a year' if facts.days in _YEAR else span.en}")


def horizon_text(days: int) -> Text:
    """Return a horizon in words: a year, or its days."""
    return Text("1年", "year") if days in _YEAR else Text(f"{days}日", f"{days} days")


def _word_rival_ranking(facts: Verdict) -> Text:
    rival = RULERS[RIVALS[facts.axis]]
    measure = Text("順位の相関", "The rank correlation") if facts.axis == "value" else _CONCORDANCE
    numbers = f"{facts.measure:.2f}", f"{facts.rival:.2f}"
    if numbers[0] == numbers[1] and facts.axis != "value":  # the figures shown must not contradict the words
        numbers = f"{facts.measure:.3f}", f"{facts.rival:.3f}"
    ending = _ENDINGS[facts.standing or "no_better"]
    return Text(
        f"{measure.ja}は{numbers[0]}で、{rival.ja}だけで並べた場合の{numbers[1]}{ending.ja}",
        f"{measure.en} is {numbers[0]}, {ending.en} the {numbers[1]} of ranking by {rival.en} alone",
    )


_CONCORDANCE: Final = Text("正しく並べた割合(AUC)", "The share of pairs ranked rightly (AUC)")
_ENDINGS: Final = {
    "better": Text("を上回った", "above"),
    "chance": Text("との差は偶然の範囲", "within chance of"),
    "no_better": Text("を上回らなかった", "no better than"),
}
