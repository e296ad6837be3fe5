"""`portfolio-report mail-ledger`: what was sent to whom, and a person's word on what is uncertain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.commands.console import lang_option, language, refusals, say
from engine.commands.options import json_option
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from report_templates.delivery.mail.ledger import Entry


@click.command(
    "mail-ledger",
    help=say(
        "メール台帳(いつ・どの報告を・誰に送ったか)を新しい順に示し、不明な送信を人が決めます。",
        "List the ledger of mail, the newest first, and settle what is uncertain.",
    ),
)
@lang_option
@json_option
@click.option(
    "--confirm",
    type=int,
    metavar="ID",
    help=say("届いていたことを本人に確かめた番号(送信済みになる)", "row whose mail did arrive: it becomes sent"),
)
@click.option(
    "--resend",
    type=int,
    metavar="ID",
    help=say(
        "届いていないことを確かめた番号(次の mail --send で同じ内容を送る)",
        "row whose mail did not arrive: the next mail --send sends the same again",
    ),
)
@refusals
def command(as_json: bool, confirm: int | None, resend: int | None) -> None:
    """List the ledger, or decide about one row."""
    from engine.commands.printing import print_json
    from report_templates.delivery.mail.ledger import ledger_file, opened

    if confirm is not None and resend is not None:
        raise Refusal(
            "argument", "--confirm と --resend は同時に使えません", "--confirm and --resend cannot be used together"
        )
    found: tuple[Entry, ...] = ()
    if confirm is not None or resend is not None or ledger_file().exists():
        with opened() as ledger:
            if confirm is not None:
                found = (ledger.decide(confirm, "sent"),)
            elif resend is not None:
                found = (ledger.decide(resend, "planned"),)
            else:
                found = ledger.entries()
    if as_json:
        print_json([{name: getattr(entry, name) for name in type(entry).__slots__} for entry in found])
        return
    if not found:
        click.echo(say("台帳は空です", "The ledger is empty"))
    for entry in found:
        click.echo(_write_ledger_line(entry))


def _write_ledger_line(entry: Entry) -> str:
    from report_templates.delivery.mail.ledger import STATES
    from report_templates.delivery.mail.reasons import told

    state = STATES[entry.state].to(language())
    reply = f" ({told(entry.reply).to(language())})" if entry.reply and entry.state != "sent" else ""
    return say(
        f"{entry.id}  {state}{reply}  {entry.recipient}  期間 {entry.period}  報告 {entry.report}  改訂 {entry.revision}"
        f"  実行 {entry.run}  {entry.changed}",
        f"{entry.id}  {state}{reply}  {entry.recipient}  period {entry.period}  report {entry.report}"
        f"  revision {entry.revision}  run {entry.run}  {entry.changed}",
    )
