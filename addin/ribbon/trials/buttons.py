"""The buttons of the group 試算."""

from __future__ import annotations

from typing import Final

from addin.ribbon.button import Button, Group
from engine.language.errors import Text

GROUP: Final = Group(
    "trials",
    Text("試算", "What if"),
    (
        Button(
            "lose",
            Text("失注を試す", "Lose customers"),
            Text(
                "選択した顧客を失った場合の、売上・集中度・検査結果の変化を試算します。入力は変わりません。",
                "Tries what the loss of the selected customers does to sales, concentration and tests. No input changes.",
            ),
            image="Delete",
            needs="run",
        ),
        Button(
            "change",
            Text("条件を変える", "Change values"),
            Text(
                "シート「試算」の表(対象・項目・変更)のとおりに変えた場合を試算します。表がなければ、例と一緒に用意します。",
                "Tries the changes of the table (target, item, change) on the sheet What if; makes one where there is none.",
            ),
            image="WhatIfAnalysisMenu",
            needs="run",
        ),
        Button(
            "allocate",
            Text("時間配分", "Allot hours"),
            Text(
                "1年の営業時間を、もっとも成果が増えるように顧客へ配ります。時間をかけ過ぎの「ごひいき先」も示します。",
                "Allots a year's hours to customers where they bring most, and names those that get too many today.",
            ),
            image="FunctionsDateTimeInsertGallery",
            needs="run",
        ),
        Button(
            "cases",
            Text("案を保存/比較", "Save or compare cases"),
            Text(
                "今の試算を名前を付けて保存し、保存した案を横に並べて比べます。",
                "Saves the current what-if under a name, and sets the saved cases side by side.",
            ),
            image="WindowSideBySide",
            needs="run",
        ),
    ),
)
