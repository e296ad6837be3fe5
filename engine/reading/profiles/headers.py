"""Headers as profiles compare them: the fingerprint of a header row, and the place of a header in it."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from engine.reading.columns import plain_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.reading.profiles.profile import Profile

__all__ = ["Headers", "fingerprint", "plain_header"]

_PARTS: Final = re.compile(r"\s*([*×+])\s*")


def fingerprint(headers: Iterable[str]) -> str:
    """Return the digest of a header row: order, width, case, spaces and joints (`_`, `-`) do not matter, nor columns without a header."""
    plain = sorted({key for header in headers if (key := plain_header(header))})
    return hashlib.sha256("\n".join(plain).encode("utf-8", "surrogatepass")).hexdigest()


class Headers:
    """A header row in which headers are looked up.

    Parameters
    ----------
    texts
        One text per column as written; empty where a column has no header.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = tuple(texts)
        self._places: dict[str, int] = {}
        for at, text in enumerate(self.texts):
            if text:
                self._places.setdefault(plain_header(text), at)

    def find(self, wanted: str) -> int | None:
        """Return the position of a header, None where it is not there."""
        return self._places.get(plain_header(wanted))

    def first(self, wanted: Iterable[str]) -> int | None:
        """Return the position of the first of several headers that is there."""
        return next((at for each in wanted if (at := self.find(each)) is not None), None)

    def parts(self, wanted: str) -> tuple[tuple[int, ...], str] | None:
        """Return the positions that `数量*単価` or `姓+名` names, and the sign between them; None where one is missing.

        A header that holds such a sign itself goes before; the sign of a single header is empty.
        """
        whole = self.find(wanted)
        if whole is not None:
            return (whole,), ""
        pieces = _PARTS.split(wanted)
        if len(pieces) == 1 or len(set(pieces[1::2])) != 1:
            return None
        places = [self.find(piece) for piece in pieces[::2]]
        found = tuple(at for at in places if at is not None)
        return (found, "+" if pieces[1] == "+" else "*") if len(found) == len(places) else None

    def choose(self, columns: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        """Return column key to the first of its headers that is there, as the profile writes it; absent columns are left out."""
        chosen = {key: next((each for each in told if self.parts(each)), None) for key, told in columns.items()}
        return {key: each for key, each in chosen.items() if each is not None}

    def fits(self, profile: Profile) -> bool:
        """Return whether these headers are the layout of `profile`: those it was saved for, or all required and none forbidden."""
        if profile.fingerprint:
            return profile.fingerprint == fingerprint(self.texts)
        if not profile.required or self.first(profile.forbidden) is not None:
            return False
        return all(self.first(group) is not None for group in profile.required)
