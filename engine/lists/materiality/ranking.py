"""From claims to the ranked table: who stands alone and who in a group, evidence, owner, day, order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.language.errors import Text
from engine.lists.materiality.causes import find_cause, find_due, tell_opportunity
from engine.lists.materiality.claims import claim_losses, claim_opportunities
from engine.lists.materiality.data_gaps import find_data_gaps
from engine.lists.materiality.evidence import Evidence, weigh_evidence
from engine.lists.materiality.finding import KINDS, UPSIDE, Cause, Findings, MaterialFinding
from engine.lists.materiality.stakes import Stakes, measure_stakes
from engine.lists.materiality.wording import word_all_is_well, word_cause, word_customers, word_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from engine.lists.materiality.claims import Claims
    from engine.scoring.portfolio import Portfolio

_TOGETHER: Final = ("lost", "shrinking")  # what has happened to several is one finding, however large each of them is
_OWNERS: Final = {"data": "data_head", "arrears": "finance_head"}  # else the head of sales


def find_material(portfolio: Portfolio, before: Portfolio | None = None) -> Findings:
    """Return all findings of a run, ranked by the money that is expected to be at stake in a year.

    Parameters
    ----------
    portfolio
        The run; nothing of it is changed.
    before
        The run of the review before: each row then says whether that had the same finding already (of the same kind, and
        of the same customer where it concerns one alone).

    Notes
    -----
    Every customer's loss is in one row at most, and its headline opportunity, which is other money, in one more. Customers
    whose own money is material stand alone, the others of the same kind are one group; those that were lost or shrank are one
    group each, unless one of them makes `materiality.lone_share` of it.
    """
    found = portfolio.once(("materiality",), lambda: _rank_findings(portfolio))
    if before is None:
        return found
    earlier = {_identify_finding(before, row) for row in find_material(before).rows}
    rows = tuple(replace(row, known=_identify_finding(portfolio, row) in earlier) for row in found.rows)
    return replace(found, rows=rows)


def _identify_finding(portfolio: Portfolio, row: MaterialFinding) -> tuple[str, str]:
    """Return what makes a finding the same in two runs."""
    alone = len(row.customers) == 1 or row.kind == "dependent"
    ids = portfolio.frame["customer_id"]
    return row.cause.rule if row.kind == "data" else row.kind, str(ids.iloc[row.customers[0]]) if alone else ""


def _rank_findings(portfolio: Portfolio) -> Findings:
    stakes = measure_stakes(portfolio)
    whole = int(np.maximum(stakes.now, 0.0).sum())
    least = max(int(np.ceil(portfolio.definition.number("materiality.least_share") * whole)), 1)
    losses = claim_losses(portfolio, stakes)
    rows = [row for claims in losses.values() for row in _list_losses(portfolio, stakes, claims, least)]
    rows += _list_material_opportunities(portfolio, stakes, tuple(losses.values()), least)
    for gap in find_data_gaps(portfolio, stakes):
        rows.append(
            _make_finding_row(portfolio, "data", (), (gap.amount,), gap.sales, gap.amount, "observed", gap.cause, None)
        )
    ids = portfolio.frame["customer_id"].to_numpy(dtype=str)
    rows.sort(key=lambda row: _rank_row_by_money(row, ids))
    found = Findings(tuple(rows), stakes.basis, whole, least, Text("", ""))
    doubtful = len(found.material)
    head = found.head
    summary = word_all_is_well(portfolio, least, doubtful) if head is None else word_head(portfolio, head, found.basis)
    return replace(found, summary=summary)


def _rank_row_by_money(row: MaterialFinding, ids: NDArray[np.str_]) -> tuple[int, int, int, str, str]:
    first = str(ids[row.customers[0]]) if row.customers else ""
    return -row.expected, -row.amount, KINDS.index(row.kind), first, row.cause.rule


def _list_losses(portfolio: Portfolio, stakes: Stakes, claims: Claims, least: int) -> Iterable[MaterialFinding]:
    """Return the rows of one kind of loss."""
    ids = portfolio.frame["customer_id"].to_numpy(dtype=str)
    expected = claims.expected
    who = np.flatnonzero(np.rint(expected) >= 1)
    order = who[np.lexsort((ids[who], -expected[who]))]
    alone = _flag_alone(portfolio, claims.kind, expected[order], least)
    apart = [order[place : place + 1] for place in np.flatnonzero(alone)]
    groups = [order] if claims.kind == "dependent" else [*apart, order[~alone]]
    lone = np.zeros(len(ids), np.bool_)
    lone[order[alone]] = True
    for group in groups:
        if len(group):
            customers = tuple(int(at) for at in group)
            cause = find_cause(portfolio, stakes, claims, customers)
            evidence = weigh_evidence(portfolio, stakes, claims, customers, lone)
            parts = tuple(int(each) for each in np.rint(expected[list(customers)]))
            amount = int(claims.amount[list(customers)].sum())
            sales = int(np.rint(claims.sales[list(customers)].sum()))
            code = str(claims.code[customers[0]])
            yield _make_finding_row(portfolio, claims.kind, customers, parts, sales, amount, code, cause, evidence)


def _flag_alone(portfolio: Portfolio, kind: str, expected: NDArray[np.float64], least: int) -> NDArray[np.bool_]:
    """Return which of a kind's customers stand alone."""
    whole = portfolio.definition.number("materiality.lone_share") * expected.sum()
    return np.asarray((expected >= whole) | ((expected >= least) & (kind not in _TOGETHER)), dtype=np.bool_)


def _list_material_opportunities(
    portfolio: Portfolio, stakes: Stakes, losses: Sequence[Claims], least: int
) -> Iterable[MaterialFinding]:
    """Return the opportunities that are material by themselves; their sum is none: they are not independent of each other."""
    if stakes.basis != "gross_profit":  # what a product earns is not known, and sales would outweigh all profits
        return
    claims, found = claim_opportunities(portfolio, losses)
    material = claims.expected[found["customer"].to_numpy(np.int64)] >= least
    for _, opportunity in found[material].iterrows():
        at = int(opportunity["customer"])
        evidence = Evidence(n=int(opportunity["n"]), low=None, high=None)
        part = (int(np.rint(claims.expected[at])),)
        yield _make_finding_row(
            portfolio,
            UPSIDE,
            (at,),
            part,
            0,
            int(claims.amount[at]),
            "peers",
            tell_opportunity(portfolio, opportunity),
            evidence,
        )


def _make_finding_row(
    portfolio: Portfolio,
    kind: str,
    customers: tuple[int, ...],
    parts: tuple[int, ...],
    sales: int,
    amount: int,
    code: str,
    cause: Cause,
    evidence: Evidence | None,
) -> MaterialFinding:
    expected = sum(parts)
    owner_code, owner = _find_finding_owner(portfolio, kind, customers)
    told = evidence or Evidence(None, None, None)
    return MaterialFinding(
        kind=kind,
        customers=customers,
        parts=parts,
        amount=amount,
        sales=sales,
        probability=min(expected / amount, 1.0),
        probability_code=code,
        expected=expected,
        low=told.low,
        high=told.high,
        n=told.n,
        thin=told.is_thin(portfolio.definition.number("materiality.least_evidence")),
        cause=cause,
        owner_code=owner_code,
        owner=owner,
        due=find_due(portfolio, kind, customers),
        known=None,
        who=word_customers(portfolio, customers),
        what=word_cause(portfolio, cause),
    )


def _find_finding_owner(portfolio: Portfolio, kind: str, customers: tuple[int, ...]) -> tuple[str, Text]:
    """Return who answers for a finding: a customer's sales representative for that one alone, else the function in charge."""
    if len(customers) == 1 and kind not in ("dependent", "data"):
        name = portfolio.frame["owner"].iloc[customers[0]]
        if isinstance(name, str) and name.strip():
            return "rep", Text(name.strip(), name.strip())
    code = _OWNERS.get(kind, "sales_head")
    return code, words.text("finding_owners", code)
