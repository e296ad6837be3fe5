"""What the first page says first: the finding that is worth most money, as a headline and as questions to whoever decides.

Both are read off the ranked findings of the engine, so that headline, decisions, mail and lists cannot differ.

Decision 0361: why money orders the first page, and not the purpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language import words
from engine.lists.materiality import find_material
from engine.lists.materiality.wording import WHOLE, word_measure
from report_templates.document import links
from report_templates.document.document import Decision
from report_templates.texts.formatting import change, day, percent
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, both, joined, lowered, opened, plain, say
from report_templates.texts.typeface import printable, shortened

if TYPE_CHECKING:
    from engine.language.errors import Text
    from engine.lists.materiality import Findings, MaterialFinding
    from report_templates.document.report_data import Reading

_MOST: Final = 0.7  # part of a group's money from which the customers that hold it are worth naming apart
_GRAVE: Final = (
    "severe",
    "warning",
)  # verdicts that a headline may tell where no money speaks; a caution is no headline
_ABOUT_CUSTOMERS: Final = frozenset({"dependence", "single", "concentration", "few", "spread"})


def conclude(reading: Reading) -> Text:
    """Return the report's conclusion: where sales stand, and what is worth most of all that was found, or that all is well."""
    if not reading.total:
        return say("summary.sales_none")
    amount = reading.money.spoken(reading.total)
    if reading.growth is None:
        first = say("summary.sales_only", amount=amount)
    else:
        first = say("summary.sales_grown", amount=amount, rate=change(reading.growth))
    return joined((first, _tell_head(reading)), "。", "; ")


def tell_findings(reading: Reading) -> tuple[Text, ...]:
    """Return the findings that carry a headline, the most expected money first, each with that money; for the mail."""
    found = find_material(reading.portfolio, reading.before)
    return tuple(
        opened(
            say(
                "story.worth",
                finding=say(f"story.{row.cause.rule}", **_word_facts(reading, row)),
                basis=lowered(word_measure(found.basis)),
                amount=reading.money.spoken(row.expected),
            )
        )
        for row in found.headlines[: limit("mail_findings")]
    )


def ask_of_findings(reading: Reading) -> list[Decision]:
    """Return a question for each material finding, the most expected money first."""
    found = find_material(reading.portfolio, reading.before)
    return [_ask_about(reading, found, row) for row in found.material]


def _tell_head(reading: Reading) -> Text:
    """Return the finding that leads the table; without one the gravest alert, or that all is well."""
    head = find_material(reading.portfolio, reading.before).head
    if head is not None:
        return say(f"story.{head.cause.rule}", **_word_facts(reading, head))
    worst = reading.alerts[0] if reading.alerts else None
    if worst is not None and worst.verdict in _GRAVE:
        verdict = words.text("verdicts", worst.verdict)
        if worst.code in _ABOUT_CUSTOMERS and reading.groups:
            top = reading.groups[0]
            facts = {"name": reading.quoted(top.position), "share": percent(top.share)}
            return say("summary.danger", alert=worst.item, verdict=verdict, **facts)
        return say("summary.danger_plain", alert=lowered(worst.item), verdict=verdict)
    untested = reading.untold == len(reading.portfolio.alerts)
    return say("summary.safe_partly", n=reading.untold) if untested else say("story.well")


def _word_facts(reading: Reading, row: MaterialFinding) -> dict[str, Text | Count | str]:
    """Return the facts of a finding as the report writes them; `count` even where there is one customer."""
    cause = row.cause
    facts: dict[str, Text | Count | str] = {"count": Count(max(len(row.customers), 1))}
    facts |= {name: reading.money.spoken(minor) for name, minor in cause.amounts.items()}
    facts |= {name: percent(part, int(name not in WHOLE)) for name, part in cause.shares.items()}
    facts |= {name: Count(round(each)) for name, each in cause.numbers.items()}
    facts |= {name: day(each) for name, each in cause.dates.items()}
    facts |= {name: _fit_word(each) for name, each in cause.words.items()}
    if row.customers:
        facts["name"] = reading.quoted(row.customers[0])
        facts["names"] = reading.names(row.customers, limit("culprits"))
    return facts


def _fit_word(word: Text) -> Text:
    return both(*(shortened(printable(each), 14) for each in (word.ja, word.en)))


def _ask_about(reading: Reading, found: Findings, row: MaterialFinding) -> Decision:
    facts = {"date": day(reading.portfolio.as_of), **_word_facts(reading, row)}
    basis = word_measure(found.basis)
    money = say("decision.money", basis=lowered(basis), amount=reading.money.spoken(row.expected))
    reason = joined((money, _recommend(row)), "", "")
    who = say("summary.who", owner=plain(shortened(printable(row.owner.ja), 12)), due=day(row.due))
    if row.is_company_wide:
        who = say("summary.who", owner=row.owner, due=day(row.due))
    account = links.account(row.customers[0]) if len(row.customers) == 1 else ()
    return Decision(say(f"ask.{row.cause.rule}", **facts), reason, who, link=(*account, *links.finding(row.kind)))


def _recommend(row: MaterialFinding) -> Text:
    """Return what we recommend, with its effect, where the facts of the finding tell it; nothing otherwise."""
    if row.kind == "loss_making" and row.sales > 0:
        return say("decision.price", rate=percent(row.expected / row.sales))
    if row.kind in ("shrinking", "lost", "overdue", "risk", "contract", "arrears") and len(row.customers) > 2:
        whole, held, few = sum(row.parts), 0, 0
        while held < _MOST * whole:
            held += row.parts[few]
            few += 1
        if few < len(row.customers):
            return say("decision.few", k=Count(few), part=percent(held / whole, 0))
    share, most = (row.cause.shares.get(name, 0.0) for name in ("held", "limit"))
    if row.kind == "dependent" and 0 < most < share < 1:
        return say("decision.outgrow", rate=percent((share / most - 1) / (1 - share)))
    return plain("")
