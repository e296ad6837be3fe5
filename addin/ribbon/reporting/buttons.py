"""The buttons of the group 報告."""

from __future__ import annotations

from typing import Final

from addin.ribbon.button import Button, Group
from engine.language.errors import Text

GROUP: Final = Group(
    "reporting",
    Text("報告", "Report"),
    (
        Button(
            "preview",
            Text("プレビュー", "Preview"),
            Text(
                "役員向けの報告書をブラウザーで開きます。ブックは変わりません。",
                "Opens the executive report in the browser. The workbook is not changed.",
            ),
            image="FilePrintPreview",
        ),
        Button(
            "make_pdf",
            Text("PDF作成", "Make PDF"),
            Text(
                "役員向けの報告書をPDFにし、選んだ場所に保存します。",
                "Makes the executive report as PDF and saves it where you choose.",
            ),
            image="FileSaveAsPdfOrXps",
        ),
        Button(
            "mail_draft",
            Text("メール下書き", "Draft mail"),
            Text(
                "報告書を付けたメールの下書き(.eml)を作ります。送信はしません。",
                "Makes a draft (.eml) of a mail with the report. Nothing is sent.",
            ),
            image="FileSendAsAttachment",
        ),
        Button(
            "masking",
            Text("マスキング切替", "Masking on/off"),
            Text(
                "報告書の顧客名などを伏せるかどうかを切り替えます。状態はブックに残り、押すと今の状態が表示されます。",
                "Turns the hiding of names in reports on or off. The workbook keeps the state; pressing tells which it is.",
            ),
            image="ReviewProtectWorkbook",
        ),
    ),
)
