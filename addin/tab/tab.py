"""The ribbon as data: tab, groups and buttons with their words, from which the ribbon's XML and texts are made."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Literal

from engine.language.errors import Text

Needs = Literal["nothing", "book", "run"]

TAB: Final = Text("顧客ポートフォリオ", "Customer Portfolio")
NO_WORKBOOK: Final = Text("ブックを開いてから押してください。", "Open a workbook first.")


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


def _read_ribbon_groups() -> tuple[Group, ...]:
    document = tomllib.loads(files("addin.tab").joinpath("tab.toml").read_text(encoding="utf-8"))
    return tuple(
        Group(each["key"], Text(each["ja"], each["en"]), tuple(map(_read_ribbon_button, each["button"])))
        for each in document["group"]
    )


def _read_ribbon_button(entry: dict[str, Any]) -> Button:
    label, tip = Text(entry.pop("ja"), entry.pop("en")), Text(**entry.pop("tip"))
    return Button(label=label, tip=tip, **entry)


GROUPS: Final = _read_ribbon_groups()


def texts() -> tuple[tuple[str, Text], ...]:
    """Return every word of the ribbon under the key by which the add-in's VBA asks for it."""
    found = [("ribbon.title", TAB), ("ribbon.no_workbook", NO_WORKBOOK), ("ribbon.portfolio", TAB)]
    for group in GROUPS:
        found.append((f"ribbon.{group.key}", group.label))
        for button in group.buttons:
            key = f"ribbon.{button.key}"
            found += [(key, button.label), (f"{key}.tip", button.tip), (f"{key}.needs", Text(*[button.needs] * 2))]
    return tuple(found)
