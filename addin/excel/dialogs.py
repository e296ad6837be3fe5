"""Questions to the user, asked through Excel's own dialogs so that they appear over its window."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xlwings as xw

REPLACE: Final = Text(
    "「{}」は既にあります。置き換えますか。",
    '"{}" is there already. Replace it?',
)
_TEXT: Final = 2  # Application.InputBox: the answer is taken as text, whatever it looks like
_LONGEST_PROMPT: Final = 255  # characters that Application.InputBox takes
_LONGEST_TITLE: Final = 64


def ask(app: xw.App, question: str, title: str, suggestion: str = "") -> str | None:
    """Ask for a line of text; None for Cancel.

    A question too long for Excel's box (a numbered list) is shown whole before it, in a message that can be cancelled.
    """
    prompt = question
    if len(question) > _LONGEST_PROMPT:
        if app.alert(question, title=title, buttons="ok_cancel", mode="info") != "ok":
            return None
        prompt = question.partition("\n")[0][:_LONGEST_PROMPT]
    answer = app.api.InputBox(Prompt=prompt, Title=title[:_LONGEST_TITLE], Default=suggestion, Type=_TEXT)
    return None if answer is False else str(answer)


def confirm(app: xw.App, question: str, title: str) -> bool:
    """Ask a question with Yes and No, the only ways out."""
    return app.alert(question, title=title, buttons="yes_no", mode="info") == "yes"


def choose_files(app: xw.App, title: str, endings: Sequence[str]) -> tuple[Path, ...]:
    """Let the user choose existing files with one of `endings` (without dots); none for Cancel."""
    patterns = ";".join(f"*.{ending}" for ending in endings)
    answer = app.api.GetOpenFilename(
        FileFilter=f"{_format_file_patterns(patterns)},{patterns}", Title=title, MultiSelect=True
    )
    return () if answer is False else tuple(map(Path, answer))


def choose_place(app: xw.App, title: str, start: Path) -> Path | None:
    """Let the user choose where a new file goes, from `start` on; None for Cancel. Its ending is that of `start`."""
    pattern = f"*{start.suffix}"
    answer = app.api.GetSaveAsFilename(
        InitialFilename=str(start), FileFilter=f"{_format_file_patterns(pattern)},{pattern}", Title=title
    )
    if answer is False:
        return None
    place = Path(answer)
    # Who types a name with another ending, or with none, gets ours added: the format is not theirs to choose here.
    return place if place.suffix.casefold() == start.suffix.casefold() else place.with_name(place.name + start.suffix)


def _format_file_patterns(patterns: str) -> str:
    """Return patterns as the dialog shows them: a comma or a bracket would end the words of a filter."""
    return patterns.replace(";", " ")


def reveal(path: Path) -> None:
    """Open a file as a double click on it would (Windows)."""
    cast("Any", os).startfile(path)  # only Windows' os has it
