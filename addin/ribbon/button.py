"""What a button and a group of buttons are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from engine.language.errors import Text

Needs = Literal["nothing", "book", "run"]


@dataclass(frozen=True, slots=True)
class Button:
    """One button.

    Parameters
    ----------
    key
        ASCII name: the control's id in the ribbon, and the name under which `addin.ribbon.dispatch` finds what it does.
    label, tip
        The word on the button, and the sentence that appears when the pointer rests on it.
    image
        Name of one of Office's own icons (imageMso).
    large
        Whether the button takes the whole height of the ribbon.
    needs
        What must be there for the button to be enabled: nothing, an open workbook, or a workbook with a run in `PF_RUN`.
    """

    key: str
    label: Text
    tip: Text
    image: str
    large: bool = False
    needs: Needs = "book"


@dataclass(frozen=True, slots=True)
class Group:
    """A named group of buttons."""

    key: str
    label: Text
    buttons: tuple[Button, ...]
