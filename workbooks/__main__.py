"""`python -m workbooks`: make the workbooks, or the sample data as CSV."""

from __future__ import annotations

from pathlib import Path

import click

from workbooks.build import FILE_NAME, build_sample
from workbooks.sample import write_csv


@click.group()
def main() -> None:
    """ワークブックとサンプルデータを作ります。 Makes workbooks and sample data."""


@main.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="出力先フォルダー / output folder"
)
def build(out: Path) -> None:
    """サンプルブックを作ります。 Makes the sample workbook."""
    out.mkdir(parents=True, exist_ok=True)
    click.echo(build_sample(out / FILE_NAME))


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
def data(out: Path, encoding: str) -> None:
    """サンプルデータをCSVで書き出します。 Writes the sample data as CSV."""
    out.mkdir(parents=True, exist_ok=True)
    for path in write_csv(out, encoding):
        click.echo(path)


if __name__ == "__main__":
    main()
