"""Options that several commands of the report share, worded once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from engine.commands.console import say
from engine.commands.options import path_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.language.errors import Lang
    from report_templates.editions.make import Format

Command = TypeVar("Command", bound="Callable[..., Any] | click.Command")

compare_option: Final = click.option(
    "--compare",
    metavar="RUN",
    help=say(
        "比べる過去の実行(実行ID。「前回」で直前の見直しの実行)",
        'an earlier run to compare with (its ID; "previous" for the run of the review before)',
    ),
)
templates_option: Final = click.option(
    "--templates",
    type=click.Path(exists=True, file_okay=False, path_type=path_type()),
    metavar="DIR",
    help=say("自社のテンプレートのフォルダー", "folder with templates of your own"),
)
lang_option: Final = click.option(
    "--lang", type=click.Choice(["ja", "en"]), default="ja", show_default=True, help=say("言語", "language")
)
langs_option: Final = click.option(
    "--lang",
    type=click.Choice(["ja", "en", "both"]),
    default="ja",
    show_default=True,
    help=say("文書の言語", "language of the documents"),
)
allow_stale_option: Final = click.option(
    "--allow-stale",
    is_flag=True,
    help=say(
        "取引データが鮮度の限度より古くても作成し、各ページに「データが古い」と入れます",
        "go on although the orders are older than the limit, and mark every page",
    ),
)


pages_option: Final = click.option(
    "--pages",
    metavar="LIST",
    default="all",
    show_default=True,
    help=say(
        "載せるページ(all、brief = 要約と戦略・アクションの2枚、または R1〜R12 をコンマ区切り)",
        "the pages that it holds: all, brief (two: summary, strategy and actions), or R1 to R12 with commas",
    ),
)


def formats_option(default: str) -> Callable[[Command], Command]:
    """Return the option that lists the formats; `default` where it is left out."""
    return click.option(
        "--format",
        "formats",
        default=default,
        show_default=True,
        metavar="LIST",
        help=say("形式(html、pdf、またはコンマ区切りで両方)", "html, pdf, or both with a comma"),
    )


def langs_of(lang: str) -> tuple[Lang, ...]:
    """Return the languages that a value of `langs_option` stands for."""
    return ("ja", "en") if lang == "both" else ("ja",) if lang == "ja" else ("en",)


_FORMATS = ("html", "pdf")


def formats_of(given: str) -> tuple[Format, ...]:
    """Return the formats that `given` lists, in our order."""
    from engine.language.errors import Refusal

    named = {word.strip().lower() for word in given.split(",") if word.strip()}
    unknown = sorted(named - set(_FORMATS))
    if unknown or not named:
        raise Refusal(
            "argument",
            f"--format「{given}」は使えません(html、pdf、または html,pdf)",
            f'--format "{given}" is not known (html, pdf, or html,pdf)',
        )
    formats: tuple[Format, ...] = ("html", "pdf")
    return tuple(each for each in formats if each in named)
