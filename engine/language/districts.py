"""Prefectures by one name each, and the eight districts of Japan (8地方区分), read off the beginning of an address or a region.

Decision 0273: why a prefecture has one name in a table.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.words import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_CENTRES: Final = {"北海道": "北海道", "東京": "東京都", "京都": "京都府", "大阪": "大阪府"}  # all others end in 県
_ENDINGS: Final = (" prefecture", " metropolis", "-to", "-fu", "-ken", "-do")
# A municipality and, after it, a number: the address of a house. 東京都港区 alone is a region of somebody's own.
_HOUSE: Final = re.compile(r".+?(?:[市町村郡]|(?<!地)区).*\d")


@cache
def _load_region_beginnings() -> tuple[tuple[str, str], ...]:
    """Return what a region may begin with, and the district it lies in; longer beginnings first."""
    document = tomllib.loads(files("engine.language").joinpath("districts.toml").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for district in document.values():
        names = (district["ja"], district["en"], *district.get("also", ()))
        for word in (*district["prefectures"], *district["prefectures"].values(), *names):
            found.setdefault(normalise(word), district["ja"])
    return tuple(sorted(found.items(), key=lambda pair: -len(pair[0])))


@cache
def _load_prefecture_names() -> tuple[dict[str, str], tuple[str, ...]]:
    """Return what is a prefecture's name, as it is compared, with its full name; and the full names in Japanese."""
    document = tomllib.loads(files("engine.language").joinpath("districts.toml").read_text(encoding="utf-8"))
    known: dict[str, str] = {}
    full: list[str] = []
    for district in document.values():
        for ja, en in district["prefectures"].items():
            full.append(_CENTRES.get(ja, f"{ja}県"))
            known |= {_normalise_prefecture(word): full[-1] for word in (ja, full[-1])}
            known |= {_normalise_prefecture(f"{en}{ending}"): en for ending in ("", *_ENDINGS)}
    return known, tuple(full)


def _normalise_prefecture(region: str) -> str:
    return "".join(normalise(region).split())


@cache
def prefecture_of(region: str) -> str:
    """Return a region with a prefecture by its full name, anything else as it is.

    東京, 東京都 and 東 京 都 are 東京都, Osaka and Osaka-fu are Osaka. The address of a house (with a number after its
    municipality) is its prefecture. Whatever else stands there stays: a district (関東), a city (横浜), a ward (東京都港区),
    a branch (大阪支店).

    >>> prefecture_of("東京"), prefecture_of("京都"), prefecture_of("東京都港区芝1-2-3"), prefecture_of("東京支店")
    ('東京都', '京都府', '東京都', '東京支店')
    """
    known, full = _load_prefecture_names()
    key = _normalise_prefecture(region)
    if key in known:
        return known[key]
    name = next((each for each in full if key.startswith(each)), None)
    return name if name is not None and _HOUSE.match(key.removeprefix(name)) else region


def joined_regions(regions: Sequence[str | None]) -> list[str | None]:
    """Return the regions of one table so that no prefecture stands in it under two names.

    Where a prefecture is written in several ways (東京, 東京都, the address of a house) all of them get its full name;
    written in one way it stays as it is: 大阪 among 東京, 名古屋 and 福岡 may be a sales area.

    Parameters
    ----------
    regions
        Words to group by, None where blank.
    """
    ways: dict[str, set[str]] = {}
    for each in {*regions} - {None}:
        ways.setdefault(prefecture_of(str(each)), set()).add(str(each))
    known, _ = _load_prefecture_names()
    kept = {only for way in ways.values() if len(way) == 1 for only in way if _normalise_prefecture(only) in known}
    return [each if each is None or each in kept else prefecture_of(each) for each in regions]


def same_region(region: str) -> str:
    """Return a region as it is compared with another, such as one that a user asks for."""
    return normalise(prefecture_of(region))


@cache
def district_of(region: str) -> str | None:
    """Return the district that a region lies in, or None where its beginning names no prefecture.

    >>> district_of("東京都港区"), district_of("関西支店"), district_of("大韓民国")
    ('関東', '近畿', None)
    """
    key = normalise(region)
    return next((district for beginning, district in _load_region_beginnings() if key.startswith(beginning)), None)


def districts_of(regions: Iterable[object]) -> NDArray[np.object_]:
    """Return the district of every region (object; None where there is none)."""
    found = [district_of(region) if isinstance(region, str) else None for region in regions]
    return np.array([*found, None], dtype=object)[:-1]
