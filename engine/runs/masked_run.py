"""The masked edition's data: the clean tables with a recipient's pseudonyms in the place of names, scored anew.

Nothing that a report is made of carries a raw name, so no sentence of the engine can tell one. Scores, levels and sums
are those of the raw run, whose handle the masked one keeps: inside the company every number can be traced.

Decision 0214: why small groups stay apart.
"""

from __future__ import annotations

import base64
import hmac
import re
import tomllib
import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, cast

import pandas as pd

from engine.cleaning.source import bare_names, bare_sources
from engine.language.errors import Lang, Text
from engine.language.words import normalise
from engine.reading.columns import columns, table_text
from engine.reading.sheet_names import is_period
from engine.runs.disclosure import Secrets, Sort
from engine.runs.store.content import frames_of
from engine.runs.store.masking import OURS, SAME_AS, hidden_columns
from engine.runs.store.masking import pseudonym as stored
from engine.scoring.alerts import find_alerts
from engine.scoring.scoring import run_hash, score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition
    from engine.language.errors import Finding
    from engine.scoring.portfolio import Portfolio

SMALLEST_GROUP: Final = 3
"""Customers that a label must have to be told. A group of one names its customer, in one of two each knows the other."""
_SMALL: Final = ("industry", "region", "size", "channel")
_PREFIX: Final = {
    "name": Text("顧客", "Customer"),
    "customer_id": Text("K", "K"),
    "owner": Text("担当", "Owner"),
    "order_id": Text("T", "T"),
    "action_id": Text("A", "A"),
}
_OTHER: Final = Text("X", "X")
PSEUDONYM: Final = re.compile(
    rf"(?<![0-9A-Za-z-])((?:{'|'.join(sorted({form for text in _PREFIX.values() for form in text}))})-)"
    "([0-9A-HJKMNP-TV-Z]{8,16})(?![0-9A-Za-z])"
)
"""A pseudonym with a code as it stands in a text: what it names, and the code."""
_HIDDEN_LABEL: Final = Text("その他(秘匿)", "Other (masked) ")
_FREE: Final = Text("伏字", "[masked] ")
_DIGITS, _MORE_DIGITS = 8, 16  # letters of 5 bits; the longer form only where two of one table would be alike
_ALPHABET: Final = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)  # no I, L, O, U
_SORTS: Final[dict[str, Sort]] = {"name": "name", "kana": "kana", "owner": "owner"}
_LIST: Final = re.compile(r"[、,;:/・()\n]+")
_UNSAID: Final = Text("理由は伏せています(マスキング版)", "the reason is hidden (masked edition)")


def masked(
    portfolio: Portfolio, recipient: str, secret: bytes, *, smallest_group: int = SMALLEST_GROUP, lang: Lang = "ja"
) -> tuple[Portfolio, Secrets]:
    """Return a run as the recipient may see it, and what no document made of it may tell.

    Parameters
    ----------
    recipient
        A word or an address, compared without regard to width, case and spaces. Each has pseudonyms of its own, the
        same in every report.
    secret
        The key that pseudonyms are made with: `engine.runs.store.masking.secret()`.
    smallest_group
        A label of 業界, 地域, 規模 or チャネル that fewer customers have becomes その他(秘匿) with a pseudonym: the group
        stays a group of its own, so that every measure over the groups is the raw run's. 0 for no such rule.
    lang
        The language of the document: 顧客-7Q3K9TXM is Customer-7Q3K9TXM in English, the same code for the same customer.

    Returns
    -------
    tuple of Portfolio and Secrets
        IDs, names, owners and free text are pseudonyms, findings and sources tell no value and no file, and a user's own
        further columns are left out. A run of which this program cannot make the same scores again (stored by another
        version, or without its lines) is not scored anew; its names are replaced all the same.
    """
    secrets = secrets_of(portfolio)
    names = Pseudonyms(recipient, secret, kept=portfolio.tables.kept, lang=lang)
    veil = _RunMasker(portfolio, names, secrets, smallest_group)
    tables = veil.tables()
    if run_hash(portfolio.tables, portfolio.definition, portfolio.as_of) == portfolio.hash:
        found = score(tables, portfolio.definition, portfolio.as_of)
        found = replace(found, handle=portfolio.handle, hash=portfolio.hash)
        frame = found.frame.assign(district=veil.districts())
    else:
        found, frame = portfolio, veil.frame(tables)
    found = replace(found, tables=tables, frame=frame, forecast=None)
    return replace(found, alerts=find_alerts(found)), secrets  # their sentences name customers


@dataclass
class Pseudonyms:
    """One recipient's pseudonyms: keyed hashes of the run store's, so that they meet those of runs stored without names.

    Parameters
    ----------
    recipient, secret
        As in `masked`.
    kept
        As in `Tables`: a run stored with pseudonyms holds those of the store already.
    lang
        The language of what stands before the code; the code is the same in every language.
    """

    recipient: str
    secret: bytes = field(repr=False)
    kept: str = "all"
    lang: Lang = "ja"

    def __post_init__(self) -> None:
        """Make the recipient's own key."""
        who = unicodedata.normalize("NFKC", normalise(self.recipient))
        self._key = hmac.digest(self.secret, f"recipient|{who}".encode("utf-8", "surrogatepass"), "sha256")

    def of(self, kind: str, values: Iterable[str]) -> dict[str, str]:
        """Return the pseudonyms of different values of one kind (`name`, `customer_id`, `owner` …)."""
        same = SAME_AS.get(kind, kind)
        digits = {value: self._draw_digits(same, value) for value in dict.fromkeys(values)}
        seen = Counter(each[:_DIGITS] for each in digits.values())
        return {
            value: self._word_pseudonym(same, each if seen[each[:_DIGITS]] > 1 else each[:_DIGITS])
            for value, each in digits.items()
        }

    def hidden(self, kind: str, value: str) -> str:
        """Return what stands for a label that tells a name; figures alone, which no dictionary reads anything into."""
        return f"{_HIDDEN_LABEL.to(self.lang)}{self.number(kind, value)}"

    def free(self, kind: str, value: str) -> str:
        """Return what stands for the unread part of a free text."""
        return f"{_FREE.to(self.lang)}{self.number(kind, value)}"

    def number(self, kind: str, value: str) -> str:
        """Return a pseudonym of figures alone, which no dictionary of words reads anything into."""
        return str(int.from_bytes(self._hash_value(kind, value)[:5], "big") % 10**_DIGITS).zfill(_DIGITS)

    def _word_pseudonym(self, kind: str, digits: str) -> str:
        if kind in _SMALL or kind == "label":
            return f"{_HIDDEN_LABEL.to(self.lang)}{digits}"
        return f"{_PREFIX.get(kind, _OTHER).to(self.lang)}-{digits}"

    def _draw_digits(self, kind: str, value: str) -> str:
        return base64.b32encode(self._hash_value(kind, value)[:10]).decode("ascii").translate(_ALPHABET)

    def _hash_value(self, kind: str, value: str) -> bytes:
        inner = value if self.kept == "pseudonyms" else stored(kind, value, self.secret)
        return hmac.digest(self._key, f"{kind}|{inner}".encode("utf-8", "surrogatepass"), "sha256")


class _RunMasker:
    """Puts pseudonyms into the tables of one run."""

    def __init__(self, portfolio: Portfolio, names: Pseudonyms, secrets: Secrets, smallest_group: int) -> None:
        self._portfolio, self._names, self._secrets = portfolio, names, secrets
        self._words = sorted({normalise(word) for word in _list_dictionary_words(portfolio.definition)} - {""}, key=len)
        self._labels = {kind: self._name_hidden_labels(kind, smallest_group) for kind in _SMALL}
        self._told: dict[tuple[str, str], str] = {}

    def tables(self) -> Tables:
        """Return the clean tables without names."""
        tables = self._portfolio.tables
        frames = {name: self._mask_table(name, frame) for name, frame in frames_of(tables).items() if frame is not None}
        return replace(
            tables,
            **cast("dict[str, Any]", frames),
            findings=tuple(_strip_finding_of_names(each, bare_names(tables.sources)) for each in tables.findings),
            sources=bare_sources(tables.sources),
            kept="scored" if tables.kept == "scored" else "masked",
        )

    def frame(self, tables: Tables) -> pd.DataFrame:
        """Return the scored table without names, its scores as they are."""
        frame = self._portfolio.frame.copy()
        for name in [each for each in frame.columns if each in self._portfolio.tables.customers.columns]:
            if name in hidden_columns("customers") or name in _SMALL:
                frame[name] = tables.customers[name].array
            elif name not in tables.customers.columns:
                del frame[name]
        if "district" in frame.columns:
            frame["district"] = self.districts()
        return frame

    def districts(self) -> Any:
        """Return the districts of the raw regions; a small one is hidden as a label is."""
        column = self._portfolio.frame["district"] if "district" in self._portfolio.frame.columns else None
        if column is None:
            return None
        small = _list_labels_of_small_groups(column, self._smallest)
        shown = self._names.of("region", small)
        return column.astype(object).map(lambda cell: shown.get(cell, cell), na_action="ignore").array

    def _mask_table(self, table: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a clean table without names; a user's own columns, of which we know nothing, are left out."""
        known = {column.key for column in columns(table)}
        kept = [name for name in frame.columns if name in known or name in OURS]
        return pd.DataFrame({name: self._mask_column(table, name, frame[name]) for name in kept}, index=frame.index)

    def _mask_column(self, table: str, name: str, column: pd.Series) -> pd.Series:
        if name in OURS or not _holds_text(column):
            return column
        if table == "benchmarks" and name == "item":
            return self._replace_texts(column, self._mask_benchmark_items)
        if name not in hidden_columns(table):
            return self._replace_texts(column, lambda values: self._mask_labels(name, values))
        if name in _PREFIX or name in SAME_AS or name in ("kana", "corporate_number", "customer"):
            return self._replace_texts(column, lambda values: self._names.of(name, values))
        return self._replace_texts(
            column, lambda values: {value: self._mask_free_text(name, value) for value in values}
        )

    @staticmethod
    def _replace_texts(column: pd.Series, shown: Callable[[list[str]], Mapping[str, str]]) -> pd.Series:
        """Return a column with each different text replaced; blanks and what is no text stay."""
        texts = [cell for cell in dict.fromkeys(column.dropna().tolist()) if isinstance(cell, str)]
        found = shown(texts)
        cells = [found.get(cell, cell) if isinstance(cell, str) else cell for cell in column.tolist()]
        return pd.Series(cells, index=column.index, dtype=column.dtype)

    def _mask_labels(self, kind: str, values: list[str]) -> dict[str, str]:
        """Return the labels as they are told: one of few customers, or one that tells a name, is hidden."""
        hidden = {value: shown for value in values if (shown := self._labels.get(kind, {}).get(value)) is not None}
        telling = [value for value in values if value not in hidden and self._secrets.tells(value)]
        return hidden | {
            value: f"{self._keep_dictionary_words(value)}{self._names.hidden(kind, value)}" for value in telling
        }

    def _mask_benchmark_items(self, values: list[str]) -> dict[str, str]:
        """Return what benchmarks are compared with, so that it still meets the customers' own labels, names and owners."""
        customers = self._portfolio.tables.customers
        told: dict[str, str] = {}
        for kind in (*_SMALL, "owner", "name"):
            texts = [cell for cell in dict.fromkeys(customers[kind].dropna().tolist()) if isinstance(cell, str)]
            shown = self._names.of(kind, texts) if kind in ("owner", "name") else self._mask_labels(kind, texts)
            told |= {normalise(text): shown[text] for text in texts if text in shown}
        found = {value: told[normalise(value)] for value in values if normalise(value) in told}
        return found | self._mask_labels("item", [value for value in values if value not in found])

    def _mask_free_text(self, kind: str, text: str) -> str:
        """Return what stands for a free text: the definition's own words in it, so that it counts as it did, and a number."""
        return f"{self._keep_dictionary_words(text)}{self._names.free(kind, text)}"

    def _keep_dictionary_words(self, text: str) -> str:
        """Return the parts of a text that the definition's dictionaries read, overlapping words as they stand."""
        plain = normalise(text)
        ends: dict[int, int] = {}
        for word in self._words:
            at = plain.find(word)
            while at >= 0:
                ends[at] = max(ends.get(at, 0), at + len(word))
                at = plain.find(word, at + 1)
        runs: list[list[int]] = []
        for start in sorted(ends):
            if runs and start < runs[-1][1]:
                runs[-1][1] = max(runs[-1][1], ends[start])
            else:
                runs.append([start, ends[start]])
        return "".join(f"{plain[start:end]}/" for start, end in runs)

    def _name_hidden_labels(self, kind: str, smallest: int) -> dict[str, str]:
        self._smallest = smallest
        small = _list_labels_of_small_groups(self._portfolio.tables.customers[kind], smallest)
        return self._names.of(kind, small)


def _list_labels_of_small_groups(column: pd.Series, smallest: int) -> list[str]:
    counts = Counter(cell for cell in column.dropna().tolist() if isinstance(cell, str))
    return [label for label, members in counts.items() if members < smallest]


def _strip_finding_of_names(finding: Finding, names: Mapping[tuple[str, str], str]) -> Finding:
    """Return a finding without value, header and file: its kind, table and row are left."""
    source = names.get((finding.table, finding.source), finding.table)
    return replace(finding, source=source, column=None, value=None, reason=_UNSAID)


def _list_dictionary_words(definition: Definition) -> Iterator[str]:
    """Yield every word of the definition's dictionaries: by them contacts, surveys and costs are read."""

    def walk(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            for each in node.values():
                yield from walk(each)
        elif isinstance(node, list):
            for each in node:
                yield from [each] if isinstance(each, str) else walk(each)

    document = tomllib.loads(definition.to_toml())
    for part in ("voice", "costs", "acquisition", "complaints", "profit"):
        yield from walk(document.get(part, {}))


def secrets_of(portfolio: Portfolio) -> Secrets:
    """Return every name, reading, ID, owner, free text and file name that a run holds."""
    found: dict[Sort, set[str]] = {kind: set() for kind in ("name", "kana", "id", "owner", "text", "source")}
    if portfolio.tables.kept == "pseudonyms":
        return Secrets(found)
    for table, frame in frames_of(portfolio.tables).items():
        if frame is not None:
            _collect_secrets(found, table, frame)
    for finding in portfolio.tables.findings:
        if finding.value and sum(each.isalpha() for each in finding.value) >= len(finding.value) / 2:
            found["text"].add(finding.value)
    own = {text for name in ("customers", "orders") for text in table_text(name)}
    for source in portfolio.tables.sources:
        for piece in source.source.split(" › "):
            file = piece.replace("\\", "/").rpartition("/")[2]
            # A file, also one in an archive, or a sheet of the open workbook; a sheet called 4月 gives nobody away.
            if "." in file or (piece == source.source and not is_period(piece)):
                found["source"] |= {each for each in (file, file.rpartition(".")[0]) if each not in own}
    return Secrets(found)


def _holds_text(column: pd.Series) -> bool:
    """Return whether a column may hold texts: objects, and pandas' own texts, which are of the same kind."""
    return column.dtype.kind == "O"


def _collect_secrets(found: dict[Sort, set[str]], table: str, frame: pd.DataFrame) -> None:
    known = {column.key: column for column in columns(table)}
    for name in frame.columns:
        if name in OURS or not _holds_text(frame[name]):
            continue
        if name in known and name not in hidden_columns(table):
            continue
        column = known.get(name)
        sort: Sort = _SORTS.get(name, "id" if column is not None and column.kind in ("id", "name") else "text")
        cells = {cell for cell in frame[name].dropna().unique() if isinstance(cell, str)}
        found[sort] |= cells
        if name == "people":
            found["owner"] |= {person for cell in cells for person in _find_names_among_key_people(cell)}


def _find_names_among_key_people(cell: str) -> Iterator[str]:
    """Yield what may be a person's name in a list of key people: two words side by side, family and given name."""
    for part in _LIST.split(unicodedata.normalize("NFKC", cell)):
        words = part.split()
        yield from (" ".join(pair) for pair in pairwise(words))


def edition_of(portfolio: Portfolio) -> Iterator[str]:
    """Yield what tells one masked edition of a run from another one, the same in every language."""
    yield portfolio.currency
    yield from map(str, portfolio.frame["customer_id"])
    for kind in _SMALL:
        for label in map(str, portfolio.tables.customers[kind]):
            yield label.replace(_HIDDEN_LABEL.en, _HIDDEN_LABEL.ja)


def labels_of(portfolio: Portfolio) -> frozenset[str]:
    """Return the labels that a masked run tells: industries, products, kinds of costs and the like."""
    found: set[str] = set()
    for table, frame in frames_of(portfolio.tables).items():
        for name in () if frame is None else frame.columns:
            if frame is not None and name not in hidden_columns(table) and _holds_text(frame[name]):
                found |= {cell for cell in frame[name].dropna().unique() if isinstance(cell, str)}
    return frozenset(found)
