"""The layout of each file that is imported: a profile that is known, one that is proposed, or what a person has said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from addin.ribbon.imports.mapping_sheet import View
from engine.language.errors import Text
from engine.reading.columns import bind, needs, table_text
from engine.reading.profiles import Profile, apply, fingerprint, matched_columns, save, spoken_conditions
from engine.reading.raw import shown
from engine.reading.shapes import shaped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from addin.ribbon.imports.mapping_answers import Told
    from engine.language.errors import Finding
    from engine.reading.profiles import Look
    from engine.reading.raw import RawTable

LOOKED_AT: Final = 2000  # rows that a proposal is made from
_KNOWN: Final = 0.9  # confidence from which a header speaks for itself
_SAMPLES: Final = 3  # different cells that are shown of a column
_LONGEST: Final = 20  # letters of a cell that is shown
_APART: Final = "取り込まない "  # before a header that is called like one of our columns and shall not be one


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One file or sheet.

    Parameters
    ----------
    read
        Its cells as they were read.
    profile
        How it is understood.
    raw
        Its cells as understood: columns named, rows that do not count left out, values mapped.
    findings
        What was noticed; those of severity `error` are rows that are left out.
    reasons
        Column key to why it was proposed so.
    is_asked
        Whether a person was asked something about it: then the answer is remembered.
    """

    read: RawTable
    profile: Profile
    raw: RawTable
    findings: tuple[Finding, ...]
    reasons: Mapping[str, Text]
    is_asked: bool = False

    @property
    def code(self) -> str:
        """The fingerprint of its headers."""
        return fingerprint(self.read.header)


def source_of(read: RawTable, look: Look, told: Told | None = None) -> Source:
    """Understand a file or sheet.

    Parameters
    ----------
    read
        Its cells, blank rows included.
    look
        What it was taken for: a known layout, or a proposal.
    told
        What a person has said of it on the mapping sheet; it goes before everything else.

    Raises
    ------
    Refusal
        `argument` for a condition that cannot be put to these headers.
    """
    profile = look.profile
    guesses = () if look.proposal is None else look.proposal.guesses
    reasons = {each.key: each.reason for each in guesses if each.part == "column" and each.confidence < _KNOWN}
    if told is not None and told.listed_for == told.table:
        profile, reasons = _build_told_profile(profile, told, read.header), {}
    raw, findings = apply(profile, replace(read, name=profile.table))
    table, noticed = shaped(raw)
    return Source(read, profile, table, (*findings, *noticed), reasons, told is not None)


def pivot_of(read: RawTable) -> Source:
    """Understand a table of customers by months: every filled cell becomes an order of that month.

    Raises
    ------
    Refusal
        `unreadable` where months have no year and `read.year` says none, or the table cannot be read in one way.
    """
    profile = Profile(id="", name=Text("", ""), table="orders", origin="proposed")
    table, findings = shaped(replace(read, name="orders"))
    return Source(read, profile, table, findings, {})


def _build_told_profile(base: Profile, told: Told, headers: Sequence[str]) -> Profile:
    """Return the profile that a person has made out of another one.

    A column that they left blank is not found by its name again: its header is called differently from now on.
    """
    chosen = {key: (header,) for key, header in told.columns.items()}
    wanted = {part for header in told.columns.values() for part in (header, *header.replace("+", "*").split("*"))}
    rename = {old: new for old, new in base.rename.items() if old not in wanted}
    plain = {key: header for key, header in told.columns.items() if "+" not in header}
    bound = bind(told.table, headers, plain).fields
    for key, field in bound.items():
        if key not in chosen and len(field.at) == 1 and field.header not in wanted:
            rename[field.header] = _APART + field.header
    return replace(
        base,
        table=told.table,
        columns=chosen,
        date_order=told.date_order,
        where=told.where,
        value_maps=told.value_maps,
        rename=rename,
        origin="given",
    )


def layout_text(sources: Sequence[Source]) -> Text | None:
    """Return in one line by which layout the files are read, with conditions and values; None where headers alone tell."""
    lines: dict[Text, None] = {}
    for source in sources:
        profile = source.profile
        parts: list[Text] = []
        if profile.origin in ("ready", "saved") and any(profile.name):
            parts.append(Text(f"形式: {profile.name.ja}", f"Layout: {profile.name.en}"))
        if profile.where:
            said = spoken_conditions(profile, source.raw)
            ja, en = " かつ ".join(each.ja for each in said), " and ".join(each.en for each in said)
            parts.append(Text(f"絞り込み: {ja}", f"filter: {en}"))
        for told in profile.value_maps.values():
            pairs = ", ".join(f"{written}={ours}" for written, ours in told.items())
            parts.append(Text(f"値の読み替え: {pairs}", f"values: {pairs}"))
        if parts:
            lines[Text("・".join(part.ja for part in parts), "; ".join(part.en for part in parts))] = None
    if not lines:
        return None
    return Text("\n".join(line.ja for line in lines), "\n".join(line.en for line in lines))


def guessed(sources: Sequence[Source]) -> tuple[str, ...]:
    """Return the headers that were taken for a column by their cells, not by their words."""
    return tuple(
        dict.fromkeys(
            header for source in sources for key in source.reasons for header in source.profile.columns.get(key, ())
        )
    )


def same_layout(sources: Sequence[Source]) -> tuple[tuple[Source, ...], ...]:
    """Return the sources by their headers, in their order."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        groups.setdefault(source.code, []).append(source)
    return tuple(tuple(group) for group in groups.values())


def view_of(sources: Sequence[Source], paths: Sequence[Path]) -> View:
    """Return what the mapping sheet shows of sources with one layout."""
    first = sources[0]
    read, profile = first.read, first.profile
    more = len(sources) - 1
    headers = tuple(dict.fromkeys(header for header in read.header if header))
    return View(
        paths=tuple(paths),
        source=read.source + (f" (+{more})" if more else ""),
        table=profile.table,
        headers=headers,
        samples=tuple(_sample_column_cells(read, read.header.index(header)) for header in headers),
        chosen=_list_chosen_headers(first),
        reasons=first.reasons,
        needed=needs(profile.table),
        date_order=profile.date_order,
        where=profile.where,
        value_maps=profile.value_maps,
    )


def _list_chosen_headers(source: Source) -> dict[str, str]:
    """Return column key to the header that is used for it: by the profile, else by its name."""
    chosen = matched_columns(source.profile, source.read.header)
    fields = bind(source.raw.name, source.raw.header, source.raw.mapping).fields
    for key, field in fields.items():
        known = all(part in source.read.header for part in (field.header, *field.header.split("*"))[-len(field.at) :])
        if known:
            chosen.setdefault(key, field.header)
    return chosen


def _sample_column_cells(read: RawTable, at: int) -> str:
    cells = read.frame.iloc[:LOOKED_AT, at].tolist()
    found = dict.fromkeys(text[:_LONGEST] for cell in cells if (text := shown(cell).strip()))
    return " / ".join(list(found)[:_SAMPLES])


def remember(sources: Sequence[Source]) -> tuple[Profile, ...]:
    """Save the layouts about which a person was asked, so that files with these headers need no answer the next time.

    Raises
    ------
    Refusal
        `unwritable` where the folder of profiles cannot be written.
    """
    kept: dict[str, Profile] = {}
    for source in sources:
        if source.is_asked and source.code not in kept:
            save(source.profile, _name_layout(source), source.read.header)
            kept[source.code] = source.profile
    return tuple(kept.values())


def _name_layout(source: Source) -> str:
    """Return a name for a layout: its own where it has one of the user's, else table, file and a part of its fingerprint."""
    profile = source.profile
    if profile.name.ja and profile.fingerprint == source.code:
        return profile.name.ja
    stem = source.read.source.partition(" › ")[0].rpartition(".")[0] or source.read.source
    return f"{table_text(profile.table).ja} {stem} {source.code[:6]}"
