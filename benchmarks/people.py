"""Made-up customers for the measurements, the same at every run."""

from __future__ import annotations

import numpy as np

HEADER = ["顧客名", "業界", "年間売上", "継続性", "成長ポテンシャル", "リスク"]


def customers(count: int) -> list[list[str | float]]:
    """Return `count` rows of a seven-column table without its last column, in no order of names."""
    dice = np.random.default_rng(20261122)
    numbers = dice.permutation(count)
    sales = np.round(dice.lognormal(15, 1.2, count), -3)
    levels = np.array(["高", "中", "低"])[dice.integers(0, 3, (3, count))]
    industries = np.array(["製造", "卸売", "医療", "物流", "建設"])[dice.integers(0, 5, count)]
    return [
        [f"株式会社{number:05d}商事", str(industry), float(amount), *map(str, graded)]
        for number, industry, amount, graded in zip(numbers, industries, sales, levels.T, strict=True)
    ]
