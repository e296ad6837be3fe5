"""The ladder of base models: contracts, then the likeliest purchase model (with priors where needed), then the own rhythm.

Each customer is answered by the first that can; which one it was stands beside the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal, Text
from engine.models.contracts.cohorts import from_contracts
from engine.models.contracts.contracts import MODELS as CONTRACT_MODELS
from engine.models.contracts.contracts import ContractModel, fit_model, leaving
from engine.models.purchases.choice import DEFAULT, MODELS, choose
from engine.models.purchases.histories import DAYS, from_tables
from engine.scoring.forecast.history_cut import purchases_between, sales_between
from engine.scoring.forecast.purchase_value import measure_variation, weigh_everybody

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition
    from engine.models.fitting import Fit
    from engine.models.purchases.beta_geometric import BetaGeometric
    from engine.models.purchases.choice import Choice
    from engine.models.purchases.histories import Histories

    Vector = NDArray[np.float64]

CONTRACT: Final = "contract"
RHYTHM: Final = "rhythm"
NONE: Final = ""

_NO_ANSWER: Final = Text("取引がないため予測できません", "no orders, so nothing can be forecast")
_OWN_RHYTHM: Final = Text("自社の購入間隔による", "by the customer's own rhythm")
_MONEY_DAYS: Final = 365  # the value of a purchase is read off the last year where the customer bought in it
# Without a model there are rules of thumb, our own choice, each even where one would bet neither way:
_LATE: Final = 3.0  # own gaps after which a customer is as likely gone as not,
_STEEP: Final = 1.5  # and by how much the log-odds rise with each further gap
_EVEN_SHRINKING: Final = 1.0  # expected sales over those before at which shrinking by a fifth is as likely as not,
_EVEN_GROWING: Final = 1.1  # and growing by a tenth; either changes by as many points as the expectation moves away


@dataclass(frozen=True, eq=False)
class PurchaseAnswer:
    """The purchase model that answers, and the histories it was fitted to."""

    histories: Histories
    choice: Choice

    @property
    def model(self) -> BetaGeometric:
        """The model."""
        return MODELS[self.choice.model]  # type: ignore[return-value]

    @property
    def fit(self) -> Fit:
        """Its fit."""
        return self.choice.fit


@dataclass(frozen=True, eq=False)
class BaseForecast:
    """What the base models say of every customer on a day; NaN where none answers.

    Parameters
    ----------
    lost
        Probability of no purchase (or no renewal) within the horizon.
    purchases
        Expected purchases.
    value
        Expected net sales of one purchase, minor units.
    shrinks, grows
        Probability of sales ≤ 80 % of, and ≥ 110 % of, those of the same time before.
    before
        Those sales, minor units.
    model
        Which rung answered: `contract`, a purchase model's word, `rhythm`, or "" where nothing can be said.
    """

    lost: Vector
    purchases: Vector
    value: Vector
    shrinks: Vector
    grows: Vector
    before: Vector
    model: NDArray[np.object_]


def fit_purchases(
    tables: Tables, day: date, definition: Definition, known: PurchaseAnswer | Text | None = None
) -> PurchaseAnswer | Text:
    """Return the likeliest purchase model of the orders up to `day`, priors helping where needed; or why there is none.

    A `known` model is used as it is, on these orders.
    """
    try:
        rows = from_tables(tables, until=day, definition=definition)
        if isinstance(known, PurchaseAnswer):
            return PurchaseAnswer(rows, known.choice)
        return PurchaseAnswer(rows, choose(rows, DEFAULT, definition, priors=True))
    except Refusal as refusal:
        return refusal.text


def fit_contracts(tables: Tables, day: date, definition: Definition) -> ContractModel | None:
    """Return the contract model, where enough customers have a contract to renew; else None."""
    customers = tables.customers
    if float(customers["contract_start"].notna().mean()) < definition.number("ltv.contract_share"):
        return None
    contracts = from_contracts(
        customers["contract_start"], customers["contract_end"], day, definition.number("ltv.contract_grace_days")
    )
    if int(contracts.usable.sum()) < definition.number("ltv.min_contracts"):
        return None
    try:
        return ContractModel(*fit_model("auto", contracts.renewals, definition), contracts)
    except Refusal:  # the renewals identify neither model: the purchases answer
        return None


def forecast_base(
    tables: Tables,
    metrics: pd.DataFrame,
    day: date,
    horizon: float,
    definition: Definition,
    purchases: PurchaseAnswer | Text,
    contracts: ContractModel | None = None,
) -> BaseForecast:
    """Return what the ladder says on `day`.

    Parameters
    ----------
    tables, metrics
        As known on `day`.
    horizon
        Days ahead.
    purchases
        A purchase model; its parameters are used on the histories up to `day`.
    contracts
        The contract model, where there is one.
    """
    count = len(metrics)
    before = sales_between(tables, day - timedelta(days=round(horizon)), day).astype(np.float64)
    empty = np.full(count, np.nan)
    found = BaseForecast(
        empty.copy(), empty.copy(), _value_purchases(tables, metrics, day, definition),
        empty.copy(), empty.copy(), before, np.full(count, NONE, dtype=object),
    )  # fmt: skip
    if isinstance(purchases, Text):
        _answer_by_rhythm(found, metrics, horizon)
    else:
        _answer_by_purchases(found, tables, day, horizon, definition, purchases)
    if contracts is not None:
        _answer_by_contracts(found, contracts, horizon)
    return found


def _value_purchases(tables: Tables, metrics: pd.DataFrame, day: date, definition: Definition) -> Vector:
    """Return the value of a purchase to come: the own mean of the last year (else of all time), held towards everybody's."""
    year_ago = day - timedelta(days=_MONEY_DAYS)
    recent = purchases_between(tables, year_ago, day).astype(np.float64)
    recent_sales = sales_between(tables, year_ago, day).astype(np.float64)
    times = metrics["orders"].to_numpy(np.float64, na_value=0.0)
    total = metrics["sales_total"].to_numpy(np.float64, na_value=0.0)
    number, sold = np.where(recent > 0, recent, times), np.where(recent > 0, recent_sales, total)
    everybody = total.sum() / max(times.sum(), 1.0)
    weight = weigh_everybody(measure_variation(tables), definition)
    own = np.maximum(sold, 0.0) + weight * max(everybody, 0.0)
    return np.where(number > 0, own / (number + weight), np.nan)


def _answer_by_purchases(
    found: BaseForecast, tables: Tables, day: date, horizon: float, definition: Definition, answer: PurchaseAnswer
) -> None:
    if tables.orders is None or not len(tables.orders) or tables.orders["date"].min() > np.datetime64(day):
        return
    rows = answer.histories
    if rows.until != day:
        try:
            rows = from_tables(tables, until=day, definition=definition)
        except Refusal:  # nobody had bought by then
            return
    model, ahead = answer.model, horizon / DAYS[rows.unit]
    values = answer.fit.values  # noqa: PD011 - the parameters of a fit, no frame
    history, who = (rows.x, rows.t_x, rows.T), rows.customer
    found.lost[who] = rows.each(model.silent(values, ahead, *history))
    found.purchases[who] = rows.each(model.expected_given(values, ahead, *history))
    found.model[who] = answer.choice.model
    less, more = definition.number("forecast.shrinks"), definition.number("forecast.grows")
    x, t_x, T = (rows.each(each) for each in history)  # noqa: N806 - as every paper has it
    before, value = np.maximum(found.before[who], 0.0), found.value[who]
    worth = np.where(value > 0, value, 1.0)  # who buys at no price shrinks and grows by no number of purchases
    few = np.floor(less * before / worth + 1e-9) + 1  # so many purchases are more than 80 % of the sales before
    many = np.maximum(np.ceil(more * before / worth - 1e-9), 1.0)
    found.shrinks[who] = np.where(before > 0, 1 - model.at_least(values, ahead, few, x, t_x, T), np.nan)
    found.grows[who] = model.at_least(values, ahead, many, x, t_x, T)


def _answer_by_rhythm(found: BaseForecast, metrics: pd.DataFrame, horizon: float) -> None:
    """Answer for customers with a rhythm of their own: gone the likelier, the more of its own gaps have passed."""
    gap = metrics["gap_median"].to_numpy(np.float64, na_value=np.nan)
    late = metrics["overdue_ratio"].to_numpy(np.float64, na_value=np.nan)
    known = (gap > 0) & ~np.isnan(late)
    gone = 1 / (1 + np.exp(-_STEEP * (late[known] - _LATE)))
    due = horizon / gap[known]
    found.lost[known] = gone + (1 - gone) * np.exp(-due)
    found.purchases[known] = (1 - gone) * due
    expected, before = found.purchases[known] * found.value[known], found.before[known]
    quiet = np.maximum(before, 1.0)
    found.shrinks[known] = np.where(
        before > 0, np.clip(0.5 + _EVEN_SHRINKING - expected / quiet, found.lost[known], 1.0), np.nan
    )
    found.grows[known] = np.clip(0.5 + expected / quiet - _EVEN_GROWING, 0.0, 1 - found.lost[known])
    found.model[known] = RHYTHM


def _answer_by_contracts(found: BaseForecast, contracts: ContractModel, horizon: float) -> None:
    """Let a running contract decide whether the customer is lost; what it buys until then the purchases say."""
    ends = leaving(contracts, horizon)
    known = ~np.isnan(ends) & contracts.contracts.active
    stays = np.where(found.lost < 1, (1 - ends) / np.maximum(1 - found.lost, 1e-9), 1.0)
    found.purchases[known] *= np.clip(stays[known], 0.0, 1 / np.maximum(1 - found.lost[known], 0.05))
    found.lost[known] = ends[known]
    found.shrinks[known] = np.fmax(found.shrinks[known], ends[known])
    found.grows[known] = np.fmin(found.grows[known], 1 - ends[known])
    found.model[known] = CONTRACT


def explain_models(purchases: PurchaseAnswer | Text, contracts: ContractModel | None) -> dict[str, Text]:
    """Return why each rung answers, by its word; "" says why nothing can be said."""
    told = {NONE: _NO_ANSWER, RHYTHM: _OWN_RHYTHM}
    if isinstance(purchases, Text):
        told[RHYTHM] = Text(f"{_OWN_RHYTHM.ja}({purchases.ja})", f"{_OWN_RHYTHM.en} ({purchases.en})")
    else:
        told[purchases.choice.model] = purchases.choice.why
    if contracts is not None:
        label = CONTRACT_MODELS[contracts.fit.model].LABEL
        told[CONTRACT] = Text(f"契約の更新による({label.ja})", f"by the renewal of contracts ({label.en})")
    return told
