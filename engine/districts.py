"""The eight districts of Japan (8地方区分), read off the beginning of an address, a prefecture or an office's name."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from engine.words import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["district_of", "districts_of"]


@cache
def _beginnings() -> tuple[tuple[str, str], ...]:
    """Return what a region may begin with, and the district it lies in; longer beginnings first."""
    document = tomllib.loads(files("engine").joinpath("districts.toml").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for district in document.values():
        names = (district["ja"], district["en"], *district.get("also", ()))
        for word in (*district["prefectures"], *district["prefectures"].values(), *names):
            found.setdefault(normalise(word), district["ja"])
    return tuple(sorted(found.items(), key=lambda pair: -len(pair[0])))


@cache
def district_of(region: str) -> str | None:
    """Return the district that a region lies in, or None where its beginning names no prefecture.

    >>> district_of("東京都港区"), district_of("関西支店"), district_of("大韓民国")
    ('関東', '近畿', None)
    """
    key = normalise(region)
    return next((district for beginning, district in _beginnings() if key.startswith(beginning)), None)


def districts_of(regions: Iterable[object]) -> NDArray[np.object_]:
    """Return the district of every region (object; None where there is none)."""
    found = [district_of(region) if isinstance(region, str) else None for region in regions]
    return np.array([*found, None], dtype=object)[:-1]
