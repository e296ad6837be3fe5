"""The command `portfolio-report`: renders the executive report of an input as PDF and HTML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.commands.console import FINE, Commands, language, progress, refusals, say, write_all
from engine.commands.options import as_of_option, input_options, request_of
from engine.language.errors import Text
from report_templates.editions.masking import mask_of, mask_options
from report_templates.editions.options import (
    allow_stale_option,
    compare_option,
    formats_of,
    formats_option,
    langs_of,
    langs_option,
    pages_option,
    templates_option,
)

if TYPE_CHECKING:
    from report_templates.editions.make import Engine
    from report_templates.print.render import Paper

_READING = 0.5  # share of the work that is reading and scoring
_DOCTOR = Text("この機械で報告書を印刷できるかを調べます。", "Check whether this machine can print the report.")
_ACCOUNTS = Text(
    "アカウントごとに1枚のページを作ります(数百社でも、中断しても続きから)。",
    "Make one page per account: hundreds in one go, resumed after an interruption.",
)
_MAIL = Text(
    "報告書のメールの下書きを書き出します。確かめた計画だけを送信できます。",
    "Write the report's mail as drafts; send it only as a plan that was looked at.",
)
_LEDGER = Text("メール台帳を示し、不明な送信を人が決めます。", "List the ledger of mail, and settle what is uncertain.")
_PREVIEW = Text(
    "報告書をブラウザーで開き、ブックやテンプレートの保存のたびに描き直します。",
    "Show the report in the browser, made anew whenever the workbook or a template is saved.",
)


@click.group(
    "portfolio-report",
    cls=Commands,
    lazy={
        "accounts": ("report_templates.delivery.batch.command", _ACCOUNTS),
        "mail": ("report_templates.delivery.mail.command", _MAIL),
        "mail-ledger": ("report_templates.delivery.mail.ledger_command", _LEDGER),
        "preview": ("report_templates.delivery.preview", _PREVIEW),
        "doctor": ("report_templates.print.doctor", _DOCTOR),
    },
    help=say(
        "顧客ポートフォリオの報告書を、役員向けのPDFとHTMLで作成します。",
        "Make the customer portfolio report for executives, as PDF and HTML.",
    ),
    epilog=say(
        "終了コード: 0 作成した、2 作成できなかった、3 予期しない問題で終了した(記録番号を表示)",
        "Exit codes: 0 made, 2 refused, 3 ended by an unforeseen problem (a record number is shown)",
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def main() -> None:
    """Start the command."""


@main.command(
    help=say("入力を採点し、報告書を --out に書き出します。", "Score the input and write the report into --out.")
)
@input_options
@as_of_option
@langs_option
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help=say("書き出すフォルダー", "folder for the report"),
)
@formats_option("html,pdf")
@pages_option
@templates_option
@click.option(
    "--pdf-engine",
    "engine",
    type=click.Choice(["auto", "weasyprint", "chromium"]),
    default="auto",
    show_default=True,
    help=say(
        "PDFを印刷するもの。autoは、WeasyPrintが動かないときだけEdge・Chrome・Chromiumで印刷します(タグは検査しない版)",
        "who prints the PDF; auto takes an installed Edge, Chrome or Chromium only where WeasyPrint cannot be loaded "
        "(an edition whose tags are not checked)",
    ),
)
@click.option(
    "--paper",
    type=click.Choice(["a4", "letter"]),
    default="a4",
    show_default=True,
    help=say("用紙(横)", "sheet, across"),
)
@allow_stale_option
@compare_option
@mask_options
@refusals
def render(
    lang: str,
    out: Path,
    formats: str,
    pages: str,
    templates: Path | None,
    compare: str | None,
    engine: Engine,
    paper: Paper,
    allow_stale: bool,
    **options: Any,
) -> None:
    """Render the report of an input."""
    from engine.commands.intake import score_request
    from engine.runs import runs
    from report_templates.editions.make import make
    from report_templates.editions.masking import editions
    from report_templates.view.pages import chosen

    mask, wanted, held = mask_of(options), formats_of(formats), chosen(pages)
    langs = langs_of(lang)
    with progress(say("報告書", "report")) as tell:

        def scoring(step: Text, share: float) -> None:
            tell(step, share * _READING)

        portfolio = score_request(request_of(options), scoring)
        told = editions(portfolio, runs.named(compare, portfolio), mask, langs)
        files: dict[str, bytes] = {}
        notes: dict[Text, None] = {}
        for number, (spoken, each) in enumerate(told.items()):

            def making(step: Text, share: float, number: int = number) -> None:
                tell(step, _READING + (number + share) / len(told) * (1 - _READING))

            made = make(
                each.portfolio,
                spoken,
                wanted,
                templates,
                making,
                each.before,
                pages=held,
                inspect=each.inspect,
                engine=engine,
                paper=paper,
                allow_stale=allow_stale,
            )
            files |= made.files
            notes |= dict.fromkeys((*made.notes, *each.notes))
        written = write_all(out, files)
    for path in written:
        click.echo(path)
    for note in notes:
        click.echo(note.to(language()), err=True)
    raise click.exceptions.Exit(FINE)


if __name__ == "__main__":
    main()
