"""R10 重点アカウント: one page per key account: who it is, what is planned, how it sold, what it lacks, what threatens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.explanation.explain import explain
from engine.language.errors import Refusal
from engine.lists.actions import key_accounts
from engine.measures.opportunities import next_for
from engine.planning.plans import open_actions
from report_templates.document import links
from report_templates.document.document import Section
from report_templates.document.insights import tidy
from report_templates.sections.customers import account_parts as parts
from report_templates.texts.formatting import change, known, percent
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, lowered, plain, say
from report_templates.texts.typeface import printable, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.language.errors import Text
    from report_templates.document.document import Table
    from report_templates.document.figures import Columns
    from report_templates.document.report_data import Reading
    from report_templates.sections.customers.account_parts import Fact, Threat

_NAME: Final = 18  # em of a customer's name in the headline


@dataclass(frozen=True, kw_only=True)
class Account(Section):
    """The page of one account; a part that the data cannot carry is None, and its `…_missing` says why.

    Parameters
    ----------
    position
        The customer's position.
    level
        `h1` where the page is a document of its own, else `h2`.
    """

    position: int
    level: str
    who: tuple[Fact, ...]
    history: Columns | None
    history_missing: Text | None
    plan: tuple[Fact, ...]
    scores: Table
    whitespace: Table | None
    whitespace_missing: Text | None
    offer: tuple[Fact, ...]
    risks: tuple[Threat, ...]
    lost: Fact
    actions: Table | None
    actions_missing: Text | None

    @property
    def anchor(self) -> str:
        """The page's name in the document."""
        return links.account(self.position)[0]

    @property
    def short(self) -> Text:
        """The name of all pages of accounts."""
        return say("accounts.short")


def whom(reading: Reading) -> list[int]:
    """Return the key accounts, by rule or by hand, the largest sales first."""
    return reading.by_sales(key_accounts(reading.portfolio)["key"].to_numpy(dtype=bool))


def build(reading: Reading) -> tuple[Account, ...]:
    """Return the pages of the largest key accounts; none where there are neither orders nor plans to tell of."""
    tables = reading.portfolio.tables
    if tables.plans is None and (tables.orders is None or tables.orders.empty):
        return ()
    every = whom(reading)
    shown = every[: limit("accounts")]
    rest = (say("accounts.more", all=Count(len(every)), shown=Count(len(shown))),) if len(every) > len(shown) else ()
    return tuple(page(reading, position, notes=rest if position == shown[-1] else ()) for position in shown)


def page(reading: Reading, position: int, level: str = "h2", notes: Sequence[Text] = ()) -> Account:
    """Return the page of one account.

    Parameters
    ----------
    position
        The customer's position.
    level
        Rank of its headline: `h1` for a document of its own.
    notes
        What stands at its foot.
    """
    history, history_missing = parts.history(reading, position)
    whitespace, whitespace_missing = parts.whitespace(reading, position)
    actions, actions_missing = parts.actions(reading, position)
    identity = plain(printable(str(reading.frame["customer_id"].iloc[position])))
    named = "name" if key_accounts(reading.portfolio)["key"].iloc[position] else "name_other"
    return Account(
        key="accounts",
        number="R10",
        name=say(f"accounts.{named}", name=reading.brief(position, 16)),
        message=_build_account_message(reading, position),
        subtitle=say(
            "accounts.subtitle", id=plain(shortened(identity.ja, 20)), period=reading.period, unit=reading.money.label
        ),
        notes=tuple(notes),
        position=position,
        level=level,
        who=parts.who(reading, position),
        history=history,
        history_missing=history_missing,
        plan=parts.plan(reading, position),
        scores=parts.scores(reading, position),
        whitespace=whitespace,
        whitespace_missing=whitespace_missing,
        offer=parts.offer(reading, position),
        risks=parts.risks(reading, position),
        lost=parts.lost(reading, position),
        actions=actions,
        actions_missing=actions_missing,
    )


def _build_account_message(reading: Reading, position: int) -> Text:
    """Return what it sells, and the one thing that matters most: a danger, what is late, the next offer, or its strategy."""
    row = reading.frame.iloc[position]
    sales, growth = known(row["sales_12m"]), known(row["growth_rate"])
    name = say("word.quoted", name=reading.brief(position, _NAME))
    values = {"name": name, "amount": reading.money.spoken(sales), "part": _write_sales_part(reading, position)}
    if not sales:
        first = say("accounts.message_unsold", name=name)
    elif growth is None:
        first = say("accounts.message_sold", **values)
    else:
        first = say("accounts.message_grown", **values, rate=change(growth))
    return joined((first, _what_matters(reading, position)), "", "")


def _write_sales_part(reading: Reading, position: int) -> Text:
    """Return its share of all sales, and that of its group where it heads one: the first page speaks of groups."""
    share = known(reading.frame["share"].iloc[position])
    group = next((each.share for each in reading.groups if each.position == position), None)
    if share is None:
        return say("accounts.part_missing")
    if group is None or percent(group) == percent(share):
        return say("accounts.part_of_all", share=percent(share))
    return say("accounts.part_of_group", share=percent(share), group=percent(group))


def _what_matters(reading: Reading, position: int) -> Text:
    portfolio = reading.portfolio
    if reading.frame["level_risk"].iloc[position] == "high":
        lines = explain(portfolio, position, "risk").lines
        strongest = max(lines, key=lambda line: line.contribution)
        return say("accounts.message_risk", factor=lowered(strongest.factor))
    late = _count_late_actions(reading, position)
    if late:
        return say("accounts.message_late", n=Count(late))
    try:
        found = next_for(portfolio, position, top=1)
    except Refusal:
        found = None
    if found is not None and len(found):
        product = tidy(plain(str(found["product"].iloc[0])), 16)
        expected = known(found["expected"].iloc[0])
        if expected is None:
            return say("accounts.message_next_plain", product=product)
        return say("accounts.message_next", product=product, amount=reading.money.spoken(expected))
    return say("accounts.message_strategy", strategy=parts.strategy(reading, position))


def _count_late_actions(reading: Reading, position: int) -> int:
    if reading.portfolio.tables.actions is None:
        return 0
    return int(np.sum([action.overdue for action in open_actions(reading.portfolio, position)]))
