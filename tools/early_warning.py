"""Print how early customers that stop or shrink are noticed: `python tools/early_warning.py`.

Sixty made-up accounts buy every month for three years; then six stop and eight order a third less. Month by month the risk is
graded as it is now, and by the table of weights that came before. A row says how many of each are Medium or High, and how many of
the forty-six others are (false alarms); means over several companies.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from helpers.synthetic import Company, accounts  # noqa: E402 - found beside the tests

from engine.definition.definition import Definition, load_definition  # noqa: E402
from engine.scoring.scoring import score  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

STOP, SHRINK = 6, 8
SEEDS: Final = range(1, 6)
MONTHS: Final = range(1, 13)


def rows() -> Iterator[tuple[int, list[float], list[float]]]:
    """Yield the months since the change, and how many are noticed now and by weights: stopped, shrinking, others."""
    weights = Definition.from_toml((ROOT / "tests/cases/risk_by_weights.toml").read_text(encoding="utf-8"))
    for month in MONTHS:
        found = [accounts(60, STOP, SHRINK, seed=seed, after_change=30 * month) for seed in SEEDS]
        now, before = (
            np.mean([_count_noticed(each, definition) for each in found], axis=0).tolist()
            for definition in (load_definition(), weights)
        )
        yield month, now, before


def main() -> int:
    """Print the table."""
    print("months after | now: stopped/6  shrinking/8  alarms/46 | weights: stopped/6  shrinking/8  alarms/46")
    for month, *both in rows():
        told = " | ".join(f"{stopped:18.1f} {shrinking:12.1f} {alarms:10.1f}" for stopped, shrinking, alarms in both)
        print(f"{month:12d} | {told}")
    return 0


def _count_noticed(company: Company, definition: Definition) -> list[int]:
    """Return how many that stopped, that shrink, and of the others are Medium or High in risk."""
    day = company.as_of
    level = score(company.tables, definition, day).frame["level_risk"].to_numpy(dtype=object)
    noticed = np.isin(level, ["mid", "high"])
    return [int(noticed[:STOP].sum()), int(noticed[STOP : STOP + SHRINK].sum()), int(noticed[STOP + SHRINK :].sum())]


if __name__ == "__main__":
    sys.exit(main())
