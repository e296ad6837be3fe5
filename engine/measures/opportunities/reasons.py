"""Why a product is proposed, in one sentence of each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.language.display import percent
from engine.language.errors import Text
from engine.measures.opportunities.found import KINDS
from engine.measures.opportunities.peers import SAME_INDUSTRY
from engine.measures.opportunities.upselling import volumes

if TYPE_CHECKING:
    from engine.measures.opportunities.market import Market
    from engine.scoring.portfolio import Portfolio


class Reasons:
    """The sentences of one run's opportunities."""

    def __init__(self, portfolio: Portfolio, found: Market) -> None:
        self.portfolio = portfolio
        self.found = found
        above = 1 - portfolio.definition.number("upsell.percentile")
        self.upper = Text(percent(above, "ja", 0), percent(above, "en", 0))
        self.distant = portfolio.definition.number("opportunities.distant_weight")
        weight = {lang: percent(self.distant, lang, 0) for lang in ("ja", "en")}
        self.doubt = Text(
            f"(同業が少ないため見込みを{weight['ja']}に割引)", f" (few of its industry: counted at {weight['en']})"
        )

    def of(self, kind: int, customer: int, item: int, n: int, share: float, source: int) -> Text:
        """Return the reason of one opportunity, given by numbers as `engine.measures.opportunities.found.best_of` returns them."""
        part = f"{int(share * 100 + 0.5)}%"  # there may be a hundred thousand of them: no Decimal
        level = int(self.found.peers.level[customer])
        if level >= SAME_INDUSTRY and not (KINDS[kind] == "upsell" and source < 0):
            part = f"{int(share / self.distant * 100 + 0.5)}%" if self.distant else part
            told = self._word_new_product(kind, customer, n, part, source)
            return Text(f"{told.ja}{self.doubt.ja}", f"{told.en}{self.doubt.en}")
        if KINDS[kind] != "upsell" or source >= 0:
            return self._word_new_product(kind, customer, n, part, source)
        return self._word_volume(customer, item, n)

    def _word_new_product(self, kind: int, customer: int, n: int, part: str, source: int) -> Text:
        if KINDS[kind] == "cross_sell":
            have = self.found.basket.items[source]
            return Text(f"「{have}」の購入客の{part}({n}社)が購入", f'{part} of the customers of "{have}" ({n}) buy it')
        peers = self.found.peers.name(int(self.found.peers.level[customer]))
        if KINDS[kind] == "whitespace":
            return Text(f"{peers.ja}の{part}({n}社)が購入", f"{part} of {peers.en} ({n}) buy it")
        have = self.found.basket.items[source]
        return Text(
            f"「{have}」の上位商品。{peers.ja}の{part}({n}社)が購入",
            f'the step above "{have}"; {part} of {peers.en} ({n}) buy it',
        )

    def _word_volume(self, customer: int, item: int, n: int) -> Text:
        bought, volume = self.found.basket, volumes(self.portfolio, self.found)
        mine = bought.what[bought.start[customer] : bought.start[customer + 1]]
        entry = int(bought.start[customer] + np.searchsorted(mine, item))
        gap = float(volume.level[entry] - bought.sales[entry])
        same = bool(volume.same_size[entry])
        size = Text("同規模", "customers of the same size") if same else Text("全顧客", "all customers")
        money = Text(self.portfolio.money(gap, "ja"), self.portfolio.money(gap, "en"))
        return Text(
            f"{size.ja}の購入客{n}社の上位{self.upper.ja}の水準まで売上{money.ja}の差",
            f"{money.en} of sales below the top {self.upper.en} of its {n} buyers among {size.en}",
        )
