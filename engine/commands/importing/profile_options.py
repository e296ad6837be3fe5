"""The options of all commands that read input that say which rows count, how values are called and by which profile to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.commands.console import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.reading.profiles import Wishes


def wish_options() -> list[Callable[..., Any]]:
    """Return the options; `wishes_of` turns their values into `Wishes`."""
    return [
        click.option(
            "--where",
            multiple=True,
            metavar="T: CONDITION",
            help=say(
                '使う行の条件(例: "orders: フェーズ=Closed Won")。繰り返すとすべてを満たす行だけ',
                'rows that count ("orders: Stage=Closed Won"); repeated, all must hold',
            ),
        ),
        click.option(
            "--values",
            multiple=True,
            metavar="T.COL: A=B, …",
            help=say(
                '値の読み替え(例: "customers.risk: ◎=低, ○=低, △=中, ×=高")。繰り返し可',
                'how values are called ("customers.risk: A=Low, B=Medium, C=High"); repeatable',
            ),
        ),
        click.option(
            "--profile",
            metavar="ID|FILE",
            help=say(
                "読み方のプロファイル(portfolio import --list の名前、または TOML ファイル)",
                "profile to read by (a name of portfolio import --list, or a TOML file)",
            ),
        ),
    ]


def wishes_of(options: dict[str, Any]) -> Wishes:
    """Return what the options of `wish_options` say.

    Raises
    ------
    Refusal
        `argument` for an entry that cannot be read, `unreadable` for a faulty profile.
    """
    from engine.reading.profiles import Wishes, find, parse_values, parse_where

    named = options.get("profile")
    return Wishes(
        where=parse_where(options.get("where", ())),
        values=parse_values(options.get("values", ())),
        profile=find(named) if named else None,
    )
