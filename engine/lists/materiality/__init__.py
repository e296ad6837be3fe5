"""What matters comes first: all findings of a run as one table, ranked by the money that is expected to be at stake.

In: a portfolio, and the one of the review before, if there is one.
Out: `find_material`, the ranked `Findings`; headline, decisions, mail, lists and sheets are read off their head.
It must not know: reports, cells, buttons.

Decision 0350: what a finding is worth, why money counts once, and why the room lies among the lists.
"""

from __future__ import annotations

from engine.lists.materiality.finding import KINDS, Cause, Findings, MaterialFinding
from engine.lists.materiality.ranking import find_material

__all__ = ["KINDS", "Cause", "Findings", "MaterialFinding", "find_material"]
