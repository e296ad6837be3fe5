"""File names of account pages: stable, readable, and safe on every system, whatever a customer's ID holds."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST: Final = 60  # bytes of UTF-8; a file name may hold 255, and folders above it want theirs
_DIGITS: Final = 8
_UNSAFE: Final = re.compile(r"[^\w-]+")
# What Windows takes for a device, with or without an ending; its COM and LPT count superscript digits too.
_DEVICES: Final = re.compile(r"(?i)(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])")


def stems(identities: Iterable[str]) -> tuple[str, ...]:
    """Return a file name without ending for each customer ID, in the order given.

    Letters of any script, digits, `_` and `-` stay; anything else becomes `_`: no name leaves its folder, begins with a
    dot or means a device. An ID that had to be changed, or that another one equals but for case or width, gets the
    first digits of its SHA-256 behind it, so that no two are the same. The name of an ID depends on the customers of the
    run alone, not on which of them are chosen.
    """
    every = [str(identity) for identity in identities]
    cleaned = [_cleaned(identity) for identity in every]
    seen = Counter(_folded(name) for name in cleaned)
    return tuple(
        name
        if name == identity and seen[_folded(name)] == 1
        else f"{name}-{hashlib.sha256(identity.encode('utf-8', 'surrogatepass')).hexdigest()[:_DIGITS]}"
        for name, identity in zip(cleaned, every, strict=True)
    )


def _cleaned(identity: str) -> str:
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", identity)).strip("_-") or "account"
    encoded = name.encode("utf-8")
    if len(encoded) > _LONGEST:
        name = encoded[:_LONGEST].decode("utf-8", "ignore")
    return f"_{name}" if _DEVICES.fullmatch(name) else name


def _folded(name: str) -> str:
    """Return what a file system that looks at neither case nor width (or form) takes a name for."""
    return unicodedata.normalize("NFKC", name).casefold()
