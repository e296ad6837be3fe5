"""What a test of the portfolio is.

Decision 0004: why a test says what would clear it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine.language.errors import Text

VERDICTS: Final = ("severe", "warning", "caution", "ok", "unavailable")
WORST_FIRST: Final = ("severe", "warning", "caution")
CULPRITS: Final = 5


@dataclass(frozen=True, slots=True)
class Alert:
    """One test.

    Parameters
    ----------
    code
        The test, a code of the vocabulary's `alerts`.
    item, measure
        Its name, and what is measured.
    value
        The measured number, or None where it cannot be told.
    display
        The value as people write it.
    threshold
        The limit that was passed, or the first one.
    verdict
        severe 重大, warning 警告, caution 注意, ok 該当なし, unavailable 算出不可.
    culprits
        Positions of the customers responsible, the largest first, at most five.
    cause
        One sentence naming them, or the input that is missing.
    clear
        解消条件: what would end the alert; blank where there is none.
    source
        Where the threshold comes from; ‡ marks our own choice.
    """

    code: str
    item: Text
    measure: Text
    value: float | None
    display: Text
    threshold: Text
    verdict: str
    culprits: tuple[int, ...]
    cause: Text
    clear: Text
    source: Text

    @property
    def fires(self) -> bool:
        """Whether the test failed."""
        return self.verdict in WORST_FIRST
