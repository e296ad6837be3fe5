"""Letters that a Japanese typeface draws with one glyph, so that a text taken out of a PDF may hold either of them.

A program that prints knows glyphs and guesses their letters: Chromium writes 青 as the radical ⻘, 長 as ⻑, 戸 as ⼾. NFKC
makes letters of the Kangxi radicals alone; the others are here. Source: the pairs of code points that share a glyph in Noto
Sans JP 2.004 and that NFKC leaves apart; a test holds this table against the fonts.
"""

from __future__ import annotations

from typing import Final

_PAIRS: Final = (
    "‘ʻ ‧・ ‵` ∕/ ⮕➡ 〜~ "
    "➀1 ➁2 ➂3 ➃4 ➄5 ➅6 ➆7 ➇8 ➈9 🄋0 🄌⓿ ➊❶ ➋❷ ➌❸ ➍❹ ➎❺ ➏❻ ➐❼ ➑❽ ➒❾ ➓❿ "
    "⺂乛 ⺃乚 ⺅亻 ⺇𠘨 ⺉刂 ⺋㔾 ⺍𭕄 ⺎兀 ⺏尣 ⺐尢 ⺒巳 ⺓幺 ⺔彑 ⺖忄 ⺘扌 ⺙攵 ⺛旡 ⺞歺 ⺠民 ⺡氵 ⺣灬 ⺤爫 ⺦丬 ⺨犭 ⺩𤣩 ⺫罒 "
    "⺭礻 ⺮𥫗 ⺯糹 ⺰纟 ⺱罓 ⺲罒 ⺹耂 ⺺肀 ⺽𦥑 ⺾艹 ⺿艹 ⻀艹 ⻂衤 ⻃覀 ⻄西 ⻅见 ⻇𧢲 ⻈讠 ⻉贝 ⻊𧾷 ⻋车 ⻌辶 ⻍辶 ⻐钅 ⻑長 ⻒镸 "
    "⻓长 ⻕𨸏 ⻖阝 ⻘青 ⻙韦 ⻚页 ⻛风 ⻜飞 ⻞𩙿 ⻟飠 ⻠饣 ⻡𩠐 ⻢马 ⻥鱼 ⻦鸟 ⻧卤 ⻨麦 ⻩黄 ⻪黾 ⻫斉 ⻬齐 ⻭歯 ⻮齿 ⻯竜 ⻰龙 ⻲亀 "
    "戶戸 㬵胶 肦朌 胊朐 脁朓 𠦄卉 𣏌杞 𣟱櫸 𧺯﨣 𨓜逸 𩿗𩿎"
)
LOOKALIKES: Final[dict[int, str]] = {ord(pair[0]): pair[1:] for pair in _PAIRS.split()} | {ord("➉"): "10"}
