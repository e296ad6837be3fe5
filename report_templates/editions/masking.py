"""The masked edition as a command asks for it: who it is for, the masked run, and the gate its documents must pass.

Decision 0213: why the tables are masked and not the page.
Decision 0253: why pseudonyms are in the document's language.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import click

from engine.commands.console import say
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.language.errors import Lang
    from engine.runs.disclosure import Secrets
    from engine.scoring.portfolio import Portfolio

_OPTIONS: Final = ("masked", "recipient", "bands", "small_groups")


@dataclass(frozen=True, slots=True)
class Mask:
    """What a masked edition is to hide.

    Parameters
    ----------
    recipient
        Whose pseudonyms; blank for those that all editions share that name nobody.
    bands
        Whether amounts are told as an index (all sales = 100) instead of money.
    small_groups
        Whether labels of few customers are told.
    """

    recipient: str = ""
    bands: bool = False
    small_groups: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """The search of finished documents for what a masked edition must not tell; processes may be handed it."""

    secrets: Secrets = field(repr=False)

    def __call__(self, name: str, content: bytes) -> None:
        """Refuse the document where it tells a secret; the refusal does not."""
        from report_templates.gates import leaks

        leaks.check({name: content}, self.secrets)


@dataclass(frozen=True, slots=True)
class Shown:
    """A run as it is to be reported on.

    Parameters
    ----------
    portfolio, before
        The run and the one to compare with: as they were given, or masked.
    secrets
        What finished documents are searched for; None where nothing is masked.
    notes
        What the user should know about the search.
    """

    portfolio: Portfolio
    before: Portfolio | None = None
    secrets: Secrets | None = None
    notes: tuple[Text, ...] = ()

    @property
    def inspect(self) -> Gate | None:
        """The gate for finished documents, as `make` takes it."""
        return None if self.secrets is None else Gate(self.secrets)


def mask_options(command: Any) -> Any:
    """Add the options of masked editions to a command; `mask_of` reads them."""
    options = [
        click.option(
            "--masked",
            is_flag=True,
            help=say(
                "マスキング版を作ります(顧客名・ID・担当・自由記入を仮名に置き換え、漏れを検査)",
                "make the masked edition: names, IDs, owners and free text replaced, and searched for",
            ),
        ),
        click.option(
            "--recipient",
            metavar="WORD",
            help=say(
                "渡す相手(相手ごとに別の仮名になり、同じ相手にはいつも同じ仮名)",
                "who it is for: everybody gets other pseudonyms, and always the same ones",
            ),
        ),
        click.option(
            "--bands",
            is_flag=True,
            help=say(
                "金額を売上全体=100とする指数で示します(--masked と併用)",
                "tell amounts as an index, all sales = 100 (with --masked)",
            ),
        ),
        click.option(
            "--small-groups",
            is_flag=True,
            help=say(
                "3社未満の業界・地域・規模・チャネルの名前も示します(既定では伏せます)",
                "tell the industries, regions, sizes and channels of fewer than 3 customers, too (hidden by default)",
            ),
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def mask_of(options: dict[str, Any], recipient: str | None = None) -> Mask | None:
    """Return what the options ask for, and take them out of `options`; None for an edition with names.

    Parameters
    ----------
    recipient
        Who it is for where the command knows, as a mail does.

    Raises
    ------
    Refusal
        `argument` for --recipient, --bands or --small-groups without --masked.
    """
    masked, named, bands, small = (options.pop(name, None) for name in _OPTIONS)
    if not masked and (named or bands or small):
        raise Refusal(
            "argument",
            "--recipient・--bands・--small-groups は --masked と一緒に使います",
            "--recipient, --bands and --small-groups go with --masked",
        )
    return Mask(named or recipient or "", bool(bands), bool(small)) if masked else None


def editions(
    portfolio: Portfolio, before: Portfolio | None, mask: Mask | None, langs: Sequence[Lang]
) -> dict[tuple[Lang, ...], Shown]:
    """Return the runs as they are to be reported on, by the languages that share them.

    Pseudonyms read Customer-… in English and 顧客-… in Japanese, so a masked run is one per language.

    Raises
    ------
    Refusal
        As `shown`.
    """
    if mask is None:
        return {tuple(langs): shown(portfolio, before, None, langs[0])}
    return {(lang,): shown(portfolio, before, mask, lang) for lang in langs}


def shown(portfolio: Portfolio, before: Portfolio | None, mask: Mask | None, lang: Lang = "ja") -> Shown:
    """Return the runs as they are to be reported on in a language, both under the same pseudonyms.

    Raises
    ------
    Refusal
        `too_little_data` for an index where there are no sales to relate amounts to.
    """
    if mask is None:
        return Shown(portfolio, before)
    from engine.runs.masked_run import SMALLEST_GROUP, masked
    from engine.runs.sales_index import banded, scale_of
    from engine.runs.store.masking import secret
    from report_templates.gates import leaks

    smallest, key = 0 if mask.small_groups else SMALLEST_GROUP, secret()
    hidden, secrets = masked(portfolio, mask.recipient, key, smallest_group=smallest, lang=lang)
    earlier = None
    if before is not None:
        earlier, more = masked(before, mask.recipient, key, smallest_group=smallest, lang=lang)
        secrets |= more
    if mask.bands:
        scale = scale_of(portfolio)
        hidden, earlier = banded(hidden, scale), None if earlier is None else banded(earlier, scale)
    searched = leaks.searched_for(hidden, secrets)
    return Shown(hidden, earlier, searched, leaks.notes(searched))
