"""`portfolio-addin`: makes the add-in's files, and answers its functions. Nothing is loaded until it is needed."""

from __future__ import annotations

from typing import Final

import click

from engine.commands.console import Commands, lang_option, say
from engine.language.errors import Text

_ASK: Final = Text(
    "ワークシート関数を1つ、表計算ソフトなしで計算します。", "Answer one worksheet function without a spreadsheet."
)
_INSTALL: Final = Text("アドインをこのユーザーに入れます。", "Install the add-in for this user.")
_DOCTOR: Final = Text(
    "動かないときに、どこが足りないかを調べます。", "Find out what is missing when something does not work."
)
_BUILD: Final = Text(
    "アドインのファイル(portfolio.xlam、customer-portfolio.oxt)を作り、場所とSHA-256を表示します。",
    "Build the add-in files (portfolio.xlam, customer-portfolio.oxt) and print where they are and their SHA-256.",
)


@click.group(
    "portfolio-addin",
    cls=Commands,
    lazy={
        "build": ("workbooks.commands.build", _BUILD),
        "install": ("workbooks.commands.install", _INSTALL),
        "doctor": ("addin.install.doctor", _DOCTOR),
        "ask": ("addin.commands.ask", _ASK),
    },
    help=say("表計算ソフトのアドインを作ります。", "Make the add-ins for Excel and LibreOffice Calc."),
    epilog=say(
        "終了コード: 0 問題なし、1 直すところがあった(doctor)、2 実行できなかった、3 予期しない問題で終了した(記録番号を表示)",
        "Exit codes: 0 fine, 1 something is to be mended (doctor), 2 refused, 3 ended by an unforeseen problem (a record number is shown)",
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@lang_option
@click.version_option(package_name="customer-portfolio", prog_name="portfolio-addin")
def main() -> None:
    """Run `portfolio-addin`."""
