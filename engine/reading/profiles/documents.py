"""Profiles as TOML: written so that people can read and share them, checked as a whole when they are read."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from engine.language.errors import Refusal, Text
from engine.reading.columns import TABLES, columns
from engine.reading.profiles.profile import Lines, Origin, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.language.dates import DateOrder

ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_ORDERS: Final[tuple[DateOrder, ...]] = ("", "mdy", "dmy")
_ROOT: Final = {
    *("id", "table", "date_order", "where", "footers", "sources", "name", "note"),
    *("recognise", "columns", "words", "values", "lines", "rename"),
}
_LINES: Final = ("key", "start", "carried", "totals", "either")
_PARTS: Final = {"recognise": {"required", "forbidden", "fingerprint"}, "lines": set(_LINES)}


def to_toml(profile: Profile) -> str:
    """Return a profile as TOML text; `from_toml` reads the same profile from it. Who made it is not written."""
    import tomli_w

    document: dict[str, Any] = {"id": profile.id, "table": profile.table}
    if profile.date_order:
        document["date_order"] = profile.date_order
    document |= {
        key: list(told)
        for key, told in (("where", profile.where), ("footers", profile.footers), ("sources", profile.sources))
        if told
    }
    document["name"] = profile.name._asdict()
    if any(profile.note):
        document["note"] = profile.note._asdict()
    recognise = {
        "fingerprint": profile.fingerprint,
        "required": [list(group) for group in profile.required],
        "forbidden": list(profile.forbidden),
    }
    document["recognise"] = {key: told for key, told in recognise.items() if told}
    document["columns"] = {key: _shorten_single(told) for key, told in profile.columns.items()}
    document["words"] = {key: _shorten_single(told) for key, told in profile.words.items()}
    document["values"] = {key: dict(told) for key, told in profile.value_maps.items()}
    if profile.lines is not None:
        document["lines"] = {part: _shorten_single(told) for part in _LINES if (told := getattr(profile.lines, part))}
    document["rename"] = dict(profile.rename)
    whole = {key: told for key, told in document.items() if told or key in ("id", "table", "lines")}
    return tomli_w.dumps(whole, multiline_strings=False)


def _shorten_single(told: tuple[str, ...]) -> str | list[str]:
    return told[0] if len(told) == 1 else list(told)


def from_toml(text: str, place: str, origin: Origin) -> Profile:
    """Return the profile that a TOML text holds.

    Parameters
    ----------
    place
        Name of the file, for the refusal.
    origin
        Who made it.

    Raises
    ------
    Refusal
        `unreadable`, naming every fault of the document at once.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _make_profile_refusal(
            place, [Text(f"TOML として読めません({error})", f"it is no TOML ({error})")]
        ) from error
    reader = _ProfileReader(document)
    profile = reader.profile(origin)
    if reader.faults:
        raise _make_profile_refusal(place, reader.faults)
    return profile


def _make_profile_refusal(place: str, faults: list[Text]) -> Refusal:
    ja, en = "。".join(each.ja for each in faults), "; ".join(each.en for each in faults)
    return Refusal(
        "unreadable", f"プロファイル {place} を使えません: {ja}", f"The profile {place} cannot be used: {en}"
    )


class _ProfileReader:
    """Reads a document's parts; what is wrong is collected, not thrown."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.faults: list[Text] = []
        for key in sorted(document.keys() - _ROOT):
            self.fault(f"「{key}」という項目はありません", f'there is no entry "{key}"')
        for part, keys in _PARTS.items():
            for key in sorted(self.table(part).keys() - keys):
                self.fault(f"{part} に「{key}」という項目はありません", f'{part} has no entry "{key}"')

    def fault(self, ja: str, en: str) -> None:
        self.faults.append(Text(ja, en))

    def profile(self, origin: Origin) -> Profile:
        """Return the profile, as far as it can be read."""
        recognise = self.table("recognise")
        table = self.word("table", self.document)
        if table not in TABLES:
            self.fault(
                f"table は {'・'.join(TABLES)} のどれかです(「{table}」)",
                f'table is one of {", ".join(TABLES)}, not "{table}"',
            )
        return Profile(
            id=self._read_id(),
            name=self._read_text("name"),
            table=table,
            columns=self._read_columns(table),
            required=self._read_required_groups(recognise.get("required", [])),
            forbidden=self.words("recognise.forbidden", recognise.get("forbidden", [])),
            fingerprint=self.word("fingerprint", recognise, needed=False),
            date_order=self._read_date_order(),
            where=self.words("where", self.document.get("where", [])),
            words=self._read_lists("words"),
            value_maps=self._read_value_maps(table),
            footers=self.words("footers", self.document.get("footers", [])),
            lines=self._read_lines(),
            rename=self._read_pairs("rename", self.table("rename")),
            sources=self.words("sources", self.document.get("sources", [])),
            note=self._read_text("note", needed=False),
            origin=origin,
        )

    def table(self, key: str) -> dict[str, Any]:
        """Return a table of the document, empty where it is none."""
        found = self.document.get(key, {})
        if isinstance(found, dict):
            return found
        self.fault(f"{key} は表([{key}])で書いてください", f"write {key} as a table ([{key}])")
        return {}

    def word(self, key: str, table: Mapping[str, Any], needed: bool = True) -> str:
        """Return a text of a table, '' where there is none."""
        found = table.get(key, "")
        if isinstance(found, str) and (found.strip() or not needed):
            return found.strip()
        self.fault(f"{key} を文字で書いてください", f"write {key} as a text")
        return ""

    def words(self, place: str, found: object) -> tuple[str, ...]:
        """Return one text or a list of texts."""
        listed = [found] if isinstance(found, str) else found
        if isinstance(listed, list) and all(isinstance(each, str) and each.strip() for each in listed):
            return tuple(each.strip() for each in listed)
        self.fault(f"{place} は文字か文字の並びで書いてください", f"write {place} as a text or a list of texts")
        return ()

    def _read_id(self) -> str:
        found = self.word("id", self.document)
        if found and not ID.fullmatch(found):
            self.fault(
                f"id は半角の小文字・数字・ハイフンで書いてください(「{found}」)",
                f'write id in lower case letters, digits and hyphens, not "{found}"',
            )
        return found

    def _read_text(self, key: str, needed: bool = True) -> Text:
        found = self.document.get(key, {})
        if isinstance(found, str):
            return Text(found, found)
        table = self.table(key)
        return Text(self.word("ja", table, needed), self.word("en", table, needed))

    def _read_date_order(self) -> DateOrder:
        found = self.document.get("date_order", "")
        if found not in _ORDERS:
            self.fault(f"date_order は mdy か dmy です(「{found}」)", f'date_order is mdy or dmy, not "{found}"')
        return next((each for each in _ORDERS if each == found), "")

    def _read_columns(self, table: str) -> dict[str, tuple[str, ...]]:
        found = self._read_lists("columns")
        self._check_known_columns("columns", table, found)
        return found

    def _check_known_columns(self, place: str, table: str, found: Mapping[str, object]) -> None:
        known = [each.key for each in columns(table)] if table in TABLES else list(found)
        for key in found:
            if key not in known:
                self.fault(
                    f"{place} の「{key}」は {table} の列ではありません(使える列: {'・'.join(known)})",
                    f'"{key}" of {place} is no column of {table} (use: {", ".join(known)})',
                )

    def _read_lists(self, key: str) -> dict[str, tuple[str, ...]]:
        return {each: self.words(f"{key}.{each}", told) for each, told in self.table(key).items()}

    def _read_required_groups(self, found: object) -> tuple[tuple[str, ...], ...]:
        if not isinstance(found, list):
            self.fault("recognise.required は並びで書いてください", "write recognise.required as a list")
            return ()
        return tuple(group for each in found if (group := self.words("recognise.required", each)))

    def _read_pairs(self, place: str, found: object) -> dict[str, str]:
        if isinstance(found, dict) and all(isinstance(told, str) for told in found.values()):
            return {str(key).strip(): told.strip() for key, told in found.items()}
        self.fault(
            f"{place} は「元の語 = 読み替え」の表で書いてください", f"write {place} as a table of word = our word"
        )
        return {}

    def _read_value_maps(self, table: str) -> dict[str, dict[str, str]]:
        found = {key: self._read_pairs(f"values.{key}", told) for key, told in self.table("values").items()}
        self._check_known_columns("values", table, found)
        return found

    def _read_lines(self) -> Lines | None:
        if "lines" not in self.document:
            return None
        told = self.table("lines")
        parts = {part: self.words(f"lines.{part}", told.get(part, [])) for part in _LINES}
        if not parts["key"] and not parts["start"]:
            self.fault("lines には key か start が要ります", "lines needs key or start")
        return Lines(**parts)
