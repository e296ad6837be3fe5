"""The command `portfolio`: check, score, explain and measure a portfolio of customers."""

from __future__ import annotations

from typing import Final

import click

from engine.commands.console import Commands, lang_option, say
from engine.language.errors import Text

# What stands here is all that the help page needs: a command's own module is loaded when the command is called.
COMMANDS: Final = {
    "import": Text(
        "他のシステムの書き出しを、列・条件・値の読み替えを確かめて取り込みます。",
        "Take in the export of another system: its columns, conditions and values are shown first.",
    ),
    "check": Text(
        "入力を検査し、使えない行とその理由を示します。", "Check the input: rows that cannot be used, and why."
    ),
    "score": Text(
        "採点し、結果を --out のフォルダーに書き出します。", "Score the input and write the results into --out."
    ),
    "explain": Text("顧客の点数の内訳を示します。", "Show what a customer's scores are made of."),
    "list": Text(
        "顧客の一覧を示します。既定は「要対応」(期待金額の大きい順)。",
        "Show a list of customers; by default those that need action, the most expected money first.",
    ),
    "ltv": Text(
        "データに合うモデルか方法で、顧客生涯価値を求めます。",
        "Value the customers over their lifetime by a model or method that the data can carry.",
    ),
    "retention": Text(
        "維持率・チャーン率・GRR・NRR とコホートを示します。", "Show retention, churn, GRR, NRR and cohorts."
    ),
    "backtest": Text(
        "過去の時点で今の判定を行い、実際に起きたことと比べて的中を確かめます。",
        "Test today's grades on the data's own past: what was said, and what followed.",
    ),
    "what-if": Text(
        "顧客を失った場合や値を変えた場合を試算します。", "Try what happens when a customer is lost or a value changes."
    ),
    "allocate": Text("営業時間の配分を最適化します。", "Allot hours to customers where they pay most."),
    "compare": Text("2つの実行を比べ、異動とその要因を示します。", "Compare two runs: who moved, and why."),
    "runs": Text("保存された実行を一覧・表示・書き出し・整理します。", "List, show, export and prune the stored runs."),
}

_MODULES: Final = {
    "import": "importing.command",
    "list": "listing",
    "what-if": "trials.what_if",
    "allocate": "trials.allocate",
}  # where not its name


@click.group(
    "portfolio",
    cls=Commands,
    lazy={name: (f"engine.commands.{_MODULES.get(name, name)}", text) for name, text in COMMANDS.items()},
    help=say(
        "顧客ポートフォリオ: 顧客表と取引表を検査し、採点し、理由を説明します。",
        "Customer portfolio: check tables of customers and orders, score them, explain a score.",
    ),
    epilog=say(
        "終了コード: 0 問題なし、1 使えない行があった、2 実行できなかった、3 予期しない問題で終了した(記録番号を表示)",
        "Exit codes: 0 fine, 1 some rows could not be used, 2 refused, 3 ended by an unforeseen problem (a record number is shown)",
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@lang_option
def main() -> None:
    """Start the command."""


if __name__ == "__main__":
    main()
