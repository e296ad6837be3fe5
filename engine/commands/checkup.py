"""What a doctor command finds: one line per thing that must be there, and what to do where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

import click

from engine.commands.console import FINDINGS, FINE, language, say
from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

State = Literal["ok", "hint", "bad"]

_MARKS: Final[dict[State, Text]] = {
    "ok": Text("○", "ok  "),
    "hint": Text("注", "note"),
    "bad": Text("×", "fix "),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Parameters
    ----------
    name
        What was looked at.
    state
        `ok`; `hint` where nothing is wrong but the reader may want to know; `bad` where something must be mended.
    found
        What was found there.
    mend
        What to do; empty where nothing is to be done.
    """

    name: Text
    state: State
    found: Text
    mend: Text


def fine(name: Text, found: Text) -> Check:
    """Return a check that passed."""
    return Check(name, "ok", found, Text("", ""))


def hint(name: Text, found: Text, mend: Text) -> Check:
    """Return a check that passed, with something that the reader may want to do."""
    return Check(name, "hint", found, mend)


def bad(name: Text, found: Text, mend: Text) -> Check:
    """Return a check that failed, with what mends it."""
    return Check(name, "bad", found, mend)


def show_checks(checks: Sequence[Check]) -> None:
    """Print one line per check, and below each that is not in order what to do."""
    lang = language()
    for check in checks:
        click.echo(f"[{_MARKS[check.state].to(lang)}] {check.name.to(lang)}: {check.found.to(lang)}")
        if check.mend.to(lang):
            click.echo(f"       → {check.mend.to(lang)}")
    wrong = sum(check.state == "bad" for check in checks)
    if wrong:
        click.echo(say(f"直すところが{wrong}件あります", f"{wrong} to mend"))
    else:
        click.echo(say("すべて整っています", "Everything is in order"))


def conclude(checks: Sequence[Check], *, as_json: bool) -> NoReturn:
    """Print the checks for people or machines, and end the command with the exit code that they deserve."""
    if as_json:
        from engine.commands.printing import print_json

        print_json(checks_json(checks))
    else:
        show_checks(checks)
    raise click.exceptions.Exit(FINDINGS if any(check.state == "bad" for check in checks) else FINE)


def checks_json(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Return the checks as plain values."""
    return [
        {"name": each.name._asdict(), "state": each.state, "found": each.found._asdict(), "mend": each.mend._asdict()}
        for each in checks
    ]


def from_json(values: Sequence[dict[str, Any]]) -> list[Check]:
    """Return the checks that `checks_json` wrote."""
    return [Check(Text(**each["name"]), each["state"], Text(**each["found"]), Text(**each["mend"])) for each in values]
