"""The vocabulary: words that users type and read, in Japanese and English, matched without regard to width or case.

Decision 0309: why a Japanese term has one English word.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Final

from engine.language.errors import Kind, Lang, Refusal, Text

_SPACES: Final = re.compile(r"\s+")
# 法人格: read in any width and position; NFKC has already turned ㈱ into (株).
_JAPANESE_FORMS: Final = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|一般財団法人|公益社団法人|公益財団法人|"
    r"\((?:株|有|同|資|名|一社|一財|公社|公財)\)"
)
_ENGLISH_FORMS: Final = re.compile(
    r"[\s,]+(?:co\.?,?\s*ltd|co\.?,?\s*limited|company,?\s*limited|k\.?\s?k|inc|corp|corporation|ltd|limited|l\.?l\.?c)\.?\s*$"
)
_HYPHENS: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−－", "-"))
_MARK: Final = re.compile(
    "(?<![ｦ-ﾟ])ｰ"
)  # behind half-width kana (ﾃﾞｰﾀ) it lengthens the vowel, elsewhere it is typed for a hyphen


def normalise(word: str) -> str:
    """Return `word` as it is compared: NFKC (half-width), lower case, no white space, one kind of hyphen.

    What is normalised already stays as it is.

    >>> normalise(" ＲＦＭ ")
    'rfm'
    """
    plain = unicodedata.normalize("NFKC", _MARK.sub("-", word) if "ｰ" in word else word)
    found = _SPACES.sub("", plain.translate(_HYPHENS).casefold())
    # Folding the case of a rare letter (ǰ) takes it apart again, and what stood beside a space may come together.
    return found if unicodedata.is_normalized("NFKC", found) else unicodedata.normalize("NFKC", found)


def company_key(name: str) -> str:
    """Return the key under which a company's name is found: normalised, without its legal form.

    A name that is nothing but a legal form keeps it, so that the key is never empty for a written name.

    >>> company_key("㈱ Ａ商事") == company_key("A商事株式会社")
    True
    """
    plain = normalise(name)
    bare = _ENGLISH_FORMS.sub("", unicodedata.normalize("NFKC", name).casefold())
    return without_legal_form(normalise(bare)) or plain


def without_legal_form(plain: str) -> str:
    """Return a text that is NFKC already without the Japanese legal forms in it, wherever they stand."""
    return _JAPANESE_FORMS.sub("", plain)


@cache
def load_sentences(package: str, file: str) -> dict[str, dict[str, Text]]:
    """Return the sentences of a TOML file beside a package's code, by kind and key, their places still in braces.

    Parameters
    ----------
    package
        Such as `engine.scoring.alerts`.
    file
        Its file: tables of entries `key = { ja = "…", en = "…" }`.
    """
    document = tomllib.loads(files(package).joinpath(file).read_text(encoding="utf-8"))
    return {
        kind: {key: Text(each["ja"], each["en"]) for key, each in found.items()} for kind, found in document.items()
    }


@cache
def _load_texts_by_kind() -> dict[str, dict[str, Text]]:
    found: dict[str, dict[str, Text]] = {}
    for kind, entries in _load_vocabulary().items():
        groups = {f"{kind}.{key}": group for key, group in entries.items()} if kind == "segments" else {kind: entries}
        for name, group in groups.items():
            found[name] = {code: Text(entry["ja"], entry["en"]) for code, entry in group.items()}
    return found


@cache
def _load_vocabulary() -> dict[str, dict[str, dict]]:  # type: ignore[type-arg]  # TOML: nested tables of strings and lists
    return tomllib.loads(files("engine.language").joinpath("words.toml").read_text(encoding="utf-8"))


@cache
def _index_words_of_kind(kind: str) -> dict[str, str]:
    head, _, tail = kind.partition(".")
    entries = _load_vocabulary()[head][tail] if tail else _load_vocabulary()[head]
    found: dict[str, str] = {}
    for code, entry in entries.items():
        for word in (code, entry["ja"], entry["en"], *entry.get("aliases", ())):
            found.setdefault(normalise(word), code)
    return found


def codes(kind: str) -> tuple[str, ...]:
    """Return the codes of `kind` (such as `axes` or `segments.rfm`) in the vocabulary's order."""
    return tuple(_load_texts_by_kind()[kind])


def text(kind: str, code: str) -> Text:
    """Return the word for `code` in both languages; an unknown code stands for itself (a user's own group)."""
    return _load_texts_by_kind()[kind].get(code) or Text(code, code)


def aliases(kind: str, code: str) -> tuple[str, ...]:
    """Return the further words by which `code` is recognised in `kind`."""
    head, _, tail = kind.partition(".")
    entries = _load_vocabulary()[head][tail] if tail else _load_vocabulary()[head]
    return tuple(entries[code].get("aliases", ()))


def label(kind: str, code: str, lang: Lang) -> str:
    """Return the word for `code` in `lang`."""
    return text(kind, code).to(lang)


def find(kind: str, word: str) -> str | None:
    """Return the code that `word` means in `kind`, or None."""
    return _index_words_of_kind(kind).get(normalise(word))


def near(kind: str, word: str, limit: int = 3) -> tuple[Text, ...]:
    """Return up to `limit` entries of `kind` whose words resemble `word`, nearest first."""
    index = _index_words_of_kind(kind)
    matches = get_close_matches(normalise(word), index, n=limit * 2, cutoff=0.5)
    return tuple(text(kind, code) for code in dict.fromkeys(index[match] for match in matches))[:limit]


def resolve(kind: str, word: str, what: Text, refusal: Kind = "argument") -> str:
    """Return the code that `word` means in `kind`.

    Parameters
    ----------
    kind
        The vocabulary's kind, such as `axes`.
    word
        What the user typed.
    what
        What the word stands for (軸, 分類 …), for the message.
    refusal
        The kind of refusal to raise.

    Raises
    ------
    Refusal
        When no word of `kind` matches; the message lists the near ones, or all.
    """
    code = find(kind, word)
    if code is not None:
        return code
    choices = near(kind, word) or tuple(text(kind, each) for each in codes(kind))
    raise Refusal(
        refusal,
        f"{what.ja}「{word}」は使えません(使える語: {'・'.join(choice.ja for choice in choices)})",
        f'{what.en} "{word}" is not known (use: {", ".join(choice.en for choice in choices)})',
    )


def folded(word: str) -> str:
    """Return the same as `words.normalise`, faster for plain letters, which most IDs are made of."""
    return "".join(word.lower().split()) if word.isascii() else normalise(word)
