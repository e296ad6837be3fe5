"""`portfolio-report preview`: the report in this computer's browser, made anew when the workbook or a template is saved."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from engine.commands.console import FINE, language, progress, refusals, say
from engine.commands.options import as_of_option, input_options, request_of
from engine.language.errors import Refusal, Text
from report_templates.editions.masking import mask_of, mask_options, shown
from report_templates.editions.options import compare_option, lang_option, templates_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.commands.intake import Request
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio
    from report_templates.delivery.preview_server import Preview
    from report_templates.editions.masking import Mask

_PATIENCE: Final = 3.0  # seconds that a file may be half written or away while an Office program saves it
_PAUSE: Final = 0.2
_GATHERED: Final = 300  # milliseconds; the steps of one save come as one change
_LOOK: Final = 0.5  # seconds; on Windows Ctrl+C is noticed only between waits
_READING: Final = 0.6


@click.command(
    "preview",
    help=say(
        "報告書をこのパソコンのブラウザーだけに見せ、ブックやテンプレートを保存するたびに描き直します。Ctrl+C で終わります。",
        "Show the report to this computer's browser only, made anew whenever the workbook or a template is saved. "
        "Ctrl+C ends it.",
    ),
)
@input_options
@as_of_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help=say("ポート番号。省略時は空いているもの", "port; any free one by default"),
)
@templates_option
@compare_option
@lang_option
@click.option("--open", "opening", is_flag=True, help=say("ブラウザーで開く", "open it in the browser"))
@mask_options
@refusals
def command(
    *, port: int, templates: Path | None, compare: str | None, lang: Lang, opening: bool, **options: Any
) -> None:
    """Serve the report until Ctrl+C."""
    from report_templates.delivery.preview_server import Preview, Server

    mask = mask_of(options)
    maker = Maker(request_of(options), lang, templates, compare, mask)
    preview = Preview(lang)
    server = Server(preview, port)
    stop, changes = threading.Event(), Changes()
    watchers = watching(maker.files, templates, changes, stop)
    server.start()
    for watcher in watchers:
        watcher.start()
    try:
        with progress(say("プレビュー", "preview")) as tell:
            maker.refresh(preview, tell, again=True)
        click.echo(server.address)
        click.echo(say("Ctrl+C で終わります", "Ctrl+C ends it"), err=True)
        if opening:
            click.launch(server.address)
        _serve(maker, preview, changes)
    except KeyboardInterrupt:
        click.echo(say("プレビューを終わりました", "The preview has ended"), err=True)
    finally:
        stop.set()
        server.stop()
        for watcher in watchers:
            watcher.join()
    raise click.exceptions.Exit(FINE)


class Changes:
    """What has been saved since it was asked for last: an input, or only a template."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._any = self._input = False

    def tell(self, *, of_input: bool) -> None:
        """Note a change."""
        with self._news:
            self._any, self._input = True, self._input or of_input
            self._news.notify_all()

    def take(self) -> bool | None:
        """Return after a change whether an input was among it; None when nothing came for a while."""
        with self._news:
            if not self._news.wait_for(lambda: self._any, timeout=_LOOK):
                return None
            found, self._any, self._input = self._input, False, False
            return found


def _serve(maker: Maker, preview: Preview, changes: Changes) -> None:
    """Make the report anew at every change, for ever."""
    while True:
        of_input = changes.take()
        if of_input is not None:
            maker.refresh(preview, lambda _step, _share: None, again=of_input)


class Maker:
    """Makes the report of one request; a changed template does not score anew.

    Parameters
    ----------
    request
        What to read.
    lang
        Language of the report.
    templates
        A company's own template folder, or None.
    compare
        An earlier run to compare with, as the user names it, or None.
    mask
        What a masked edition hides, or None for one with names.
    """

    def __init__(
        self,
        request: Request,
        lang: Lang,
        templates: Path | None,
        compare: str | None = None,
        mask: Mask | None = None,
    ) -> None:
        if not request.workbooks and not request.files:
            from engine.commands.intake import no_input

            raise no_input()
        self._request, self._lang, self._templates, self._compare = request, lang, templates, compare
        self._mask = mask
        self._portfolio: Portfolio | None = None
        self._notes: tuple[Text, ...] = ()
        self._told: tuple[Text, ...] = ()

    @property
    def files(self) -> frozenset[Path]:
        """Every file on this computer that the report is read from."""
        from engine.reading.sources.expanding import local_files  # late: the readers of files

        request = self._request
        definition = [] if request.definition is None else [request.definition]
        return frozenset(path.resolve() for path in (*local_files(request.addresses), *definition))

    def refresh(self, preview: Preview, tell: Callable[[Text, float], None], *, again: bool) -> None:
        """Make the report and show it, or show why it cannot be made.

        Parameters
        ----------
        again
            Whether the input is read again; without a scored one it always is.
        """
        try:
            if again or self._portfolio is None:
                self._portfolio = None
                self._portfolio = self._scored(lambda step, share: tell(step, share * _READING))
            page = self._made(self._portfolio, lambda step, share: tell(step, _READING + share * (1 - _READING)))
        except Refusal as refusal:
            preview.fail(refusal)
            click.echo(refusal.to(language()), err=True)
        else:
            preview.show(page)
            self._tell_notes()

    def _tell_notes(self) -> None:
        """Print what the user should know of the search of a masked edition, again only where that has changed."""
        if self._notes != self._told:
            self._told = self._notes
            for note in self._notes:
                click.echo(note.to(language()), err=True)

    def _made(self, portfolio: Portfolio, tell: Callable[[Text, float], None]) -> bytes:
        """Return the report as HTML; whatever a template of the user's does wrong is told, and does not end the preview."""
        from engine.runs import runs
        from report_templates.editions.make import make
        from report_templates.print.render import look_again

        look_again()
        told = shown(portfolio, runs.named(self._compare, portfolio), self._mask, self._lang)
        run, before, gate, self._notes = told.portfolio, told.before, told.inspect, told.notes
        try:
            made = make(run, (self._lang,), ("html",), self._templates, tell, before, allow_stale=True, inspect=gate)
            (page,) = made.files.values()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            if self._templates is None:
                raise
            raise Refusal(
                "argument",
                f"テンプレートに誤りがあります({type(error).__name__}: {error})。文字コードはUTF-8にしてください",
                f"the template has a mistake ({type(error).__name__}: {error}); its encoding must be UTF-8",
            ) from error
        return page

    def _scored(self, tell: Callable[[Text, float], None]) -> Portfolio:
        """Return the scored input; a file that cannot be read is tried again while its program may be saving it."""
        from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

        from engine.commands.intake import score_request

        again = Retrying(
            retry=retry_if_exception(_may_pass), stop=stop_after_delay(_PATIENCE), wait=wait_fixed(_PAUSE), reraise=True
        )
        try:
            return again(score_request, self._request, tell)
        except OSError as error:
            raise Refusal(
                "unreadable",
                f"ファイルを読めません: {error.filename or ''}({error.strerror or error})",
                f"cannot read the file {error.filename or ''} ({error.strerror or error})",
            ) from error


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, OSError) or (isinstance(error, Refusal) and error.kind == "unreadable")


def watching(
    files: frozenset[Path], templates: Path | None, changes: Changes, stop: threading.Event
) -> list[threading.Thread]:
    """Return threads, not yet started, that tell of saved inputs and templates.

    The folders of the inputs are watched rather than the files: Office programs write another file and rename it. Their
    lock files (`~$…`), temporary files and everything else in those folders is of no interest.
    """

    def look(paths: Iterable[Path], *, of_input: bool) -> None:
        from watchfiles import watch

        def wanted(_change: object, path: str) -> bool:
            return Path(path) in files if of_input else not Path(path).name.startswith((".", "~"))

        for _ in watch(
            *paths,
            watch_filter=wanted,
            debounce=_GATHERED,
            stop_event=stop,
            recursive=not of_input,
            raise_interrupt=False,
        ):
            changes.tell(of_input=of_input)

    places = [(folders, True)] if (folders := sorted({file.parent for file in files if file.parent.is_dir()})) else []
    if templates is not None:
        places.append(([templates.resolve()], False))
    return [
        threading.Thread(target=look, args=(paths,), kwargs={"of_input": of_input}, daemon=True)
        for paths, of_input in places
    ]
