"""What a masked document must not tell, and whether a text tells it: names, readings, IDs and free text in any writing.

Both the secrets and the text are folded first: compatibility forms and widths (NFKC), letters of one glyph, case, katakana
as hiragana, no white space, soft hyphens, direction marks or variation selectors, one sign for an ellipsis, legal forms in
full (㈱, (株) → 株式会社) and, once more, without them. A secret that is too short or too ordinary to be searched for is not
passed over in silence: `Secrets.unsearched` lists it with the reason.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from engine.language.errors import Text
from engine.language.lookalikes import LOOKALIKES
from engine.language.words import company_key, without_legal_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Sort = Literal["name", "kana", "id", "owner", "text", "source"]
Reason = Literal["short", "ordinary", "number"]

KINDS: Final[dict[Sort, Text]] = {
    "name": Text("顧客名", "customer name"),
    "kana": Text("カナ", "reading"),
    "id": Text("ID・番号", "ID or number"),
    "owner": Text("担当", "owner"),
    "text": Text("自由記入", "free text"),
    "source": Text("入力ファイル名", "name of an input file"),
}
REASONS: Final[dict[Reason, Text]] = {
    "short": Text("短すぎる", "too short"),
    "ordinary": Text("報告書の言葉と同じ", "a word of the report itself"),
    "number": Text("数字だけ", "digits alone"),
}
_LEAST: Final[dict[Sort, int]] = {"name": 3, "kana": 3, "id": 4, "owner": 3, "text": 8, "source": 4}
_LEAST_DIGITS: Final = 8  # a shorter number looks like any figure of the report
_LONGEST: Final = 24  # a secret's first letters are evidence enough; few lengths make the search fast
_GRAM: Final = 3
_PREFIX: Final = 4  # from so many letters on, a name that an ellipsis cuts off is found
_CUT: Final = "\ue000"  # an ellipsis, while texts are compared
_END: Final = "\ue001"  # the end of a text, where several are searched at once
_ELLIPSES: Final = re.compile(r"…+|‥+|⋯+|\.{3,}|。{3,}|・{3,}")
_FORMS: Final = (
    ("(株)", "株式会社"),
    ("(有)", "有限会社"),
    ("(同)", "合同会社"),
    ("(資)", "合資会社"),
    ("(名)", "合名会社"),
)
_HYPHENS: Final = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")
_HIRAGANA: Final = {point: point - 0x60 for point in range(0x30A1, 0x30F7)}  # ァ…ヶ → ぁ…ゖ
_TABLE: Final = _HYPHENS | _HIRAGANA | LOOKALIKES
_CLAUSES: Final = re.compile(r"[\s。、,.;:!?「」『』()\[\]{}<>/|・…]+")
_LOOSE: Final = re.compile("\\s+(?=[\u0300-\u036f\u3099\u309a])")  # a mark that a space parts from its letter
_LEADING: Final = re.compile(
    "^[\\s\u0300-\u036f\u3099\u309a\uff9e\uff9f]+"
)  # a mark without a letter joins what precedes
_IGNORED: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U000e0000-\U000e0fff]"
)


@dataclass(frozen=True, slots=True)
class _FoldedText:
    """A text as it is compared; `starts` are the places behind which white space was taken out."""

    compact: str
    starts: frozenset[int]


@dataclass(frozen=True, slots=True)
class Hit:
    """A secret that a text tells: of which kind it is, and whether an ellipsis cuts it off. Never what it is."""

    kind: Sort
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Unsearched:
    """A secret that cannot be searched for, and why. It is a secret: it belongs neither into logs nor into documents."""

    kind: Sort
    reason: Reason
    value: str


def folded(text: str) -> str:
    """Return `text` as it is compared, legal forms in full.

    >>> folded("㈱ アオバ") == folded("株式会社あおば")
    True
    """
    return _fold_for_search(text).compact


def _normalise_for_comparison(text: str) -> str:
    plain = text
    if not text.isascii():
        plain = unicodedata.normalize("NFKC", _ELLIPSES.sub(_CUT, _IGNORED.sub("", text)))
        plain = unicodedata.normalize("NFC", _LOOSE.sub("", plain))
        plain = _ELLIPSES.sub(_CUT, plain.casefold()).translate(_TABLE)
        for short, full in _FORMS:
            plain = plain.replace(short, full)
        return plain
    return _ELLIPSES.sub(_CUT, plain.casefold())


def _pack_without_spaces(spaced: str) -> _FoldedText:
    parts = spaced.split()
    starts, at = [0], 0
    for part in parts:
        at += len(part)
        starts.append(at)
    return _FoldedText("".join(parts), frozenset(starts))


def _fold_for_search(text: str) -> _FoldedText:
    return _pack_without_spaces(_normalise_for_comparison(text))


def _fold_with_and_without_legal_form(text: str) -> tuple[_FoldedText, _FoldedText]:
    """Return a text with its legal forms in full, and without them."""
    spaced = _normalise_for_comparison(text)
    whole, bare = _pack_without_spaces(spaced), without_legal_form(spaced)
    return whole, whole if bare == spaced else _pack_without_spaces(bare)


def _is_number(word: str) -> bool:
    return all(character.isdigit() or character in "-./" for character in word)


class _SecretIndex:
    """Folded secrets by their first three letters and by length: one look per place of a text."""

    def __init__(self, patterns: Mapping[str, Sort]) -> None:
        self._kinds = patterns
        found: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for pattern in patterns:
            found[pattern[:_GRAM]][len(pattern)].add(pattern)
        self._places = {gram: tuple(lengths.items()) for gram, lengths in found.items()}

    def told(self, text: _FoldedText) -> Iterator[tuple[int, str, Sort]]:
        """Yield place, word and kind of the secrets that stand in a text, each time that they do."""
        compact, places = text.compact, self._places
        if not places:
            return
        for at in range(len(compact) - _GRAM + 1):
            lengths = places.get(compact[at : at + _GRAM])
            if lengths is None:
                continue
            for length, patterns in lengths:
                piece = compact[at : at + length]
                if piece in patterns and _stands_alone(text, at, at + length):
                    yield at, piece, self._kinds[piece]


def _stands_alone(text: _FoldedText, start: int, end: int) -> bool:
    """Return whether what begins or ends with a Latin letter or a digit is no part of a longer word or number."""
    compact = text.compact
    before = (
        start > 0 and start not in text.starts and _joins_a_word(compact[start - 1]) and _joins_a_word(compact[start])
    )
    after = (
        end < len(compact) and end - start < _LONGEST and end not in text.starts
        and _joins_a_word(compact[end - 1]) and _joins_a_word(compact[end])
    )  # fmt: skip
    return not before and not after


def _joins_a_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


class Secrets:
    """Everything that a masked document must not tell.

    Parameters
    ----------
    values
        The raw words by their kind; blanks are no secrets.
    own
        Texts that the document consists of whatever the data are, and the labels that it shows: a secret that stands in
        them cannot be told from them, and is listed instead.
    """

    def __init__(self, values: Mapping[Sort, Iterable[str]], own: Iterable[str] = ()) -> None:
        self.raw: dict[Sort, frozenset[str]] = {
            kind: frozenset(word for each in values.get(kind, ()) if (word := _LEADING.sub("", each))) for kind in KINDS
        }
        self._own = frozenset(own)

    def __or__(self, other: Secrets) -> Secrets:
        """Return the secrets of both."""
        return Secrets({kind: self.raw[kind] | other.raw[kind] for kind in KINDS}, self._own | other._own)

    def beside(self, own: Iterable[str]) -> Secrets:
        """Return the same secrets for a document that also consists of the texts `own`."""
        return Secrets(self.raw, self._own | frozenset(own))

    @property
    def unsearched(self) -> tuple[Unsearched, ...]:
        """The secrets that are not searched for inside a text, by kind and value."""
        return self._sorted_by_search[1]

    def found(self, text: str) -> set[Hit]:
        """Return what a text tells; no element for nothing. One text is one block: a name may be broken inside it."""
        return self.search((text,)).get(0, set())

    def tells(self, text: str) -> bool:
        """Return whether a text tells any secret."""
        return bool(self.found(text))

    def search(self, texts: Sequence[str]) -> dict[int, set[Hit]]:
        """Return by the numbers of the texts what each of them tells; texts that tell nothing are left out."""
        whole, bare = _fold_with_and_without_legal_form(_END.join(text.replace(_END, "") for text in texts))
        hits: dict[int, set[Hit]] = defaultdict(set)
        for form, index in ((bare, self._index_without_legal_forms), (whole, self._index_with_legal_forms)):
            ends = [found.start() for found in re.finditer(_END, form.compact)]
            for at, _, kind in index.told(form):
                hits[bisect_right(ends, at)].add(Hit(kind))
            for number, piece in enumerate(form.compact.split(_END)):
                if piece in self._short_secrets:
                    hits[number].add(Hit(self._short_secrets[piece]))
            if form is bare:
                for at, kind in self._find_cut_off_secrets(form.compact):
                    hits[bisect_right(ends, at)].add(Hit(kind, cut=True))
        return dict(hits)

    def _find_cut_off_secrets(self, compact: str) -> Iterator[tuple[int, Sort]]:
        """Yield the places of ellipses that cut a secret off, behind its first letters."""
        at = compact.find(_CUT)
        while at >= 0:
            for length in range(_PREFIX, min(at, _LONGEST) + 1):
                piece = compact[at - length : at]
                kind = self._collect_prefixes.get(piece)
                if kind is not None and piece not in self._join_own_texts:
                    yield at, kind
            at = compact.find(_CUT, at + 1)

    @cached_property
    def _join_own_texts(self) -> str:
        return "\n".join(form.compact for form in self._fold_own_texts)

    @cached_property
    def _sorted_by_search(
        self,
    ) -> tuple[tuple[dict[str, Sort], dict[str, Sort], dict[str, Sort]], tuple[Unsearched, ...]]:
        """Return what is searched without and with legal forms, what only as a whole text, and what is listed."""
        tried = [(kind, word, *_list_forms_to_search(kind, word)) for kind in KINDS for word in sorted(self.raw[kind])]
        ordinary = self._find_ordinary_words({way: kind for kind, _, bare, whole in tried for way in (*bare, *whole)})
        without: dict[str, Sort] = {}
        with_form: dict[str, Sort] = {}
        short: dict[str, Sort] = {}
        listed: list[Unsearched] = []
        for kind, word, bare, whole in tried:
            told = [way for way in bare if way not in ordinary]
            whole_told = [] if told else [way for way in whole if way not in ordinary]
            without |= dict.fromkeys(told, kind)
            with_form |= dict.fromkeys(whole_told, kind)
            if told or whole_told:
                continue
            key = _fold_for_search(word).compact
            reason: Reason = "number" if _is_number(key) else "ordinary" if bare or whole else "short"
            listed.append(Unsearched(kind, reason, word))
            if kind in ("name", "kana", "owner") and reason == "short" and key not in self._split_own_texts:
                short[key] = kind
        return (without, with_form, short), tuple(listed)

    def _find_ordinary_words(self, ways: Mapping[str, Sort]) -> set[str]:
        """Return what stands in the document's own texts."""
        index = _SecretIndex(ways)
        return {word for form in self._fold_own_texts for _, word, _ in index.told(form)}

    @cached_property
    def _fold_own_texts(self) -> tuple[_FoldedText, _FoldedText]:
        """All own texts as one, with and without legal forms."""
        return _fold_with_and_without_legal_form(_END.join(sorted(self._own)))

    @cached_property
    def _split_own_texts(self) -> frozenset[str]:
        return frozenset(piece for form in self._fold_own_texts for piece in form.compact.split(_END))

    @cached_property
    def _index_without_legal_forms(self) -> _SecretIndex:
        return _SecretIndex(self._sorted_by_search[0][0])

    @cached_property
    def _index_with_legal_forms(self) -> _SecretIndex:
        return _SecretIndex(self._sorted_by_search[0][1])

    @property
    def _short_secrets(self) -> dict[str, Sort]:
        return self._sorted_by_search[0][2]

    @cached_property
    def _collect_prefixes(self) -> dict[str, Sort]:
        """The beginnings of names, readings, owners and free texts, as an ellipsis may cut them off."""
        found: dict[str, Sort] = {}
        for kind in ("name", "kana", "owner", "text", "source"):
            least = max(_PREFIX, _LEAST[kind] if kind == "text" else 0)
            for word in self.raw[kind]:
                key = _fold_with_and_without_legal_form(word)[1].compact
                found |= {key[:length]: kind for length in range(least, min(len(key), _LONGEST + 1))}
        return found


def _list_forms_to_search(kind: Sort, word: str) -> tuple[list[str], list[str]]:
    """Return what of a secret can be searched for: in a text without legal forms, and in one with them."""
    whole, bare = (form.compact for form in _fold_with_and_without_legal_form(word))
    if kind == "text":
        pieces = {
            piece
            for each in _CLAUSES.split(unicodedata.normalize("NFKC", word))
            if _is_long_enough(kind, piece := _fold_with_and_without_legal_form(each)[1].compact)
        }
        return sorted(piece[:_LONGEST] for piece in pieces), []
    if kind == "id":
        return ([whole[:_LONGEST]] if _is_long_enough(kind, whole) else []), []
    if kind == "name":
        bare = _fold_for_search(company_key(word)).compact
    # What is nothing but a legal form stands in no text from which legal forms are taken out.
    without = [bare[:_LONGEST]] if _is_long_enough(kind, bare) and without_legal_form(bare) else []
    if whole == bare and without:
        return without, []
    return without, [whole[:_LONGEST]] if _is_long_enough(kind, whole) else []


def _is_long_enough(kind: Sort, key: str) -> bool:
    if _is_number(key):
        return len(key) >= _LEAST_DIGITS
    letters = sum(character.isalnum() for character in key)
    if kind == "id" and not any(character.isdigit() for character in key):
        return letters >= _LEAST["name"]  # a name serves as the ID where the table has no other
    return letters >= _LEAST[kind]
