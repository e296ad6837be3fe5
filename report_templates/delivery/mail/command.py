"""`portfolio-report mail`: drafts of the report's mail by default; a plan; and, only for a plan that was seen, sending."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from engine.commands.console import FINDINGS, FINE, REFUSED, language, progress, refusals, say, write_all
from engine.commands.options import as_of_option, input_options, request_of
from engine.language.errors import Refusal, Text
from report_templates.editions.masking import Mask, mask_of, mask_options, shown
from report_templates.editions.options import (
    allow_stale_option,
    compare_option,
    lang_option,
    pages_option,
    templates_option,
)
from report_templates.view.pages import ALL, chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio
    from report_templates.delivery.mail.addresses import Recipient
    from report_templates.delivery.mail.ledger import Entry
    from report_templates.delivery.mail.letters import Edition, Plan
    from report_templates.delivery.mail.settings import Settings
    from report_templates.editions.masking import Gate, Shown
    from report_templates.view.pages import Pages

_READING: Final = 0.4  # share of the work that is reading and scoring
_MAKING: Final = 0.9
_file = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "mail",
    help=say(
        "報告書のメールを宛先ごとに下書き(.eml)として書き出します。--send を付けない限り送信しません。",
        "Write the report's mail as a draft (.eml) per recipient. Nothing is sent without --send.",
    ),
    epilog=say(
        "送信は2段階です。--plan で内容とハッシュを確かめ、--send --plan-hash ハッシュ で送ります。"
        "終了コード: 0 完了、1 届いていない宛先がある、2 実行できない、3 予期しない問題で終了した(記録番号を表示)",
        "Sending takes two steps: look at --plan, then --send --plan-hash HASH. "
        "Exit codes: 0 done, 1 somebody was not reached, 2 refused, 3 ended by an unforeseen problem (a record number is shown)",
    ),
)
@input_options
@as_of_option
@click.option("--to", multiple=True, metavar="ADDRESS", help=say("宛先。繰り返し可", "recipient; repeatable"))
@click.option(
    "--cc",
    multiple=True,
    metavar="ADDRESS",
    help=say("写し(1通目に付く)。繰り返し可", "copy, with the first letter; repeatable"),
)
@click.option("--subject", metavar="TEXT", help=say("件名。省略時は題名と基準日", "subject; title and date by default"))
@click.option(
    "--period",
    metavar="WORD",
    help=say(
        "対象期間(例: 2026-09)。省略時は基準日の月", "period, such as 2026-09; the month of the as-of date by default"
    ),
)
@click.option(
    "--report",
    default="portfolio",
    show_default=True,
    metavar="NAME",
    help=say("報告の名前(別の報告を同じ人に送るとき)", "name of the report, where a person gets several"),
)
@click.option(
    "--revision",
    type=int,
    default=1,
    show_default=True,
    help=say("訂正して送り直すときの改訂番号", "revision, raised for a report that is corrected on purpose"),
)
@compare_option
@pages_option
@allow_stale_option
@lang_option
@templates_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="DIR",
    help=say("下書きを書き出すフォルダー。省略時は今のフォルダー", "folder for the drafts; this folder by default"),
)
@click.option(
    "--plan", "planning", is_flag=True, help=say("送る内容とハッシュを示すだけ", "only show what would be sent")
)
@click.option("--send", "sending", is_flag=True, help=say("送信する(--plan-hash が必要)", "send (needs --plan-hash)"))
@click.option("--plan-hash", metavar="HASH", help=say("--plan が示したハッシュ", "the hash that --plan showed"))
@click.option(
    "--settings",
    "settings_path",
    type=_file,
    metavar="FILE",
    help=say("送信設定(TOML、本人だけが読めること)", "settings for sending (TOML, readable for you alone)"),
)
@mask_options
@refusals
def command(
    *, to: tuple[str, ...], cc: tuple[str, ...], planning: bool, sending: bool, plan_hash: str | None, **options: Any
) -> None:
    """Write drafts, show a plan, or send one."""
    from report_templates.delivery.mail import settings as mail_settings
    from report_templates.delivery.mail.addresses import parse
    from report_templates.delivery.mail.letters import demand_recipients

    _demand_one_way(planning, sending, plan_hash)
    demand_recipients(to)
    recipients, copies = [parse(each) for each in to], [parse(each) for each in cc]
    pages = _with_summary(options["pages"])
    settings = mail_settings.load(options["settings_path"]) if planning or sending else None
    if settings is not None:
        settings.allow.demand([*recipients, *copies])
    with progress(say("メール", "mail")) as tell:
        plan, notes = _plan(options, pages, recipients, copies, settings, tell)
        if settings is None:
            written = write_all(options["out"], _drafts(plan))
        elif sending:
            _demand_seen(plan, plan_hash or "")
    for note in notes:
        click.echo(note.to(language()), err=True)
    if settings is None:
        for path in written:
            click.echo(path)
        click.echo(
            say(
                "下書きを書き出しました。何も送っていません(メールソフトで開いて確かめてから送ってください)",
                "These are drafts; nothing was sent. Open them in your mail program, look at them, and send them there",
            ),
            err=True,
        )
        raise click.exceptions.Exit(FINE)
    if planning:
        _show_plan(plan, _known(plan))
        raise click.exceptions.Exit(FINE)
    raise click.exceptions.Exit(_sent(plan, settings))


def _demand_one_way(planning: bool, sending: bool, plan_hash: str | None) -> None:
    if planning and sending:
        raise Refusal("argument", "--plan と --send は同時に使えません", "--plan and --send cannot be used together")
    if sending and not plan_hash:
        raise Refusal(
            "argument",
            "送信には --plan-hash が必要です。先に --plan で内容を確かめ、示されたハッシュを付けてください",
            "sending needs --plan-hash; look at --plan first, and give the hash that it shows",
        )


def _with_summary(given: str) -> Pages:
    """Return the chosen pages of the PDF; the mail itself is made of the summary, which hence must be among them."""
    pages = chosen(given)
    if "R1" not in pages.numbers:
        raise Refusal(
            "argument",
            f"メールの本文は要約(R1)から作ります。--pages に R1 を加えてください(例: R1,{pages.numbers[0]})",
            f"a mail's text is made of the summary; add R1 to --pages (such as R1,{pages.numbers[0]})",
        )
    return pages


def _plan(
    options: dict[str, Any],
    pages: Pages,
    to: list[Recipient],
    cc: list[Recipient],
    settings: Settings | None,
    tell: Callable[[Text, float], None],
) -> tuple[Plan, tuple[Text, ...]]:
    """Return the plan, and what the user should know about its documents."""
    from engine.commands.intake import score_request
    from engine.runs import runs
    from report_templates.delivery.mail.letters import plan_letters

    mask = mask_of(options)
    portfolio = score_request(request_of(options), lambda step, share: tell(step, share * _READING))
    before = runs.named(options["compare"], portfolio)

    def making(step: Text, share: float) -> None:
        tell(step, _READING + share * (_MAKING - _READING))

    notes: dict[str, Text] = {}
    gates: list[Gate | None] = []

    def edition(recipient: Recipient | None) -> Edition:
        told = shown(portfolio, before, _for(mask, recipient), options["lang"])
        made, said = edition_of(
            portfolio,
            told,
            options["lang"],
            options["templates"],
            making,
            pages=pages,
            allow_stale=options["allow_stale"],
        )
        gates.append(told.inspect)
        notes.update((note.ja, note) for note in said)
        return made

    plan = plan_letters(
        edition(None) if mask is None else edition,
        to,
        cc,
        sender=None if settings is None else settings.sender,
        subject=options["subject"],
        period=options["period"],
        report=options["report"],
        revision=options["revision"],
    )
    for letter, gate in zip(plan.letters, gates, strict=False):  # without a mask one edition serves all letters
        if (
            gate is not None
        ):  # the letter as it would go out: subject, bodies, and the name and texts of what is attached
            gate(f"{letter.number:02}.eml", plan.draft(letter))
    return plan, tuple(notes.values())


def _for(mask: Mask | None, recipient: Recipient | None) -> Mask | None:
    """Return the mask with the pseudonyms of one recipient, unless the user named whose they are."""
    if mask is None or recipient is None or mask.recipient:
        return mask
    return replace(mask, recipient=recipient.key)


def edition_of(
    portfolio: Portfolio,
    told: Shown,
    lang: Lang,
    templates: Path | None,
    tell: Callable[[Text, float], None],
    *,
    pages: Pages = ALL,
    allow_stale: bool = False,
) -> tuple[Edition, tuple[Text, ...]]:
    """Return the finished report on `portfolio`, and what the user should know about it.

    That is the PDF that passed every gate, and the body of the mail, both read off one view.

    Parameters
    ----------
    told
        The run as it is reported on: as it is, or masked.
    pages
        Those that the PDF holds, the summary among them.
    allow_stale
        Whether orders older than the limit are reported on, marked on every page, instead of refused.
    """
    from report_templates.delivery.mail.body import body_of
    from report_templates.delivery.mail.letters import Edition
    from report_templates.editions.make import make

    made = make(
        told.portfolio,
        (lang,),
        ("pdf",),
        templates,
        tell,
        told.before,
        pages=pages,
        allow_stale=allow_stale,
        inspect=told.inspect,
    )
    (pdf,), report = made.files.values(), made.report
    edition = Edition(portfolio.handle, portfolio.hash, portfolio.as_of, lang, report.title, pdf, body_of(report, lang))
    return edition, (*made.notes, *told.notes)


def _drafts(plan: Plan) -> dict[str, bytes]:
    """Return the drafts by file name: the number of the letter, and the address as far as a file name can hold it."""
    files = {}
    for letter in plan.letters:
        address = "".join(each if each.isalnum() or each in "@._-" else "_" for each in letter.to.address)
        files[f"{letter.number:02}_{address[:80]}.eml"] = plan.draft(letter)
    return files


def _demand_seen(plan: Plan, seen: str) -> None:
    if seen.strip().lower() != plan.digest:
        raise Refusal(
            "expired",
            "計画が変わりました(宛先・件名・本文・添付・改訂のどれか、または元のデータ)。"
            "--plan で内容を確かめ直してください。何も送っていません",
            "the plan has changed (recipients, subject, body, attachment, revision, or the data behind them); "
            "look at --plan again; nothing was sent",
        )


def _known(plan: Plan) -> dict[str, Entry]:
    """Return the ledger's rows of the plan's recipients; a ledger that is not there yet is not made for a look."""
    from report_templates.delivery.mail.ledger import ledger_file, opened

    if not ledger_file().exists():
        return {}
    with opened() as ledger:
        return ledger.find(plan)


def _show_plan(plan: Plan, known: Mapping[str, Entry]) -> None:
    """Print everything that the plan's hash stands for, and who has got it already."""
    first = plan.letters[0].edition
    sender = "" if plan.sender is None else str(plan.sender.header())
    click.echo(say(f"差出人: {sender}", f"From: {sender}"))
    click.echo(say(f"件名: {plan.subject}", f"Subject: {plan.subject}"))
    click.echo(
        say(
            f"実行 {first.run}  期間 {plan.period}  報告 {plan.report}  改訂 {plan.revision}",
            f"Run {first.run}  period {plan.period}  report {plan.report}  revision {plan.revision}",
        )
    )
    for letter in plan.letters:
        click.echo(say(f"{letter.number}通目", f"Letter {letter.number}"))
        for recipient in letter.recipients:
            kind = "To" if recipient is letter.to else "Cc"
            click.echo(f"  {kind}: {recipient.header()}{_write_recipient_note(known.get(recipient.key))}")
        click.echo(f"  {_attachment(letter.edition)}")
    click.echo(say(f"計画のハッシュ: {plan.digest}", f"Plan's hash: {plan.digest}"))


def _attachment(edition: Edition) -> str:
    import hashlib

    sha = hashlib.sha256(edition.pdf).hexdigest()
    return say(
        f"添付: {edition.file_name}({len(edition.pdf):,}バイト、SHA-256 {sha})",
        f"Attachment: {edition.file_name} ({len(edition.pdf):,} bytes, SHA-256 {sha})",
    )


def _write_recipient_note(entry: Entry | None) -> str:
    """Return what the ledger says of a recipient, where it is more than that nothing was sent."""
    from report_templates.delivery.mail.ledger import STATES

    if entry is None or entry.state == "planned":
        return ""
    state = STATES[entry.state].to(language())
    return say(f"  [{state}、今回は送りません]", f"  [{state}; not sent again]")


def _sent(plan: Plan, settings: Settings) -> int:
    """Send the plan, tell what became of every recipient, and return the exit code."""
    from report_templates.delivery.mail.delivery import deliver
    from report_templates.delivery.mail.ledger import opened

    with opened() as ledger:
        before = {key: entry.state for key, entry in ledger.find(plan).items()}
        try:
            with progress(say("送信", "sending")) as tell:
                deliver(plan, settings, ledger, tell)
        except KeyboardInterrupt:
            click.echo(say("中断しました。ここまでの結果:", "Interrupted; so far:"), err=True)
            return max(REFUSED, _show_result(plan, ledger.find(plan), before))
        except Refusal:
            _show_result(plan, ledger.find(plan), before)
            raise
        return _show_result(plan, ledger.find(plan), before)


def _show_result(plan: Plan, rows: Mapping[str, Entry], before: Mapping[str, str]) -> int:
    """Print what the ledger says of every recipient; return 0 where all have got the mail."""
    from report_templates.delivery.mail.ledger import STATES
    from report_templates.delivery.mail.reasons import told

    lang = language()
    for recipient in plan.recipients:
        entry = rows.get(recipient.key)
        if entry is None:
            continue
        earlier = say("(以前に送信。今回は送っていません)", " (earlier; not sent again)")
        note = earlier if entry.state == "sent" == before.get(recipient.key) else ""
        reply = f" ({told(entry.reply).to(lang)})" if entry.state != "sent" and entry.reply else ""
        click.echo(f"{entry.id}  {recipient.address}  {STATES[entry.state].to(lang)}{note}{reply}")
    states = {rows[key].state for key in rows}
    if "uncertain" in states:
        click.echo(
            say(
                "「不明」の宛先に届いたかを本人に確かめ、portfolio-report mail-ledger --confirm 番号(届いた)か "
                "--resend 番号(届いていない)で決めてください",
                "Ask the uncertain recipients whether it arrived, then decide: portfolio-report mail-ledger --confirm ID "
                "(it did) or --resend ID (it did not)",
            ),
            err=True,
        )
    return FINE if states <= {"sent"} else FINDINGS
