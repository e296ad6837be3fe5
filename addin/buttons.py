"""The ribbon as data: tab, groups and buttons with their words, from which the ribbon's XML and texts are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from engine.errors import Text

__all__ = ["GROUPS", "NO_WORKBOOK", "TAB", "Button", "Group", "Needs", "texts"]

Needs = Literal["nothing", "book", "run"]


@dataclass(frozen=True, slots=True)
class Button:
    """One button.

    Parameters
    ----------
    key
        ASCII name: the control's id in the ribbon, and the name under which `addin.ribbon` finds what it does.
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


TAB: Final = Text("顧客ポートフォリオ", "Customer Portfolio")
NO_WORKBOOK: Final = Text("ブックを開いてから押してください。", "Open a workbook first.")

_SCORING: Final = Group(
    "scoring",
    Text("スコア", "Scoring"),
    (
        Button(
            "refresh",
            Text("更新", "Refresh"),
            Text(
                "このブックの顧客・取引・設定を読み、採点し直します。結果は「ポートフォリオ表」「データ品質」と"
                "名前 PF_RUN に入ります。入力のシートは変わりません。",
                "Reads this workbook's customers, orders and settings and scores them again. The results go to the "
                "sheets Portfolio and Data quality and to the name PF_RUN. Input sheets are not changed.",
            ),
            image="RefreshAll",
            large=True,
        ),
    ),
)

GROUPS: Final = (_SCORING,)


def texts() -> tuple[tuple[str, Text], ...]:
    """Return every word of the ribbon under the key by which the add-in's VBA asks for it."""
    found = [("ribbon.title", TAB), ("ribbon.no_workbook", NO_WORKBOOK), ("ribbon.portfolio", TAB)]
    for group in GROUPS:
        found.append((f"ribbon.{group.key}", group.label))
        for button in group.buttons:
            key = f"ribbon.{button.key}"
            found += [(key, button.label), (f"{key}.tip", button.tip), (f"{key}.needs", Text(*[button.needs] * 2))]
    return tuple(found)
