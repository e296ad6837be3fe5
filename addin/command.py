"""`portfolio-addin`: makes the add-in's files. Nothing but click is loaded until something is built."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

__all__ = ["main"]

_REFUSED: Final = 2


_HELP: Final = """表計算ソフトのアドインを作ります。

Makes the add-ins for Excel and LibreOffice Calc."""
_BUILD_HELP: Final = """アドインのファイル(portfolio.xlam、customer-portfolio.oxt)を作り、場所とSHA-256を表示します。

Builds the add-in files and prints where they are and their SHA-256. The same source gives the same bytes."""
_BUILD_SHORT: Final = "アドインのファイルを作る / build the add-in files"


@click.group(help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="customer-portfolio", prog_name="portfolio-addin")
def main() -> None:
    """Run `portfolio-addin`."""


class _Kinds(click.ParamType[tuple[str, ...]]):
    """A list such as `xlam,oxt`."""

    name = "xlam,oxt"
    known: Final = ("xlam", "oxt")

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the kinds in a fixed order, each once; refuse words that are none."""
        if isinstance(value, tuple):
            return value
        wanted = [word.strip().casefold() for word in value.split(",") if word.strip()]
        unknown = [word for word in wanted if word not in self.known]
        if unknown or not wanted:
            known = ", ".join(self.known)
            self.fail(f"「{value}」は使えません(使える語: {known}) / use any of {known}", param, ctx)
        return tuple(kind for kind in self.known if kind in wanted)


@main.command(help=_BUILD_HELP, short_help=_BUILD_SHORT)
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("dist"),
    show_default=True,
    help="出力先のフォルダー / folder for the files",
)
@click.option(
    "--only",
    "kinds",
    type=_Kinds(),
    default=_Kinds.known,
    help="作る種類: xlam (Excel)、oxt (LibreOffice Calc)。既定は両方 / what to make, both when left out",
)
def build(folder: Path, kinds: tuple[str, ...]) -> None:
    """Build the add-in files; all of them or none is put into `folder`."""
    import hashlib
    import tempfile

    from engine.errors import Refusal

    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Everything is built beside its place first: a failure leaves the folder as it was.
        with tempfile.TemporaryDirectory(dir=folder, prefix=".build-") as held:
            made = [_made(kind, Path(held)) for kind in kinds]
            for path in made:
                path.replace(folder / path.name)
    except Refusal as refusal:
        click.echo(f"{refusal.to('ja')} / {refusal.to('en')}", err=True)
        sys.exit(_REFUSED)
    except OSError as error:
        click.echo(f"{folder} に書けません: {error.strerror} / cannot write to {folder}: {error.strerror}", err=True)
        sys.exit(_REFUSED)
    for path in made:
        final = folder / path.name
        click.echo(f"{hashlib.sha256(final.read_bytes()).hexdigest()}  {final}")


def _made(kind: str, folder: Path) -> Path:
    """Build one kind of add-in into `folder` and return its path."""
    if kind == "oxt":
        from addin.calc.build import build as build_oxt

        return build_oxt(folder / "customer-portfolio.oxt")
    from addin.excel.build import FILE_NAME, xlam_bytes

    path = folder / FILE_NAME
    path.write_bytes(xlam_bytes())
    return path
