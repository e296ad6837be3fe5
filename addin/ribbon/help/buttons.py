"""The buttons of the group ヘルプ."""

from __future__ import annotations

from typing import Final

from addin.ribbon.button import Button, Group
from engine.language.errors import Text

GROUP: Final = Group(
    "help",
    Text("ヘルプ", "Help"),
    (
        Button(
            "functions_list",
            Text("関数一覧", "Functions"),
            Text(
                "=PORTFOLIO_… の関数と引数の一覧を前に出します。",
                "Brings the list of the functions =PORTFOLIO_… and their arguments to the front.",
            ),
            image="FunctionWizard",
            needs="nothing",
        ),
        Button(
            "glossary",
            Text("用語集", "Glossary"),
            Text(
                "用語の意味と、どこで見るかの一覧を前に出します。",
                "Brings the glossary to the front: what each term means and where it is.",
            ),
            image="Bullets",
            needs="nothing",
        ),
        Button(
            "diagnose",
            Text("診断", "Diagnosis"),
            Text(
                "セルやボタンが答えないときに、Python・アドイン・マクロの方針・保存先・報告書の印刷を調べ、直し方を示します。",
                "When a cell or button does not answer: looks at Python, the add-in, the macro policy, the run store and the "
                "printer of reports, and says what mends it.",
            ),
            image="ErrorChecking",
            needs="nothing",
        ),
        Button(
            "values_copy",
            Text("値だけの控え", "Values-only copy"),
            Text(
                "数式をすべて値にした控えを別のファイルに保存します。アドインのない人が開いても #NAME? になりません。"
                "このブックは変わりません。",
                "Saves a copy in which every formula is its value, so that a colleague without the add-in never sees #NAME?. "
                "This workbook stays as it is.",
            ),
            image="PasteValues",
        ),
        Button(
            "relink",
            Text("関数リンクを直す", "Repair function links"),
            Text(
                "別のパソコンで保存したブックで =PORTFOLIO_… が #NAME? や #REF! になるときに、数式のつながりを直します。"
                "ほかの数式は変わりません。",
                "Mends =PORTFOLIO_… formulas that show #NAME? or #REF! in a workbook from another computer. "
                "No other formula is changed.",
            ),
            image="HyperlinkInsert",
        ),
    ),
)
