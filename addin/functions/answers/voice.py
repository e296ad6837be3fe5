"""What the customers say: NPS, CSAT, the CS portfolio, VOC, contacts and silence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import pandas as pd

from addin.functions import helps, spills
from addin.functions.cells import words_of
from addin.functions.lookup import view_of
from addin.functions.registry import Help, worksheet_function
from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Lang, Refusal, Text
from engine.measures import voice
from engine.measures.voice.row_groups import row_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from addin.functions.cells import Cell
    from addin.functions.registry import Caller
    from engine.scoring.portfolio import Portfolio

Rows = list[list[object]]

KIND: Final = Help(
    "words",
    Text("種類", "kind"),
    Text(
        "NPS(既定)・CSAT・CSポートフォリオ・VOC・接点・沈黙・使えない回答。「値のみ」で見出しなし",
        "NPS (default), CSAT, CS portfolio, VOC, Contacts, Silence or Unusable answers; Values only drops the header",
    ),
)
BY: Final = Help(
    "words",
    Text("切り口", "by"),
    Text(
        "全体・項目・内容・種別・チャネル(VOCと接点では連絡手段)・顧客・業界・セグメント、分類名、または顧客表の列名",
        "Total, Item, Topic, Kind, Channel (of the contact for VOC and Contacts), Customer, Industry, Segment and so on",
    ),
)
_KIND: Final = Text("種類", "kind")
# For each kind, the columns of its own rows that it can be cut by; the first is the default.
_OWN: Final[dict[str, dict[str, str]]] = {
    "nps": {"total": "total", "item": "row:item"},
    "csat": {"item": "row:item", "total": "total"},
    "voc": {"topic": "row:tag", "kind": "row:kind", "channel": "row:channel", "total": "total"},
    "contacts": {"channel": "row:channel", "kind": "row:kind", "total": "total"},
}


@worksheet_function(
    category=helps.WHOLE_GROUP,
    ja="顧客の声を表で返します。NPS・CSAT・重要度は値・n・信頼区間、VOCは件数と否定・肯定・未対応、接点は月あたり件数と増減、沈黙は接点のない顧客。",
    en="Returns the customer's voice as a table: NPS, CSAT or importance with n and interval, VOC counts and open items, "
    "contacts per month with their change, or the silent customers.",
    arguments={"kind": KIND, "by": BY, "run": helps.RUN},
)
def PORTFOLIO_VOICE(  # noqa: N802
    kind: Sequence[Cell] = (), by: Sequence[Cell] = (), run: Cell = None, *, caller: Caller
) -> object:
    """Return one row per group, item or customer, with a header row."""
    view = view_of(run, caller)
    plain, chosen = spills.take_values_only(words_of(kind))
    also_plain, cut = spills.take_values_only(words_of(by))
    code = words.resolve("voice", chosen[0], _KIND) if chosen else "nps"
    if len(chosen) > 1 or len(cut) > 1:
        raise Refusal("argument", "種類と切り口は1つずつ指定してください", "give one kind and one dimension at a time")
    word = cut[0] if cut else None
    rows = view.portfolio.once(
        ("PORTFOLIO_VOICE", code, word, caller.lang), lambda: _TABLES[code](view.portfolio, word, caller.lang)
    )
    return rows[1:] if plain or also_plain else rows


def _resolve_voice_grouping(portfolio: Portfolio, kind: str, word: str | None) -> tuple[str, str]:
    """Return what to cut by and, for segments, in which scheme."""
    own = _OWN[kind]
    if word is None:
        return next(iter(own.values())), "standard"
    found = words.find("voice_by", word)
    if found in own:
        return own[found], "standard"
    return spills.summary_dimension(word, portfolio)


def _refuse_voice_grouping(word: str | None) -> None:
    if word is not None:
        raise Refusal("argument", f"この種類に切り口「{word}」は使えません", f'this kind cannot be cut by "{word}"')


def _write_voice_header(lang: Lang, *names: tuple[str, str]) -> list[object]:
    return [Text(*name).to(lang) for name in names]


def _write_answered_figure(value: float, n: int, portfolio: Portfolio, lang: Lang) -> object:
    """Return a value, or 算出不可 with the answers that it needs and that there are."""
    if not math.isnan(value):
        return value
    need = int(portfolio.definition.number("voice.min_answers"))
    return Text(f"算出不可(必要{need}/実{n})", f"n/a (need {need}, have {n})").to(lang)


def _write_nps_table(portfolio: Portfolio, word: str | None, lang: Lang) -> Rows:
    names = (("区分", "Group"), ("NPS", "NPS"), ("n", "n"), ("下限", "Low"), ("上限", "High"))
    counts = (("推奨者", "Promoters"), ("中立者", "Passives"), ("批判者", "Detractors"), ("対象外", "Unusable"))
    rows: Rows = [_write_voice_header(lang, *names, *counts)]
    for each in voice.nps(portfolio, *_resolve_voice_grouping(portfolio, "nps", word)):
        ends = spills.figure_cells((each.low, each.high), lang)
        people = (each.promoters, each.passives, each.detractors, each.unusable)
        rows.append(
            [each.label.to(lang), _write_answered_figure(each.value, each.n, portfolio, lang), each.n, *ends, *people]
        )
    return rows


def _write_csat_table(portfolio: Portfolio, word: str | None, lang: Lang) -> Rows:
    names = (("区分", "Group"), ("CSAT", "CSAT"), ("n", "n"), ("下限", "Low"), ("上限", "High"))
    rows: Rows = [_write_voice_header(lang, *names, ("平均", "Mean"), ("満足", "Satisfied"), ("対象外", "Unusable"))]
    for each in voice.csat(portfolio, *_resolve_voice_grouping(portfolio, "csat", word)):
        ends = spills.figure_cells((each.low, each.high, each.mean), lang)
        share = _write_answered_figure(each.value, each.n, portfolio, lang)
        rows.append([each.label.to(lang), share, each.n, *ends, each.satisfied, each.unusable])
    return rows


def _write_cs_portfolio(portfolio: Portfolio, word: str | None, lang: Lang) -> Rows:
    _refuse_voice_grouping(word)
    names = (("項目", "Item"), ("重要度", "Importance"), ("n", "n"), ("下限", "Low"), ("上限", "High"))
    rows: Rows = [_write_voice_header(lang, *names, ("満足度", "Satisfaction"), ("領域", "Area"), ("備考", "Remark"))]
    for each in voice.cs_portfolio(portfolio).items:
        area = words.label("cs_areas", each.area, lang) if each.area else NOT_AVAILABLE.to(lang)
        importance, *ends = spills.figure_cells((each.importance, each.low, each.high), lang)
        remark = each.refused.to(lang) if each.refused else ""
        rows.append(
            [each.item, importance, each.n, *ends, *spills.figure_cells([each.satisfaction], lang), area, remark]
        )
    return rows


def _write_voc_table(portfolio: Portfolio, word: str | None, lang: Lang) -> Rows:
    moods = [(words.label("sentiments", code, "ja"), words.label("sentiments", code, "en")) for code in _MOODS]
    names = (("区分", "Group"), ("件数", "Contacts"), ("構成比", "Share"), *moods, ("クレーム", "Complaints"))
    rows: Rows = [_write_voice_header(lang, *names, ("最終クレーム日", "Last complaint"), ("未対応", "Open"))]
    for each in voice.voc(portfolio, *_resolve_voice_grouping(portfolio, "voc", word)):
        tagged = (each.positive, each.negative, each.mixed, each.neutral)
        last = each.last_complaint or ""
        share = spills.figure_cells([each.share], lang)
        rows.append([each.label.to(lang), each.n, *share, *tagged, each.complaints, last, each.open_items])
    return rows


_MOODS: Final = ("positive", "negative", "mixed", "neutral")


def _write_contact_table(portfolio: Portfolio, word: str | None, lang: Lang) -> Rows:
    names = (("区分", "Group"), ("件数/月", "Per month"), ("n", "n"), ("増減/月", "Change per month"))
    more = (("下限", "Low"), ("上限", "High"), ("前期間/月", "Before, per month"), ("前期間n", "n before"))
    rows: Rows = [_write_voice_header(lang, *names, *more)]
    for each in voice.velocity(portfolio, *_resolve_voice_grouping(portfolio, "contacts", word)):
        ends = spills.figure_cells((each.low, each.high), lang)
        rows.append([each.label.to(lang), each.rate, each.recent, each.change, *ends, each.earlier_rate, each.earlier])
    return rows


def _write_silence_table(portfolio: Portfolio, word: str | None, lang: Lang) -> Rows:
    silent = voice.silence(portfolio)
    unit = 10**portfolio.digits
    if word is not None:
        return _write_silence_groups(portfolio, {each.position for each in silent}, word, lang)
    names = (("顧客名", "Customer"), ("顧客ID", "Customer ID"), ("最終接点日", "Last contact"), ("日数", "Days"))
    rows: Rows = [_write_voice_header(lang, *names, ("売上", "Sales"), ("担当", "Owner"))]
    frame = portfolio.frame
    for each in silent:
        row = frame.iloc[each.position]
        never = Text("接点なし", "never").to(lang)
        sales = spills.figure_cells(
            [None if each.sales is None else each.sales / unit if unit > 1 else each.sales], lang
        )
        owner = row["owner"] if isinstance(row["owner"], str) else ""
        rows.append(
            [
                row["name"],
                row["customer_id"],
                each.last or never,
                *spills.figure_cells([each.days], lang),
                *sales,
                owner,
            ]
        )
    return rows


def _write_silence_groups(portfolio: Portfolio, silent: set[int], word: str, lang: Lang) -> Rows:
    """Return for each group of customers how many are silent, and what they buy."""
    rows: Rows = [
        _write_voice_header(
            lang, ("区分", "Group"), ("沈黙", "Silent"), ("n", "n"), ("沈黙の売上", "Sales of the silent")
        )
    ]
    everyone = pd.DataFrame({"customer": range(len(portfolio))})
    sales, unit = portfolio.frame["sales_12m"], 10**portfolio.digits
    by, scheme = (
        ("total", "standard") if words.find("voice_by", word) == "total" else spills.summary_dimension(word, portfolio)
    )
    for label, places in row_groups(portfolio, everyone, by, scheme):
        quiet = [int(position) for position in places if int(position) in silent]
        held = sales.iloc[quiet].sum(min_count=1) if quiet else 0
        amount = None if pd.isna(held) else int(held) / unit if unit > 1 else int(held)
        rows.append([label.to(lang), len(quiet), len(places), *spills.figure_cells([amount], lang)])
    return rows


def _write_unusable_answers(portfolio: Portfolio, word: str | None, lang: Lang) -> Rows:
    _refuse_voice_grouping(word)
    rows: Rows = [_write_voice_header(lang, ("入力元", "Source"), ("行", "Row"), ("値", "Value"), ("理由", "Reason"))]
    for each in voice.unusable_answers(portfolio):
        rows.append([each.source, each.row, float(str(each.value)), each.reason.to(lang)])
    return rows


_TABLES: Final[dict[str, Callable[[Portfolio, str | None, Lang], Rows]]] = {
    "nps": _write_nps_table,
    "csat": _write_csat_table,
    "cs_portfolio": _write_cs_portfolio,
    "voc": _write_voc_table,
    "contacts": _write_contact_table,
    "silence": _write_silence_table,
    "unusable": _write_unusable_answers,
}
