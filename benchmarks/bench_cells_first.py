"""Claim: from nothing to the first answer of a cell takes at most 1.5 times the mere import of pandas."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from measure import Row, compare

ROOT = Path(__file__).resolve().parent.parent
FIRST = """
from addin import cells
table = [["顧客名", "年間売上", "継続性", "成長ポテンシャル", "リスク"]]
table += [[f"顧客{number}", 1e6 + number, "高", "中", "低"] for number in range(100)]
run = cells.answer("PORTFOLIO_RUN", [table])
answer = cells.answer("PORTFOLIO_SEGMENT", ["顧客7", None, run])
assert isinstance(answer, str) and not answer.startswith("#PF"), answer
"""


def measure() -> list[Row]:
    """Start both as processes: the second is what anybody pays who uses pandas at all."""
    return [
        compare(
            (
                "最初のセル / first cell (100 社)",
                lambda: subprocess.run([sys.executable, "-c", FIRST], check=True, cwd=ROOT),
            ),
            ("python -c 'import pandas'", lambda: subprocess.run([sys.executable, "-c", "import pandas"], check=True)),
            budget=1.5,
            runs=9,
        )
    ]
