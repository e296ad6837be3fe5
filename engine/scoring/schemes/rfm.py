"""RFM: recency, frequency and monetary value scored 1–5, and eleven named segments over the 125 codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.language.errors import Refusal, Text
from engine.scoring.cuts import classify, quantile_cuts
from engine.scoring.schemes.base import Assignment, Facts

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GROUPS = 5


def rfm(facts: Facts) -> Assignment:
    """Return the RFM scores and segments.

    R is days since the last purchase, F the number of purchases, M the net amount of all purchases. Equal values always
    get equal scores. Fixed cuts by default (B2B); quintiles over distinct values where the definition says so and there
    are customers enough. Cut points of an earlier run win where the definition holds them. Customers without a purchase
    are 未分類. Segment list: Spotler Activate help, "App RFM".
    """
    recency, frequency, monetary = (facts.array(name) for name in ("recency_days", "orders", "sales_total"))
    bought = np.nan_to_num(frequency) > 0
    if not bought.any():
        none = np.zeros(facts.count, dtype=np.int64)
        return Assignment(
            np.full(facts.count, "unclassified", dtype=object),
            refused=Text("RFMには取引表が必要です", "RFM needs an order table"),
            scores={"rfm_r": none, "rfm_f": none, "rfm_m": none},
        )
    # Recency counts backwards: turned round, every score rises with its value.
    values = {"recency": -recency, "frequency": frequency, "monetary": monetary}
    values = {name: np.where(bought, each, np.nan) for name, each in values.items()}
    quintile, notes = _choose_rfm_method(facts, int(bought.sum()))
    cuts = {name: _find_rfm_score_cuts(facts, name, each, quintile) for name, each in values.items()}
    scores = {name: classify(each, cuts[name]) for name, each in values.items()}
    code = scores["recency"] * 100 + scores["frequency"] * 10 + scores["monetary"]
    return Assignment(
        _build_rfm_segment_table(facts)[np.where(bought, code, 0)],
        {f"rfm.{name}": tuple(sorted(abs(cut) for cut in each)) for name, each in cuts.items()},
        notes,
        scores={f"rfm_{name[0]}": each for name, each in scores.items()},
    )


def _choose_rfm_method(facts: Facts, customers: int) -> tuple[bool, tuple[Text, ...]]:
    wanted = facts.definition.value("rfm.method")
    if wanted not in ("fixed", "quintile"):
        raise Refusal(
            "missing_definition",
            f"定義「rfm.method」は fixed か quintile です(今の値: {wanted})",
            f'the entry "rfm.method" must be fixed or quintile (now: {wanted})',
        )
    least = int(facts.definition.number("rfm.min_customers"))
    if wanted == "quintile" and customers < least:
        note = Text(
            f"RFMの五分位には{least}社が必要です(実際は{customers}社)。固定の区切りを使いました",
            f"RFM quintiles need {least} customers (there are {customers}); fixed cuts were used",
        )
        return False, (note,)
    return wanted == "quintile", ()


def _find_rfm_score_cuts(facts: Facts, name: str, values: NDArray[np.float64], quintile: bool) -> list[float]:
    """Return the lower ends of the scores 2 to 5 on the rising scale (recency negative)."""
    sign = -1.0 if name == "recency" else 1.0
    frozen = facts.definition.value(f"rfm.frozen_{name}")
    if frozen:
        return sorted(sign * float(cut) for cut in frozen)
    if quintile:
        return quantile_cuts(values, _GROUPS)
    if name == "recency":
        return sorted(-float(cut) for cut in facts.definition.value("rfm.recency_days"))
    if name == "frequency":
        return sorted(float(cut) for cut in facts.definition.value("rfm.frequency"))
    mean = float(np.nanmean(values))
    return sorted(float(cut) * max(mean, 0.0) for cut in facts.definition.value("rfm.monetary_multiple"))


def _build_rfm_segment_table(facts: Facts) -> NDArray[np.object_]:
    """Return the segment of every code 111–555 as a table of 556 entries; 0 and gaps are 未分類."""
    table = np.full(_GROUPS * 111 + 1, "unclassified", dtype=object)
    for segment, codes in facts.definition.value("rfm.segments").items():
        for code in str(codes).split():
            table[int(code)] = segment
    return table
