"""`python -m workbooks`: make the workbooks, or the sample data as CSV."""

from __future__ import annotations

from pathlib import Path

import click

from engine.commands.console import Commands, refusals
from workbooks.build import KINDS, runs_of_its_own
from workbooks.sample.sample import write_csv


@click.group(
    "workbooks",
    cls=Commands,
    epilog="終了コード: 0 作成した、2 作成できなかった、3 予期しない問題で終了した / "
    "Exit codes: 0 made, 2 refused, 3 ended by an unforeseen problem",
)
def main() -> None:
    """ワークブックとサンプルデータを作ります。 Makes workbooks and sample data."""


@main.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="出力先フォルダー / output folder"
)
@click.option(
    "--only",
    type=click.Choice(list(KINDS)),
    multiple=True,
    help="作る種類(省略時は両方) / what to make; both when left out",
)
@refusals
def build(out: Path, only: tuple[str, ...]) -> None:
    """テンプレートとサンプルを作ります。 Makes the template and the sample workbook."""
    out.mkdir(parents=True, exist_ok=True)
    with runs_of_its_own():
        for kind, (name, make) in KINDS.items():
            if not only or kind in only:
                click.echo(make(out / name))


@main.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="出力先フォルダー / output folder"
)
@click.option(
    "--encoding",
    type=click.Choice(["utf-8-sig", "cp932"]),
    default="utf-8-sig",
    show_default=True,
    help="文字コード / encoding",
)
@refusals
def data(out: Path, encoding: str) -> None:
    """サンプルデータをCSVで書き出します。 Writes the sample data as CSV."""
    out.mkdir(parents=True, exist_ok=True)
    for path in write_csv(out, encoding):
        click.echo(path)


if __name__ == "__main__":
    main()
