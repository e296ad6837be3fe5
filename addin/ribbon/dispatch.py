"""What each button of the ribbon does, over any `Book`; one module per group of the ribbon.

Input sheets are only read (取り込み alone writes into them, and its undo, after asking). Everything is computed before the first cell
is written, so a refusal leaves the book as it was.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from addin.tab.tab import GROUPS
from engine.language import incidents
from engine.language.errors import KINDS, Refusal, Text

if TYPE_CHECKING:
    from addin.ribbon.action import Action
    from addin.shared.book import Book
    from engine.language.errors import Lang

_MODULES: Final = {button.key: f"addin.ribbon.{group.key}.actions" for group in GROUPS for button in group.buttons}


def action(button: str) -> Action:
    """Return what the button with this key does; only the module of its group is loaded."""
    found: Action = import_module(_MODULES[button]).ACTIONS[button]
    return found


def press(button: str, book: Book, lang: Lang) -> None:
    """Do what a button says and tell the user how it went; never raises.

    Parameters
    ----------
    button
        The button's key in `addin.tab.tab`.
    book
        The workbook in front when it was pressed.
    lang
        Language of messages and of sheets that are made.
    """
    try:
        told = action(button)(book, lang)
        if told is not None:
            book.message(told.to(lang))
    except Refusal as refusal:
        book.message(refusal.to(lang), trouble=True)
    except Exception as error:  # noqa: BLE001 - the outermost guard of a button: no traceback in front of the user
        number = incidents.record(error, button, [book]).number
        told = Text(
            f"処理を終えられませんでした。ブックを保存してからもう一度お試しください(記録番号 {number})",
            f"this could not be finished; save the workbook and try again (record {number})",
        )
        book.message(f"{KINDS['internal'].to(lang)}: {told.to(lang)}", trouble=True)
    finally:
        book.progress(None)
