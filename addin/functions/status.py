"""The state of a run, as `PORTFOLIO_STATUS` tells it: how old, how much, how clean, and whether it is still current."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Final

from addin.functions import live
from engine.language import words
from engine.language.errors import Lang, Text
from engine.reading.columns import table_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from addin.functions.lookup import View
    from addin.functions.registry import Caller
    from engine.scoring.portfolio import Portfolio

HEADER: Final = (Text("項目", "Item"), Text("値", "Value"))


def item(view: View, code: str, caller: Caller) -> object:
    """Return one item of the run's state: a text, or the as-of date as a date."""
    return view.handle if code == "run" else _ITEMS[code](view.portfolio, caller.lang)


def rows(view: View, codes: Iterable[str], caller: Caller) -> list[list[object]]:
    """Return items of the run's state as two columns below a header row."""
    lines: list[list[object]] = [[text.to(caller.lang) for text in HEADER]]
    return lines + [
        [words.label("status", code, caller.lang), _write_status_value(item(view, code, caller), caller)]
        for code in codes
    ]


def _write_status_value(value: object, caller: Caller) -> object:
    """Return a date as text: among texts in one column no cell format fits it, and it would show as its number."""
    return _format_status_day(value, caller.lang) if isinstance(value, date) else value


def _format_status_day(day: date, lang: Lang) -> str:
    return f"{day:%Y/%m/%d}" if lang == "ja" else f"{day:%Y-%m-%d}"


def _tell_freshness(portfolio: Portfolio, lang: Lang) -> str:
    """Return how many days before the as-of date the newest order lies, and which other tables are beyond their limit."""
    newest, days = portfolio.newest, portfolio.age_days
    if newest is None or days is None:
        return Text("算出不可(取引データがありません)", "not available (there are no orders)").to(lang)
    limit = int(portfolio.definition.number("freshness.orders_days"))
    stale = Text(f"、限度{limit}日を超過", f", beyond the limit of {limit} days").to(lang) if portfolio.stale else ""
    told = Text(
        f"最新の取引 {_format_status_day(newest, lang)}(基準日の{days}日前{stale})",
        f"newest order {newest:%Y-%m-%d} ({days} days before the as-of date{stale})",
    ).to(lang)
    others = [
        Text(
            f"{table_text(table).ja}は{age}日前まで(限度{limit}日を超過)",
            f"{table_text(table).en.lower()} up to {age} days before (beyond the limit of {limit} days)",
        ).to(lang)
        for table, age, limit in portfolio.stale_sources
        if table != "orders"
    ]
    return Text("、", "; ").to(lang).join([told, *others])


def _tell_row_counts(portfolio: Portfolio, lang: Lang) -> str:
    customers = len(portfolio.frame)
    orders = portfolio.orders
    if orders is None:
        return Text(f"顧客 {customers:,}", f"{customers:,} customers").to(lang)
    return Text(f"顧客 {customers:,}・取引 {len(orders):,}", f"{customers:,} customers, {len(orders):,} orders").to(
        lang
    )


def _tell_row_quality(portfolio: Portfolio, lang: Lang) -> str:
    """Return how many rows were used, and the findings by severity."""
    read = sum(source.rows_read for source in portfolio.sources)
    used = sum(source.rows_used for source in portfolio.sources)
    found = Counter(finding.severity for finding in portfolio.findings)
    parts = [
        f"{words.label('severities', severity, lang)} {found[severity]:,}"
        for severity in ("error", "warning")
        if found[severity]
    ]
    rate = Text(f"{read:,}行中{used:,}行を使用", f"{used:,} of {read:,} rows used").to(lang)
    return Text("、", "; ").to(lang).join([rate, *parts])


def _tell_definition_version(portfolio: Portfolio, lang: Lang) -> str:
    """Return the definition's version and the first digits of its hash: an edited one keeps its version's name."""
    del lang  # the same in every language
    return f"{portfolio.definition.version} ({portfolio.definition.hash[:8]})"


def _tell_pending_changes(portfolio: Portfolio, lang: Lang) -> str:
    """Return whether the inputs changed after the run, as far as it can be told from inside a cell.

    A run made from cell ranges by `PORTFOLIO_RUN` is made again whenever a cell of them changes, so nothing can be
    pending. A run made from files was read at a moment; what happened to the files since is not seen from here.
    """
    if live.is_live(portfolio.hash):
        return Text("なし(入力の変更は自動で反映されます)", "none (changes of the input are taken up at once)").to(lang)
    moments = [source.read_at for source in portfolio.sources]
    if not moments:
        return Text("不明(更新してください)", "unknown (please refresh)").to(lang)
    return Text(
        f"不明({max(moments):%Y/%m/%d %H:%M} UTCに読み込み。以後の変更は更新で反映)",
        f"unknown (read at {max(moments):%Y-%m-%d %H:%M} UTC; refresh to take up later changes)",
    ).to(lang)


def _tell_masking_state(portfolio: Portfolio, lang: Lang) -> str:
    """Return whether the run names customers. A masked edition is made from a run at reporting; the run stays as it is."""
    if portfolio.tables.kept == "pseudonyms":
        return Text(
            "仮名(この実行は名前を仮名にして保存されています)", "pseudonyms (the run was stored without names)"
        ).to(lang)
    return Text(
        "名前を表示(マスキング版は報告を作るときに、この実行から作ります)",
        "names are shown (a masked edition is made from this run when a report is made)",
    ).to(lang)


_ITEMS: Final[dict[str, Callable[[Portfolio, Lang], object]]] = {
    "as_of": lambda portfolio, _: portfolio.as_of,
    "freshness": _tell_freshness,
    "count": _tell_row_counts,
    "quality": _tell_row_quality,
    "definition": _tell_definition_version,
    "tier": lambda portfolio, lang: words.label("tiers", portfolio.tier, lang),
    "pending": _tell_pending_changes,
    "masking": _tell_masking_state,
    "purpose": lambda portfolio, lang: words.label("purposes", portfolio.purpose, lang),
}
