"""`portfolio runs`: the stored runs: list, show, compare, export, prune, and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.commands.compare import compare_options, compare_runs
from engine.commands.console import FINDINGS, Commands, lang_option, language, refusals, say, write_all
from engine.commands.options import json_option, path_type

if TYPE_CHECKING:
    from pathlib import Path

    from engine.runs.store import Entry

_handle = click.argument("run", metavar="RUN")


@click.group(
    "runs",
    cls=Commands,
    help=say(
        "保存された実行を一覧・表示・書き出し・整理します。保存先は PORTFOLIO_RUNS で変えられます。",
        "List, show, export and prune the stored runs. PORTFOLIO_RUNS names another folder for them.",
    ),
)
@lang_option
def command() -> None:
    """Work on the stored runs."""


@command.command("list", help=say("保存された実行を新しい順に示します。", "List the stored runs, the newest first."))
@lang_option
@json_option
@refusals
def list_(as_json: bool) -> None:
    """List the stored runs; a damaged one is listed with what is damaged."""
    from engine.commands import printing
    from engine.runs import store

    found = store.entries()
    if as_json:
        printing.print_json([_make_entry_json(entry) for entry in found])
        return
    click.echo(say(f"保存先: {store.root()}({len(found):,}件)", f"Store: {store.root()} ({len(found):,} runs)"))
    for entry in found:
        click.echo(_word_stored_run(entry))


def _make_entry_json(entry: Entry) -> dict[str, Any]:
    trouble = None if entry.trouble is None else entry.trouble.text._asdict()
    if entry.manifest is None:
        return {"run": entry.handle, "trouble": trouble}
    document = entry.manifest.document()
    document.pop("parts")
    return {"run": entry.handle, **document, "bytes": entry.manifest.size, "trouble": trouble}


def _word_stored_run(entry: Entry) -> str:
    from engine.language import words

    if entry.manifest is None:
        return f"{entry.handle}  {entry.trouble.to(language()) if entry.trouble else ''}"
    found = entry.manifest
    orders = 0 if found.orders is None else found.orders
    size = found.size / 1e6
    kept = words.label("store_keep", found.kept, language())
    return say(
        f"{found.handle}  基準日 {found.as_of}  顧客 {found.customers:,}・取引 {orders:,}  定義 {found.definition['version']}"
        f"  保存 {found.when} {found.who}  {kept}  {size:,.1f}MB",
        f"{found.handle}  as of {found.as_of}  {found.customers:,} customers, {orders:,} orders"
        f"  definition {found.definition['version']}  stored {found.when} {found.who}  {kept}  {size:,.1f} MB",
    )


@command.command("show", help=say("実行の要約と来歴を示します。", "Show a run and where it came from."))
@_handle
@lang_option
@json_option
@refusals
def show(run: str, as_json: bool) -> None:
    """Show a stored run, after reading all of it through."""
    from engine.commands import printing
    from engine.commands.export import summary
    from engine.runs import store

    folder = _find_run_folder(run)
    portfolio, manifest = store.load(folder), store.manifest_of(folder)
    if as_json:
        printing.print_json({"manifest": manifest.document(), "summary": summary(portfolio)})
        return
    click.echo(_word_stored_run(store.Entry(folder, manifest, None)))
    for source in portfolio.sources:
        click.echo(
            f"  {source.table}: {source.source} "
            + say(f"{source.rows_used:,}/{source.rows_read:,}行", f"{source.rows_used:,} of {source.rows_read:,} rows")
            + (f" sha256 {source.sha256[:16]}…" if source.sha256 else "")
        )
    printing.show_portfolio(portfolio)


def _find_run_folder(run: str) -> Path:
    from engine.language.errors import Refusal
    from engine.runs import store

    folder = store.find_folder(run)
    if folder is None:
        raise Refusal(
            "no_run",
            f"「{run}」は保存されていません(portfolio runs list で確かめてください)",
            f'"{run}" is not stored (see portfolio runs list)',
        )
    return folder


@command.command(
    "compare", help=say("2つの実行を比べ、異動とその要因を示します。", "Compare two runs: who moved, and why.")
)
@compare_options
@lang_option
@refusals
def compare(before: str, after: str | None, definition: Path | None, by: str, as_json: bool) -> None:
    """Compare two stored runs, or one with what a definition would make of it."""
    compare_runs(before, after, definition, by, as_json=as_json)


@command.command("export", help=say("実行をCSVとJSONで書き出します。", "Write a run as CSV and JSON."))
@_handle
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=path_type()),
    metavar="DIR",
    help=say("書き出すフォルダー", "folder for the files"),
)
@lang_option
@json_option
@refusals
def export(run: str, out: Path, as_json: bool) -> None:
    """Write a stored run as files that a spreadsheet opens safely, with its definition and its manifest."""
    from engine.commands import printing
    from engine.commands.export import export as files_of
    from engine.runs import store
    from engine.runs.store import audit
    from engine.runs.store.layout import plain_json
    from engine.runs.store.write import who

    folder = _find_run_folder(run)
    portfolio, manifest = store.load(folder), store.manifest_of(folder)
    files = files_of(portfolio, language())
    files["definition.toml"] = portfolio.definition.to_toml().encode()
    files["manifest.json"] = plain_json(manifest.document())
    written = write_all(out, files)
    audit.append("export", manifest.handle, manifest.hash, who())
    if as_json:
        printing.print_json({"run": manifest.handle, "files": written})
        return
    for path in written:
        click.echo(path)


@command.command(
    "prune",
    help=say(
        "保存期間を過ぎた実行を示し、--yes で削除します(最新の実行は残します)。",
        "Show the runs whose time is over, and delete them with --yes (the newest run stays).",
    ),
)
@click.option("--yes", is_flag=True, help=say("実際に削除する", "really delete them"))
@click.option(
    "--days",
    type=click.FloatRange(min=0),
    metavar="N",
    help=say(
        "保存日数。省略時は各実行の定義(store.retention_days)", "days to keep; each run's own definition without it"
    ),
)
@lang_option
@json_option
@refusals
def prune(yes: bool, days: float | None, as_json: bool) -> None:
    """Delete runs whose time is over, and what interrupted processes left behind."""
    from datetime import UTC, datetime

    from engine.commands import printing
    from engine.runs import store

    doomed = store.expired(datetime.now(UTC), days)
    leftovers = store.prune(doomed) if yes else 0
    if as_json:
        runs = [entry.handle for entry in doomed]
        printing.print_json({"deleted": yes, "runs": runs, "leftovers": leftovers})
        return
    for entry in doomed:
        click.echo(_word_stored_run(entry))
    count = len(doomed)
    if yes:
        click.echo(
            say(
                f"{count:,}件を削除しました(書きかけの残り {leftovers:,}件も)",
                f"{count:,} runs deleted, and {leftovers:,} leftovers of interrupted writes",
            )
        )
    else:
        click.echo(
            say(f"{count:,}件が対象です(削除するには --yes)", f"{count:,} runs are due (delete them with --yes)")
        )


@command.command("audit", help=say("監査ログを検証して示します。", "Verify the audit log and show it."))
@lang_option
@json_option
@refusals
def audit(as_json: bool) -> None:
    """Verify the audit log; exit code 1 when it does not hold."""
    from engine.commands import printing
    from engine.runs.store import audit as log

    report, records = log.verify(), log.records()
    unlogged = _find_unlogged_runs({record.hash for record in records})
    if as_json:
        printing.print_json(
            {
                "lines": report.lines,
                "last": report.last,
                "troubles": [text._asdict() for text in report.troubles],
                "notes": [text._asdict() for text in report.notes],
                "unlogged": unlogged,
                "records": [{name: getattr(record, name) for name in record.__slots__} for record in records],
            }
        )
    else:
        for record in records:
            click.echo(f"{record.when}  {record.who}  {record.what}  {record.run}  {record.hash[:16]}…")
        for text in (*report.troubles, *report.notes):
            click.echo(text.to(language()), err=True)
        for handle in unlogged:
            click.echo(
                say(f"{handle} は保存されていますが、記録がありません", f"{handle} is stored, but not logged"), err=True
            )
        verdict = say("問題があります", "does not hold") if report.troubles else say("問題ありません", "holds")
        click.echo(say(f"監査ログ {report.lines:,}行: {verdict}", f"Audit log, {report.lines:,} lines: {verdict}"))
        click.echo(say(f"最後の行のハッシュ: {report.last}", f"Hash of the last line: {report.last}"))
    if report.troubles:
        raise click.exceptions.Exit(FINDINGS)


def _find_unlogged_runs(logged: set[str]) -> list[str]:
    """Return the stored runs of which the log says nothing: their process died between storing and logging."""
    from engine.runs import store

    return [entry.handle for entry in store.entries() if entry.manifest and entry.manifest.hash not in logged]
