"""A company's own dress of the report: colours, a logo and templates from a folder of theirs, checked before anything is drawn.

The folder may hold `settings.toml`, the picture that it names, and templates; docs/templates.md shows one. Whatever cannot
be read, would not be readable, or would reach out of the folder is refused with its place.

Decision 0212: why a company's templates run in a sandbox.
"""

from __future__ import annotations

import base64
import re
import struct
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from engine.language.errors import Refusal, Text
from report_templates.texts import settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_BYTES: Final = 200_000  # a logo is inlined into every document
_PIXELS: Final = 4_000  # a small file may still unfold into gigabytes
_READABLE: Final = 4.5  # WCAG 2.2, success criterion 1.4.3
# Every colour of letters with every ground that they stand on, in pages and in charts.
PAIRS: Final = (
    *((ink, ground) for ink in ("ink", "muted", "accent", "severe", "warning", "caution", "ok") for ground in ("paper", "ground")),
    *(("paper", ground) for ground in ("severe", "accent", "ink")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture as a data address, with the words for those who do not see it."""

    address: str
    alt: Text


@dataclass(frozen=True, slots=True)
class Own:
    """What a folder changes.

    Parameters
    ----------
    colours
        Design colours and fills of segments by name, as `#rrggbb`.
    logo
        The picture on the first page, or None.
    """

    colours: Mapping[str, str] = field(default_factory=dict)
    logo: Logo | None = None


def load(folder: Path | None) -> Own:
    """Return what `folder` changes; without a folder or its settings.toml nothing.

    Raises
    ------
    Refusal
        When settings.toml cannot be read, names something unknown, a colour pair is hard to read, or the logo is not a
        small PNG of that folder.
    """
    file = None if folder is None else folder / "settings.toml"
    if folder is None or file is None or not file.is_file():
        return Own()
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise _wrong(f"読めません({error})", f"cannot be read ({error})") from error
    _only(document, {"colours", "segments", "logo"}, "")
    colours = _colours(document.get("colours", {}), document.get("segments", {}))
    return Own(colours, _logo(folder, document["logo"]) if "logo" in document else None)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours `#rrggbb`, 1 to 21 (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _wrong(ja: str, en: str) -> Refusal:
    return Refusal(
        "argument", f"--templates の settings.toml: {ja}", f"settings.toml in the folder of --templates: {en}"
    )


def _only(given: Any, allowed: set[str], where: str) -> None:
    if not isinstance(given, dict):
        raise _wrong(f"[{where}] は表にしてください", f"[{where}] must be a table")
    unknown = sorted(set(given) - allowed)
    if unknown:
        known = ", ".join(sorted(allowed))
        raise _wrong(f"「{unknown[0]}」はありません(使えるもの: {known})", f'"{unknown[0]}" is not known ({known})')


def _colours(named: Any, fills: Any) -> dict[str, str]:
    house = settings.colours()
    segments = {name.removeprefix("segment-").replace("-", "_") for name in house if name.startswith("segment-")}
    # The paper stays white: names in charts have a rim of its colour, and people print.
    _only(named, {name for name in house if not name.startswith("segment-")} - {"paper"}, "colours")
    _only(fills, segments, "segments")
    found = {**named, **{f"segment-{code.replace('_', '-')}": fill for code, fill in fills.items()}}
    for name, colour in found.items():
        if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
            raise _wrong(f"{name} は #rrggbb で書いてください({colour})", f"write {name} as #rrggbb ({colour})")
    dressed = {**house, **found}
    for ink, ground in PAIRS:
        ratio = contrast(dressed[ink], dressed[ground])
        if ratio < _READABLE:
            raise _wrong(
                f"{ink} の文字が {ground} の上で読みにくい色です(コントラスト {ratio:.1f}、{_READABLE}以上に)",
                f"letters in {ink} are hard to read on {ground} (contrast {ratio:.1f}; make it {_READABLE} or more)",
            )
    return found


def _logo(folder: Path, given: Any) -> Logo:
    _only(given, {"file", "ja", "en"}, "logo")
    words = [given.get(name) for name in ("file", "ja", "en")]
    if not all(isinstance(word, str) and word for word in words):
        raise _wrong("[logo] には file、ja、en が要ります", "[logo] needs file, ja and en")
    name, ja, en = words
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise _wrong(f"{name} がこのフォルダーにありません", f"there is no {name} in this folder")
    if path.stat().st_size > _BYTES:
        raise _wrong(f"{name} は{_BYTES // 1000}KBまでにしてください", f"{name} must be {_BYTES // 1000} KB or less")
    content = path.read_bytes()
    if content[:8] != _PNG or content[12:16] != b"IHDR" or max(struct.unpack(">II", content[16:24])) > _PIXELS:
        raise _wrong(
            f"{name} は一辺{_PIXELS}画素までのPNGにしてください(SVGは使えません)",
            f"{name} must be a PNG of up to {_PIXELS} pixels a side (no SVG)",
        )
    return Logo(f"data:image/png;base64,{base64.b64encode(content).decode()}", Text(ja, en))
