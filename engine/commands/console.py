"""What the commands share: the reader's language, refusals as exit codes, progress on a terminal, atomic files.

Decision 0061: why click, and why the start counts.
Decision 0271: why there is a last guard and one log.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

import click

from engine.language.errors import Lang, Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from engine.language.errors import Finding

FINE: Final = 0
FINDINGS: Final = 1
REFUSED: Final = 2
UNFORESEEN: Final = 3
_EXTRA: Final = re.compile(r"unexpected extra arguments? \((.*)\)")
PROGRESS_LINE: Final = "@progress "  # a line of standard error that a program which started us reads, instead of a bar

Command = TypeVar("Command", bound="Callable[..., object]")


def language(arguments: list[str] | None = None) -> Lang:
    """Return the reader's language: `--lang` on the command line, else PORTFOLIO_LANG, else the locale, else Japanese.

    Help texts are made before options are read, so the arguments are looked through here.
    """
    given = sys.argv[1:] if arguments is None else arguments
    for place, word in enumerate(given):
        if word == "--lang" and place + 1 < len(given) and given[place + 1] in ("ja", "en"):
            return "ja" if given[place + 1] == "ja" else "en"
        if word in ("--lang=ja", "--lang=en"):
            return "ja" if word.endswith("ja") else "en"
    told = os.environ.get("PORTFOLIO_LANG", "")
    if told in ("ja", "en"):
        return "ja" if told == "ja" else "en"
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "en" if next(filter(None, names), "").startswith("en") else "ja"


def say(ja: str, en: str) -> str:
    """Return the help text in the reader's language."""
    return Text(ja, en).to(language())


# Read by `language()` straight from the command line, since help texts are made before options are parsed.
lang_option = click.option(
    "--lang", type=click.Choice(["ja", "en"]), expose_value=False, help=say("表示の言語", "language of what is shown")
)


class _TranslatedUsageError(click.UsageError):
    """A command line that cannot be understood, told in the reader's language."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print what is wrong and where help is."""
        place = self.ctx.command_path if self.ctx else ""
        click.echo(self.format_message(), file=file, err=file is None)
        click.echo(say(f"使い方: {place} --help", f"Usage: {place} --help"), file=file, err=file is None)


def _word_usage_error(error: click.UsageError) -> str:
    """Return what is wrong with the command line, in the reader's language."""
    from difflib import get_close_matches

    near = "・".join(getattr(error, "possibilities", None) or ())
    if isinstance(error, click.NoSuchCommand) and error.ctx is not None and isinstance(error.ctx.command, click.Group):
        near = "・".join(get_close_matches(error.command_name, error.ctx.command.list_commands(error.ctx)))
    hint_ja, hint_en = (f"(近い語: {near})", f" (near: {near})") if near else ("", "")
    if isinstance(error, click.NoSuchOption):
        return say(
            f"{error.option_name} という指定はありません{hint_ja}", f"no such option: {error.option_name}{hint_en}"
        )
    if isinstance(error, click.NoSuchCommand):
        return say(
            f"「{error.command_name}」という命令はありません{hint_ja}",
            f"no such command: {error.command_name}{hint_en}",
        )
    if isinstance(error, click.MissingParameter) and error.param is not None:
        name = _name_parameter(error.param)
        return say(f"{name} を指定してください", f"{name} is missing")
    if isinstance(error, click.BadParameter) and error.param is not None:
        name, wanted = _name_parameter(error.param), _word_wanted_values(error.param.type)
        return say(
            f"{name} の値が使えません: {error.message if wanted is None else wanted}",
            f"the value of {name} cannot be used: {error.message}",
        )
    if isinstance(error, click.BadOptionUsage):
        name = error.option_name
        given = "does not take" in error.message
        return say(f"{name} に値は付けません" if given else f"{name} に値を付けてください", error.format_message())
    extra = _EXTRA.search(error.format_message())
    if extra is not None:
        return say(f"余分な指定があります: {extra[1]}", f"not expected: {extra[1]}")
    return say(f"指定を読めません: {error.format_message()}", error.format_message())


def _word_wanted_values(kind: click.ParamType[Any]) -> str | None:
    """Return in Japanese what values a parameter takes; None where its own message says it."""
    if isinstance(kind, click.Choice):
        return f"{'・'.join(map(str, kind.choices))} のどれかにしてください"
    if isinstance(kind, click.IntRange):
        limits = f"{'' if kind.min is None else kind.min}〜{'' if kind.max is None else kind.max}の"
        return f"{'' if kind.min is kind.max is None else limits}整数にしてください"
    if isinstance(kind, click.types.IntParamType):
        return "整数にしてください"
    if isinstance(kind, click.Path) and kind.exists:
        return "あるファイルを指定してください" if kind.file_okay else "あるフォルダーを指定してください"
    return None


def _name_parameter(parameter: click.Parameter) -> str:
    """Return what the help page calls a parameter: an option's first form, or FILE, FROM_RUN and the like."""
    return str(parameter.metavar or parameter.opts[0]) if isinstance(parameter, click.Argument) else parameter.opts[0]


class Commands(click.Group):
    """A group of commands that speaks the reader's language when it is called wrongly, too.

    Parameters
    ----------
    lazy
        Command name → the module that holds it as `command`, and its line in the help: neither the help page nor any
        other command waits for the module.
    """

    def __init__(self, *arguments: Any, lazy: Mapping[str, tuple[str, Text]] | None = None, **extra: Any) -> None:
        super().__init__(*arguments, **extra)
        self._lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order in which they were given."""
        return [*self._lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, loading its module."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        found: click.Command = import_module(self._lazy[cmd_name][0]).command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without loading any."""
        if not self._lazy:
            super().format_commands(ctx, formatter)
            return
        rows = [(name, text.to(language())) for name, (_, text) in self._lazy.items()]
        rows += [(name, command.get_short_help_str(limit=200)) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def main(self, *arguments: Any, **extra: Any) -> Any:
        """Run, and end in one line whatever nobody foresaw: exit code 3, a record number, no traceback.

        A console that is not UTF-8 (an older Windows) must not make us die of a customer's name.
        """
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        try:
            return super().main(*arguments, **extra)
        except Exception as error:  # noqa: BLE001 - the one outermost guard of a command; the log has the chain of calls
            click.echo(
                _record_unforeseen_error(error, self._name_called_command(arguments, extra)).to(language()), err=True
            )
            sys.exit(UNFORESEEN)

    def _name_called_command(self, arguments: tuple[Any, ...], extra: Mapping[str, Any]) -> str:
        """Return which command was called, such as `portfolio score`: its name and none of its words or files."""
        given = extra.get("args") or (arguments[0] if arguments else None) or sys.argv[1:]
        known = (*self._lazy, *self.commands)
        return " ".join(filter(None, (self.name, next((word for word in given if word in known), ""))))

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Read the command line of the group."""
        with _translate_usage_errors():
            return super().make_context(*arguments, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Read the command line of a command, and run it."""
        with _translate_usage_errors(ctx):
            return super().invoke(ctx)


def _record_unforeseen_error(error: Exception, command: str) -> Refusal:
    """Record an error that nobody foresaw, and return what is said of it."""
    from engine.language import incidents  # late: no help page waits for it

    number, log = incidents.record(error, command, ())
    if log is None:
        path = incidents.log_file()
        ja, en = f"記録は書けませんでした: {path}", f"the log could not be written: {path}"
    else:
        ja, en = f"記録: {log}", f"log: {log}"
    return Refusal(
        "internal",
        f"予期しない問題が起きたため終了しました。入力を確かめ、続く場合は記録番号を添えてご連絡ください(記録番号 {number}、{ja})",
        "ended by a problem that was not foreseen; check the input and, if it persists, report the record number "
        f"(record {number}; {en})",
    )


@contextmanager
def _translate_usage_errors(ctx: click.Context | None = None) -> Iterator[None]:
    try:
        yield
    except (_TranslatedUsageError, click.exceptions.NoArgsIsHelpError):
        raise
    except click.UsageError as error:
        raise _TranslatedUsageError(_word_usage_error(error), error.ctx or ctx) from error


def refusals(command: Command) -> Command:
    """Turn a refusal into one line on standard error and exit code 2: the cause and the mend, no traceback."""

    @wraps(command)
    def guarded(*arguments: object, **options: object) -> object:
        try:
            return command(*arguments, **options)
        except Refusal as refusal:
            click.echo(refusal.to(language()), err=True)
        except KeyboardInterrupt:
            click.echo(say("中断しました。何も書き込んでいません", "Interrupted; nothing was written"), err=True)
        except BrokenPipeError:  # `portfolio … | head`: nobody reads on, which is no fault; click ends quietly
            raise
        except OSError as error:
            click.echo(
                say(
                    f"ファイルを扱えません: {error.filename or ''}({error.strerror or error})",
                    f"Cannot handle the file {error.filename or ''} ({error.strerror or error})",
                ),
                err=True,
            )
        raise click.exceptions.Exit(REFUSED)

    return guarded  # type: ignore[return-value]  # the same signature, kept by wraps


def exit_code(findings: tuple[Finding, ...]) -> int:
    """Return the exit code for an input with these findings; rows that a profile leaves out as it should are no fault."""
    from engine.reading.profiles import LEFT_OUT  # help texts do not wait for it

    return FINDINGS if any(each.severity == "error" and each.code not in LEFT_OUT for each in findings) else FINE


@contextmanager
def progress(title: str) -> Iterator[Callable[[Text, float], None]]:
    """Show a progress bar on a terminal; elsewhere nothing, or lines where PORTFOLIO_PROGRESS is `lines`.

    The block receives a function `(step, share)`: the name of what is being done, and how much of all is done (0–1).
    """
    if os.environ.get("PORTFOLIO_PROGRESS") == "lines":
        yield lambda step, share: click.echo(f"{PROGRESS_LINE}{share:.0%} {step.to(language())}", err=True)
        return
    if not sys.stderr.isatty():
        yield lambda _step, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda step, share: bar.update(task, description=step.to(language()), completed=share)


def write_all(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write all files into `folder`, or none.

    Everything is written beside its place first and moved there when all of it is on disk, so that an interrupted run
    leaves the old files as they were.
    """
    import tempfile  # slow to load, and help texts must come at once

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as part:
        for name, content in files.items():
            path = Path(part, name)
            with path.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        for name in files:
            Path(part, name).replace(folder / name)
    return [folder / name for name in files]
