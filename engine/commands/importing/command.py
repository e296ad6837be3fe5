"""`portfolio import`: the export of another system, shown as it would be read, changed, remembered and written as our tables."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from engine.commands.console import REFUSED, exit_code, lang_option, language, refusals, say, write_all
from engine.commands.importing.profile_options import wish_options
from engine.commands.options import json_option, out_option

if TYPE_CHECKING:
    from engine.commands.importing.plan import Sheet
    from engine.language.errors import Finding


def _add_import_options(function: Any) -> Any:
    """Add the options that change what is proposed."""
    options = [
        click.option(
            "--table",
            metavar="TABLE",
            help=say("どの表か(例: orders、取引)", "which table it is (orders, customers …)"),
        ),
        click.option(
            "--map",
            "mapping",
            multiple=True,
            metavar="T.COL=HEADER",
            help=say("列の対応(例: orders.amount=税抜額)。繰り返し可", "map a header (orders.amount=Net); repeatable"),
        ),
        click.option(
            "--date-order",
            type=click.Choice(["mdy", "dmy"]),
            help=say("年が最後の日付の順(mdy 月が先、dmy 日が先)", "order of dates that end in the year"),
        ),
        *wish_options(),
        click.option(
            "--save",
            metavar="NAME",
            help=say("この名前で保存し、次から自動で使う", "save under this name and use it from now on"),
        ),
        click.option("--yes", is_flag=True, help=say("確かめずに進める", "do not ask")),
        click.option("--list", "listed", is_flag=True, help=say("使えるプロファイルを一覧", "list the profiles")),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@click.command(
    "import",
    help=say(
        "他のシステムの書き出し(CSV・Excel)を取り込みます。表・列・使う行・値の読み替えを示し、"
        "--save で保存、--out で書き出します。",
        "Take in the export of another system (CSV, Excel): shows table, columns, conditions and values; --save remembers "
        "them, --out writes the tables.",
    ),
)
@click.argument("paths", nargs=-1, metavar="FILE…")
@_add_import_options
@lang_option
@out_option
@json_option
@refusals
def command(paths: tuple[str, ...], listed: bool, as_json: bool, **options: Any) -> None:
    """Show how exports would be read, save that, and write them as our tables."""
    from engine.language.errors import Refusal

    if listed:
        _list_profiles(as_json)
        return
    if not paths:
        raise Refusal(
            "argument",
            "取り込むファイルを指定してください(例: portfolio import 売上.csv)。プロファイルの一覧は --list です",
            "Name a file to import (portfolio import sales.csv); --list shows the profiles",
        )
    _import_files(paths, options, as_json)


def _import_files(paths: tuple[str, ...], options: dict[str, Any], as_json: bool) -> None:
    from engine.commands.importing import plan
    from engine.commands.importing.profile_options import wishes_of
    from engine.commands.intake import parse_mapping
    from engine.reading.columns import table_of

    wishes = wishes_of(options)
    table = table_of(options["table"]) if options["table"] else None
    mapping = parse_mapping(options["mapping"])
    sheets, notes = plan.look(paths, wishes, table, mapping, options["date_order"] or "")
    if as_json:
        from engine.commands.printing import print_json

        print_json([sheet.document() for sheet in sheets])
    else:
        for sheet in sheets:
            _show_sheet_plan(sheet)
        _show_left_out(notes)
    _refuse_lacking(sheets, options)
    if (options["save"] or options["out"]) and not _ask_to_go_on(options["yes"]):
        click.echo(say("取り込みをやめました。何も書き込んでいません", "Not imported; nothing was written"), err=True)
        raise click.exceptions.Exit(REFUSED)
    if options["save"]:
        for path in plan.save_all(sheets, options["save"]):
            click.echo(
                say(f"保存しました。次から自動で使います: {path}", f"Saved; it is used from now on: {path}"),
                err=as_json,
            )
    findings = (*notes, *(finding for sheet in sheets for finding in sheet.findings))
    if options["out"]:
        for path in write_all(options["out"], plan.files_of(sheets, findings, language())):
            click.echo(path, err=as_json)
    raise click.exceptions.Exit(exit_code(findings))


def _refuse_lacking(sheets: list[Sheet], options: dict[str, Any]) -> None:
    """Refuse to save or write a table that nothing could be done with."""
    from engine.language.errors import Refusal

    for sheet in sheets:
        if sheet.lacking and (options["save"] or options["out"]):
            key = sheet.lacking[0].split("|", maxsplit=1)[0]
            headers = "・".join(header for header in sheet.look.headers if header)
            raise Refusal(
                "missing_column",
                f"{sheet.source}: 「{key}」の列が分かりません。--map {sheet.profile.table}.{key}=見出し で指定してください"
                f"(ある列: {headers})",
                f"{sheet.source}: no column was found for {key}; say --map {sheet.profile.table}.{key}=HEADER (there: {headers})",
            )


def _ask_to_go_on(yes: bool) -> bool:
    """Return whether to go on: asked on a terminal only."""
    if yes or not _is_terminal():
        return True
    return click.confirm(say("この内容で取り込みますか", "Import it like this"), default=True)


def _is_terminal() -> bool:
    """Return whether a person sits before it."""
    return sys.stdin.isatty()


def _show_sheet_plan(sheet: Sheet) -> None:
    """Show how a sheet would be read."""
    from engine.commands.printing import show_table

    lang = language()
    click.echo(f"■ {sheet.source} → {sheet.table_text.to(lang)}({sheet.how.to(lang)})")
    show_table(
        (say("項目", "Column"), say("見出し", "Header"), say("理由", "Why")),
        [(text.to(lang), header, reason.to(lang)) for text, header, reason in sheet.column_rows()],
        (0, 1, 2),
    )
    for line in sheet.lines():
        click.echo(f"  {line.to(lang)}")
    rows = sheet.first_rows(lang)
    if len(rows) > 1:
        show_table(rows[0], rows[1:], tuple(range(len(rows[0]))))
    click.echo(sheet.counts.to(lang))
    if sheet.look.proposal is not None:
        click.echo(say(
            "違うところは --table・--map・--where・--values で直し、--save 名前 で覚えさせられます",
            "Change it by --table, --map, --where and --values; --save NAME remembers it",
        ))  # fmt: skip
    _show_left_out(sheet.findings)


def _show_left_out(findings: tuple[Finding, ...]) -> None:
    """Show what is left out, one line per cause."""
    from engine.cleaning.causes import causes, line, worst_first

    for cause in worst_first(causes(each for each in findings if each.code != "profile_used")):
        click.echo(f"  {line(cause).to(language())}")


def _list_profiles(as_json: bool) -> None:
    from engine.commands import printing
    from engine.reading.profiles import folder, ready, saved

    kept, faults = saved()
    profiles = [*kept, *ready()]
    if as_json:
        printing.print_json([
            {"id": each.id, "name": each.name._asdict(), "table": each.table, "origin": each.origin,
             "sources": list(each.sources), "note": each.note._asdict()}
            for each in profiles
        ])  # fmt: skip
        return
    lang = language()
    origins = {"saved": say("保存済み", "saved"), "ready": say("用意済み", "ready")}
    printing.show_table(
        (say("プロファイル", "Profile"), say("名前", "Name"), say("表", "Table"), say("種類", "Kind")),
        [(each.id, each.name.to(lang), each.table, origins.get(each.origin, "")) for each in profiles],
        (0, 1, 2, 3),
    )
    click.echo(say(f"保存先: {folder()}", f"Saved in: {folder()}"))
    for fault in faults:
        click.echo(fault.reason.to(lang), err=True)
