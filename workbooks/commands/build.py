"""`portfolio-addin build`: write the add-in files for Excel and LibreOffice Calc, and the workbooks that go with them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from engine.commands.console import lang_option, refusals, say, write_all


class _FileKinds(click.ParamType[tuple[str, ...]]):
    """A list such as `xlam,oxt`."""

    name = "xlam,oxt,template,sample"
    known: Final = ("xlam", "oxt", "template", "sample")

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
            self.fail(say(f"「{value}」は使えません(使える語: {known})", f'"{value}" (use any of {known})'), param, ctx)
        return tuple(kind for kind in self.known if kind in wanted)


@click.command(
    "build",
    help=say(
        "アドイン(portfolio.xlam、customer-portfolio.oxt)とブック(テンプレート、サンプル)を作り、場所とSHA-256を表示します。",
        "Build the add-ins (portfolio.xlam, customer-portfolio.oxt) and the workbooks (template, sample), and print where "
        "they are and their SHA-256.",
    ),
)
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("dist"),
    show_default=True,
    help=say("出力先のフォルダー", "folder for the files"),
)
@click.option(
    "--only",
    "kinds",
    type=_FileKinds(),
    default=_FileKinds.known,
    help=say(
        "作る種類: xlam(Excel)、oxt(LibreOffice Calc)、template(テンプレート)、sample(サンプル)。省略時はすべて",
        "what to make: xlam (Excel), oxt (LibreOffice Calc), template, sample; all when left out",
    ),
)
@lang_option
@refusals
def command(folder: Path, kinds: tuple[str, ...]) -> None:
    """Build the add-in files; all of them or none is put into `folder`."""
    import hashlib

    made = dict(_build_installable_file(kind) for kind in kinds)
    for path in write_all(folder, made):
        click.echo(f"{hashlib.sha256(made[path.name]).hexdigest()}  {path}")


def _build_installable_file(kind: str) -> tuple[str, bytes]:
    """Return the file name and the bytes of one kind of file."""
    if kind == "xlam":
        from addin.packaging.xlam.build import FILE_NAME as XLAM_NAME
        from addin.packaging.xlam.build import xlam_bytes

        return XLAM_NAME, xlam_bytes()
    if kind == "oxt":
        from addin.packaging.oxt.build import FILE_NAME as OXT_NAME
        from addin.packaging.oxt.build import oxt_bytes

        return OXT_NAME, oxt_bytes()
    from workbooks.build import KINDS, workbook_bytes

    return KINDS[kind][0], workbook_bytes(kind)
