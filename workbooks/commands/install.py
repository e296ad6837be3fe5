"""`portfolio-addin install`: put the add-in where its host finds it, and the workbooks into the user's documents."""

from __future__ import annotations

import os
import sys
from typing import Literal

import click

from addin.install import calc
from addin.install.install import install, places, portable, uninstall
from engine.commands.console import lang_option, language, refusals, say
from workbooks.commands.documents import FOLDER, documents, put_workbooks

Host = Literal["excel", "calc"]


@click.command(
    "install",
    help=say(
        "アドインをこのユーザーに入れます。何度実行しても同じ結果になります。",
        "Install the add-in for this user; running it again changes nothing.",
    ),
)
@click.option(
    "--host",
    type=click.Choice(["excel", "calc"]),
    default="excel" if sys.platform == "win32" else "calc",
    show_default=True,
    help=say("表計算ソフト(Excel または LibreOffice Calc)", "the spreadsheet: Excel or LibreOffice Calc"),
)
@click.option("--uninstall", "remove", is_flag=True, help=say("取り除きます", "remove it again"))
@lang_option
@refusals
def command(host: Host, remove: bool) -> None:
    """Install or remove the add-in and say what to do next."""
    if host == "calc":
        _install_for_calc(remove)
        _place_workbooks(remove)
        return
    where = places()
    if remove:
        changed = uninstall(where)
        done = say("取り除きました", "Removed") if changed else say("入っていません", "It is not installed")
    else:
        changed = install(where, portable(sys.executable, os.environ))
        done = say("入れました", "Installed") if changed else say("すでに入っています", "It is installed already")
    click.echo(done)
    for path in changed:
        click.echo(f"  {path}")
    _place_workbooks(remove)
    if not remove:
        click.echo(
            say(
                "初回だけ、Excelの「ファイル」›「オプション」›「アドイン」›「設定」で「portfolio」に印を付けてください。"
                "困ったときは portfolio-addin doctor を実行してください",
                'The first time, tick "portfolio" in Excel under File › Options › Add-ins › Go. '
                "If something does not work, run portfolio-addin doctor",
            )
        )


def _place_workbooks(remove: bool) -> None:
    """Put the template and the sample into the user's documents, or say that they stay there."""
    folder = documents() / FOLDER
    if remove:
        if folder.exists():
            click.echo(
                say(
                    f"あなたのブックはそのまま残しました({folder})。不要なら手で消してください",
                    f"Your workbooks were left as they are ({folder}); delete them by hand if you want",
                )
            )
        return
    written, kept = put_workbooks(folder)
    for path in written:
        click.echo(say(f"ブックを置きました: {path}", f"Workbook: {path}"))
    for path in kept:
        click.echo(say(f"すでにあるためそのまま残しました: {path}", f"There already, and left as it is: {path}"))


def _install_for_calc(remove: bool) -> None:
    if remove:
        calc.uninstall()
        click.echo(say("取り除きました", "Removed"))
        return
    path = calc.install(language())
    click.echo(
        say(
            f"入れました。LibreOffice を起動してください(設定: {path})",
            f"Installed; start LibreOffice (settings: {path})",
        )
    )
