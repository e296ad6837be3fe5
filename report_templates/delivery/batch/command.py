"""The command `portfolio-report accounts`: one page per account, hundreds in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.commands.console import FINDINGS, FINE, REFUSED, language, progress, refusals, say
from engine.commands.options import as_of_option, input_options, path_type, request_of
from report_templates.editions.masking import mask_of, mask_options
from report_templates.editions.options import (
    allow_stale_option,
    compare_option,
    formats_of,
    formats_option,
    langs_of,
    langs_option,
    templates_option,
)

if TYPE_CHECKING:
    from pathlib import Path

    from engine.language.errors import Text
    from report_templates.delivery.batch.run import Done

_READING = 0.1  # share of the work that is reading and scoring
_NAMED = 5  # failed pages that are named on the console; all of them stand in the index


@click.command(
    "accounts",
    help=say(
        "アカウントごとに1枚のページを --out に作ります。中断しても、同じコマンドで続きから作れます。",
        "Make one page per account in --out; after an interruption the same command goes on where it stopped.",
    ),
    epilog=say(
        "終了コード: 0 すべて作成した、1 作れないページがあった(一覧に理由)、2 作成できなかった、"
        "3 予期しない問題で終了した(記録番号を表示)",
        "Exit codes: 0 all made, 1 some could not be made (reasons in the index), 2 refused, "
        "3 ended by an unforeseen problem (a record number is shown)",
    ),
)
@input_options
@as_of_option
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=path_type()),
    metavar="DIR",
    help=say("書き出すフォルダー", "folder for the pages"),
)
@langs_option
@formats_option("pdf")
@click.option(
    "--list",
    "--filter",
    "wanted",
    default="",
    metavar="WORDS",
    help=say(
        "対象の一覧または条件(例: 重要顧客、リスク=高 かつ 粗利>100万)。省略時は全顧客",
        'which customers: a list or a condition ("key accounts", "risk = high"); all of them when left out',
    ),
)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    metavar="N",
    help=say("先頭から何社まで作るか", "how many of them, from the first"),
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=64),
    metavar="N",
    help=say("同時に使うプロセスの数。省略時はコアの数(最大8)", "processes at a time; one per core, at most 8"),
)
@templates_option
@compare_option
@allow_stale_option
@click.option("--anew", is_flag=True, help=say("完成済みのページも作り直す", "make finished pages again, too"))
@mask_options
@refusals
def command(
    out: Path,
    lang: str,
    formats: str,
    wanted: str,
    top: int | None,
    jobs: int | None,
    templates: Path | None,
    compare: str | None,
    allow_stale: bool,
    anew: bool,
    **options: Any,
) -> None:
    """Make one page per account."""
    from engine.commands.console import write_all
    from engine.commands.intake import score_request
    from engine.lists.listing import list_customers
    from engine.runs import runs
    from report_templates.delivery.batch.listing import listing
    from report_templates.delivery.batch.run import make_accounts
    from report_templates.editions.masking import editions

    mask, each = mask_of(options), formats_of(formats)
    langs = langs_of(lang)
    with progress(say("アカウント", "accounts")) as tell:
        portfolio = score_request(request_of(options), lambda step, share: tell(step, share * _READING))
        before = runs.named(compare, portfolio)
        positions = [int(place) for place in dict.fromkeys(list_customers(portfolio, wanted).positions.tolist())][:top]

        # The customers are chosen by their own names, then hidden; the list of pages is in the first language.
        spoken = editions(portfolio, before, mask, langs)
        told, *_ = spoken.values()

        def making(step: Text, share: float) -> None:
            tell(step, _READING + share * (1 - _READING))

        try:
            done = make_accounts(
                told.portfolio,
                positions,
                out,
                langs=langs,
                formats=each,
                before=told.before,
                templates=templates,
                processes=jobs,
                anew=anew,
                allow_stale=allow_stale,
                gate=told.inspect,
                others={lang: each for group, each in spoken.items() for lang in group if each is not told},
                progress=making,
            )
        except KeyboardInterrupt:
            click.echo(
                say(
                    "中断しました。作り終えたページは残っています。同じコマンドで続きから作れます",
                    "Interrupted; finished pages are kept: the same command goes on from there",
                ),
                err=True,
            )
            raise click.exceptions.Exit(REFUSED) from None
        index = listing(told.portfolio, done, langs[0])
        if told.inspect is not None:
            for name, content in index.items():
                told.inspect(name, content)
        written = write_all(out, index)
    for note in told.notes:
        click.echo(note.to(language()), err=True)
    _report(done, written)


def _report(done: Done, written: list[Path]) -> None:
    """Say what was made and what was not, and end with the exit code for it."""
    for path in written:
        click.echo(path)
    click.echo(
        say(
            f"{done.made:,}枚を作成、{done.kept:,}枚は完成済み、{len(done.failed):,}枚は作れませんでした",
            f"{done.made:,} made, {done.kept:,} kept, {len(done.failed):,} failed",
        )
    )
    for outcome in done.failed[:_NAMED]:
        reason = "" if outcome.failure is None else outcome.failure.text.to(language())
        click.echo(f"{outcome.job.file}: {reason}", err=True)
    if not done.failed:
        raise click.exceptions.Exit(FINE)
    raise click.exceptions.Exit(FINDINGS if len(done.failed) < len(done.jobs) else REFUSED)
