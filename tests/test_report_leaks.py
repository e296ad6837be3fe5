"""The search of finished masked documents: whatever the place and the writing, a raw name is found and nothing is kept."""

from __future__ import annotations

import base64
import html
import io
import json
import unicodedata
import zipfile
from datetime import date
from functools import cache
from urllib.parse import quote

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from helpers import reports
from helpers.builders import portfolio_of
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.language.errors import Text
from engine.runs.disclosure import Secrets, folded
from engine.runs.masked_run import masked
from report_templates.editions import masking
from report_templates.editions.make import Made, make
from report_templates.gates import leaks
from report_templates.gates.gates import GateFailed
from report_templates.print import browser
from report_templates.texts import typeface
from report_templates.texts.settings import ROOM

NAME = "青葉電機株式会社"
SECRETS = Secrets(
    {
        "name": ["青葉電機株式会社", "株式会社北星", "A社", "Acme Foods, Inc.", "サンライズ・テクノロジー"],
        "kana": ["アオバデンキ"],
        "id": ["C-00417", "1234567890123", "42"],
        "owner": ["試作 とおる", "佐藤"],
        "text": ["来期の値上げを内々に相談された。他言無用とのこと"],
        "source": ["青葉_顧客一覧2026.xlsx"],
    },
    own=["大口", "成長", "Sales by customer", "納期・物流"],
)


def kinds(name: str, content: str | bytes) -> set[tuple[str, str]]:
    """Return place and kind of what a document tells."""
    body = content.encode() if isinstance(content, str) else content
    return {(place.ja, hit.kind) for place, hit in leaks.leaks_in(name, body, SECRETS)}


# ---- written forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "青葉電機株式会社",
        "青葉電機",
        "㈱青葉電機",
        "青葉電機(株)",
        "青葉電機\uff08株\uff09",
        "青 葉 電 機",
        "青葉電\n 機",
        "青葉\u00ad電機",
        "青葉\u200b電機",
        "\u202e青葉電機\u202c",
        "アオバデンキ",
        "あおばでんき",
        "ｱｵﾊﾞﾃﾞﾝｷ",
        "ACME FOODS",
        "Acme Foods",
        "acme\nfoods, inc.",
        "株式会社北星",
        "㈱ 北星",
        "c-00417",
        "C-00417",
        "C‐00417",
        "1234567890123",
        "試作とおる",
        "試作 トオル",
        "サンライズ・テク…",
        "サンライズ・テク...",
        "来期の値上げを内々に相談された",
        "来期の値上げを内々…",
        "青葉_顧客一覧2026.xlsx",
        "青葉_顧客一覧…",
        "⻘葉電機",
        "青\U000e0100葉電機\ufe00",
        "青\u3164葉電機",
    ],
)
def test_a_secret_is_found_in_any_writing(written: str) -> None:
    assert SECRETS.tells(f"先月は{written}で伸びた。")
    assert SECRETS.tells(written)


@pytest.mark.parametrize(
    "written",
    [
        "顧客-7Q3K9TXM",
        "大口の成長",
        "AC-00417",
        "C-004170",
        "11234567890123",
        "42社",
        "macmefoods",
        "青葉台の電機",
        "北星と株式会社",
        "株式会社北",
        "納期・物流の相談",
        "サンラ…",
        "佐藤さん",
    ],
)
def test_what_only_looks_alike_is_no_hit(written: str) -> None:
    assert not SECRETS.tells(f"先月は{written}で伸びた。")


@pytest.mark.parametrize("short", ["A社", "佐藤", "A 社"])
def test_a_short_name_is_found_where_a_text_consists_of_it(short: str) -> None:
    assert SECRETS.tells(short)
    assert not SECRETS.tells(f"先月は{short}が伸びた")


def test_what_cannot_be_searched_for_is_listed_with_its_reason() -> None:
    found = {(each.value, each.reason) for each in SECRETS.unsearched}
    assert found == {("A社", "short"), ("佐藤", "short"), ("42", "number")}
    ordinary = Secrets({"name": ["大口商店", "成長株"]}, own=["大口商店という見出し"])
    assert [(each.value, each.reason) for each in ordinary.unsearched] == [("大口商店", "ordinary")]
    assert not ordinary.tells("大口商店")
    (note,) = leaks.notes(SECRETS)
    assert "顧客名(短すぎる) 1件" in note.ja
    assert not [each.value for each in SECRETS.unsearched if len(each.value) > 1 and each.value in note.ja + note.en]


def test_a_name_with_only_its_legal_form_to_tell_it_is_searched_with_it() -> None:
    secrets = Secrets({"name": ["株式会社空"]})
    assert secrets.tells("昨日は㈱空に行った")
    assert not secrets.tells("昨日の空")
    assert secrets.unsearched == ()


def test_a_name_of_nothing_but_a_legal_form_is_found_or_listed() -> None:
    assert Secrets({"name": ["株式会社"]}).tells("昨日は株式会社に行った")
    assert [each.reason for each in Secrets({"name": ["株式会社"]}, own=["株式会社などの法人格"]).unsearched] == [
        "ordinary"
    ]


@pytest.mark.parametrize("weight", typeface.FILES)
def test_letters_that_our_typeface_draws_with_one_glyph_are_the_same_letter(weight: str) -> None:
    with TTFont(ROOM / "fonts" / weight) as font:
        points = font.getBestCmap()
    drawn: dict[str, set[str]] = {}
    for point, glyph in points.items():
        if chr(point) != "\u00ad":  # a soft hyphen is no letter
            drawn.setdefault(glyph, set()).add(folded(chr(point)))
    assert len(drawn) > 10_000
    assert not [forms for forms in drawn.values() if len(forms) > 1]


LETTERS = "青葉電機商事東和精工さくらアオバツデンabcXYZ019ーヶ髙﨑ｶﾞ"
FORMS = (
    lambda name: name,
    lambda name: unicodedata.normalize("NFKC", name),
    lambda name: unicodedata.normalize("NFD", name),
    str.upper,
    str.lower,
    lambda name: " ".join(name),
    lambda name: "\n".join(name),
    lambda name: "\u00ad".join(name),
    lambda name: f"㈱{name}",
    lambda name: f"{name}(株)",
    lambda name: "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in name),
    lambda name: "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in name),
    lambda name: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name),
)


@settings(max_examples=150, deadline=None)
@given(
    name=st.text(LETTERS, min_size=3, max_size=14),
    form=st.sampled_from(FORMS),
    before=st.sampled_from(["", "「", "先月は", "売上 ", "\n"]),
    after=st.sampled_from(["", "」", " が伸びた", "、ほか3社", "\n"]),
)
@example(name="ｶﾞｶﾞｶﾞ", form=FORMS[0], before="", after="")
def test_any_name_of_three_letters_is_found_in_any_form_and_place(name: str, form, before: str, after: str) -> None:  # type: ignore[no-untyped-def]  # one of FORMS
    secrets = Secrets({"name": [name]})
    assume(not secrets.unsearched)
    page = f"<p>{html.escape(before + form(name) + after)}</p>"
    assert leaks.leaks_in("a.html", page.encode(), secrets)
    if not folded(name)[:1].isdigit() or not folded(name).isdigit():
        assert secrets.tells(before + form(name) + after)


@settings(max_examples=60, deadline=None)
@given(name=st.text("青葉電機商事東和精工さくら", min_size=5, max_size=12), kept=st.integers(4, 11))
def test_a_name_that_is_cut_off_behind_four_letters_is_found(name: str, kept: int) -> None:
    assume(kept < len(name))
    assert Secrets({"name": [name]}).tells(f"売上の{name[:kept]}…が")


# ---- places of an HTML document -----------------------------------------------------------------------------------------

JSON_NAME = json.dumps({"values": [{"name": NAME, "x": 1}]})
HTML_PLACES = {
    "text": (f"<p>首位は{NAME}です</p>", "本文"),
    "broken by tags": ("<p>首位は<b>青葉</b>電<br>機です</p>", "本文"),
    "drawing": (f"<svg><text>{NAME}</text></svg>", "本文"),
    "cell cut off": ("<table><tr><td>サンライズ・テ…</td></tr></table>", "本文"),
    "title": (f"<title>{NAME}</title>", "本文"),
    "alt": (f'<img alt="{NAME}" src="data:,">', "属性 alt"),
    "aria label": (f'<g aria-label="バー {NAME}"></g>', "属性 aria-label"),
    "attribute's name": ('<p c-00417="">', "属性 c-00417"),
    "link": (f'<a href="#{quote(NAME)}">x</a>', "リンク先(href)"),
    "data": (f'<i data-name="{NAME}"></i>', "属性 data-name"),
    "meta": (f'<meta name="keywords" content="{NAME}">', "属性 content"),
    "comment": (f"<!-- {NAME} -->", "コメント"),
    "json": (f'<script type="application/json">{JSON_NAME}</script>', "埋め込みJSON"),
    "script": (f'<script>const x = "{NAME}"</script>', "スクリプト"),
    "script escaped": (f"<script>const x = {json.dumps(NAME)}</script>", "スクリプト"),
    "style": (f'<style>p::after {{ content: "{NAME}" }}</style>', "スタイル"),
    "style escaped": (
        "<style>p::after { content: '" + "".join(f"\\{ord(c):06x}" for c in NAME) + "' }</style>",
        "スタイル",
    ),
    "entities": ("<p>" + "".join(f"&#x{ord(c):x};" for c in NAME) + "</p>", "本文"),
    "entities twice": ("<p>" + html.escape("".join(f"&#{ord(c)};" for c in NAME)) + "</p>", "本文"),
    "base64": (f'<i data-x="{base64.b64encode(NAME.encode()).decode()}"></i>', "属性 data-x"),
    "base64 drawing": (
        f'<img alt="x" src="data:image/svg+xml;base64,{base64.b64encode(f"<svg><text>{NAME}</text></svg>".encode()).decode()}">',
        "リンク先(src)",
    ),
}


@pytest.mark.parametrize(("markup", "place"), HTML_PLACES.values(), ids=HTML_PLACES)
def test_a_name_planted_in_html_is_found_and_its_place_is_told(markup: str, place: str) -> None:
    assert place in {
        where for where, _ in kinds("report.html", f"<html><body><p>前</p>{markup}<p>後</p></body></html>")
    }


def test_cells_side_by_side_make_no_name() -> None:
    assert not kinds("report.html", "<table><tr><td>青葉</td><td>電機</td></tr></table>")


# ---- places of a PDF ----------------------------------------------------------------------------------------------------


@cache
def clean() -> Made:
    """Return the documents of a masked edition of three customers."""
    shown = masking.shown(reports.golden(), None, masking.Mask("x"))
    return make(shown.portfolio, ("ja",), ("html", "pdf"), inspect=shown.inspect)


def planted(where: str) -> bytes:
    """Return the clean PDF with a name in one place."""
    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(clean().files["report.ja.pdf"])) as document:
        word = pikepdf.String(NAME)
        if where == "info":
            document.trailer.Info["/Keywords"] = word
        elif where == "xmp":
            with document.open_metadata() as metadata:
                metadata["dc:description"] = NAME
        elif where == "bookmark":
            with document.open_outline() as outline:
                outline.root.append(pikepdf.OutlineItem(NAME, 0))
        elif where == "alt":
            next(
                each for each in document.objects if isinstance(each, pikepdf.Dictionary) and "/Alt" in each
            ).Alt = word
        elif where == "link":
            action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String(f"https://example.jp/{quote(NAME)}"))
            link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 1, 1], A=action)
            document.pages[0].Annots = document.make_indirect(pikepdf.Array([link]))
        elif where == "annotation":
            note = pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 1, 1], Contents=word
            )
            document.pages[0].Annots = document.make_indirect(pikepdf.Array([note]))
        elif where == "attachment":
            document.attachments["a.csv"] = f"顧客名,売上\n{NAME},1\n".encode("cp932")
        elif where == "attached workbook":
            package = io.BytesIO()
            with zipfile.ZipFile(package, "w") as zipped:
                zipped.writestr("xl/sharedStrings.xml", f"<sst><si><t>{NAME}</t></si></sst>")
            document.attachments["a.xlsx"] = package.getvalue()
        elif where == "attachment's name":
            document.attachments[f"{NAME}.csv"] = b"1"
        document.save(stream)
    return stream.getvalue()


PDF_PLACES = {
    "info": "文書情報",
    "xmp": "文書情報(XMP)",
    "bookmark": "しおり・文書情報",
    "alt": "代替テキスト",
    "link": "リンク先",
    "annotation": "注釈",
    "attachment": "添付ファイル",
    "attached workbook": "添付ファイル",
    "attachment's name": "添付のファイル名",
}


@pytest.mark.parametrize(("where", "place"), PDF_PLACES.items(), ids=PDF_PLACES)
def test_a_name_planted_in_a_pdf_is_found_and_its_place_is_told(where: str, place: str) -> None:
    assert not kinds("report.pdf", clean().files["report.ja.pdf"])
    assert (place, "name") in kinds("report.pdf", planted(where))


def test_the_printed_words_of_every_page_are_read() -> None:
    raw = reports.printed_sample()
    secrets = masking.shown(reports.sample(), None, masking.Mask("x")).secrets
    assert secrets is not None
    found = leaks.leaks_in("report.pdf", raw, secrets)
    pages = {place.ja for place, hit in found if hit.kind == "name"}
    assert {"1ページ", "添付ファイル"} <= pages
    assert len(pages) > 5


def test_a_file_name_is_found_and_not_repeated() -> None:
    with pytest.raises(GateFailed) as refused:
        leaks.check({f"{NAME}.html": b"<p>x</p>"}, SECRETS)
    assert "ファイル名" in refused.value.text.ja
    assert "青葉" not in refused.value.text.ja + refused.value.text.en + str(refused.value)


def test_a_refusal_names_place_and_kind_and_never_the_name() -> None:
    with pytest.raises(GateFailed) as refused:
        leaks.check({"report.html": f"<p>{NAME}</p><p>試作 とおる</p>".encode()}, SECRETS)
    told = refused.value.text
    assert "report.html 本文: 顧客名" in told.ja
    assert "report.html body: owner" in told.en
    assert "青葉" not in str(told)
    assert "試作" not in str(told)


def test_many_places_are_counted() -> None:
    markup = "".join(f'<i data-{letter}="{NAME}"></i>' for letter in "abcdefgh")
    with pytest.raises(GateFailed, match="ほか3件"):
        leaks.check({"report.html": markup.encode()}, SECRETS)


def test_headers_bodies_and_attachments_of_a_mail_are_searched() -> None:
    from email.message import EmailMessage

    message = EmailMessage()
    message["To"] = "試作 とおる <a@example.jp>"  # who it is for is no secret
    message["Subject"] = "報告"
    message.set_content("本文")
    message.add_alternative("<p>本文</p>", subtype="html")
    message.add_attachment(clean().files["report.ja.pdf"], maintype="application", subtype="pdf", filename="a.pdf")
    assert not kinds("a.eml", message.as_bytes())
    message.replace_header("Subject", f"{NAME}の報告")
    assert ("ヘッダー Subject", "name") in kinds("a.eml", message.as_bytes())
    message.replace_header("Subject", "報告")
    message.add_attachment(planted("alt"), maintype="application", subtype="pdf", filename=f"{NAME}.pdf")
    found = kinds("a.eml", message.as_bytes())
    assert ("メールの代替テキスト", "name") in found
    assert ("添付のファイル名", "name") in found


# ---- whole editions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("portfolio", [reports.golden, reports.hostile], ids=["golden", "hostile"])
def test_an_edition_passes_its_own_search(portfolio) -> None:  # type: ignore[no-untyped-def]  # a function of `reports`
    shown = masking.shown(portfolio(), None, masking.Mask("x"))
    made = make(shown.portfolio, ("ja", "en"), ("html", "pdf"), inspect=shown.inspect)
    assert len(made.files) == 4


def test_the_sample_passes_and_says_that_it_is_masked_everywhere() -> None:
    shown = masking.shown(reports.sample(), None, masking.Mask("監査法人"))
    made = make(shown.portfolio, ("ja",), ("html", "pdf"), inspect=shown.inspect, allow_stale=True)
    page = made.files["report.ja.html"].decode()
    title = page[page.index("<title>") : page.index("</title>")]
    assert "マスキング版" in title
    assert reports.sample().handle in page
    assert page.count("・ マスキング版") >= 2
    with pikepdf.open(io.BytesIO(made.files["report.ja.pdf"])) as document:
        assert "マスキング版" in str(document.trailer.Info.Title)
    again = masking.shown(reports.sample(), None, masking.Mask(" 監査法人"))
    twice = make(again.portfolio, ("ja",), ("html", "pdf"), inspect=again.inspect, allow_stale=True)
    assert twice.files == made.files


def test_an_edition_with_names_does_not_pass_the_search_of_a_masked_one() -> None:
    shown = masking.shown(reports.sample(), None, masking.Mask("x"))
    with pytest.raises(GateFailed, match="マスキング版"):
        make(reports.sample(), ("ja",), ("html",), inspect=shown.inspect, allow_stale=True)


def test_a_masked_run_is_not_reported_on_without_the_search() -> None:
    hidden = masked(reports.golden(), "x", b"k" * 32)[0]
    with pytest.raises(ValueError, match="gate"):
        make(hidden, ("ja",), ("html",))


def test_a_name_in_a_companys_template_keeps_the_edition_from_being_made(tmp_path) -> None:  # type: ignore[no-untyped-def]  # a Path
    (tmp_path / "base.html.jinja").write_text(
        '{% extends "house/base.html.jinja" %}{% block imprint %}<footer>青葉電機様向け</footer>{% endblock %}',
        encoding="utf-8",
    )
    raw = portfolio_of({"顧客名": [NAME, "北星商事"], "年間売上": [2, 1]}, as_of=date(2026, 9, 30))
    shown = masking.shown(raw, None, masking.Mask("x"))
    with pytest.raises(GateFailed) as refused:
        make(shown.portfolio, ("ja",), ("html",), tmp_path, inspect=shown.inspect)
    assert "青葉" not in str(refused.value.text)


def test_an_index_edition_tells_no_money() -> None:
    shown = masking.shown(reports.sample(), None, masking.Mask("x", bands=True))
    made = make(shown.portfolio, ("ja",), ("html",), inspect=shown.inspect, allow_stale=True)
    page = made.files["report.ja.html"].decode()
    assert "指数" in page
    assert "百万円" not in page[page.index("<main") : page.index("</main>")].split('id="page-definitions"')[0]


def test_the_words_for_unsearched_values_exist_in_both_languages() -> None:
    assert all(isinstance(note, Text) and note.ja and note.en for note in leaks.notes(SECRETS))


# ---- what a real browser prints -----------------------------------------------------------------------------------------

# A browser guesses letters from glyphs: 青 comes out as a radical, ffi and é as one letter, a variant with its selector not
# at all. Every place has a name of its own, so that no other place can give it away.
PRINTED: dict[str, tuple[str, str]] = {
    "radicals": ("<p>首位は青葉電機です</p>", "青葉電機"),
    "only radicals": ("<p>黄竜亀山、斉藤歯科、西民麦店</p>", "西民麦店"),
    "Kangxi": ("<p>日本月光金属</p>", "日本月光金属"),
    "a Kangxi radical of another form": ("<p>長戸商会</p>", "長戸商会"),
    "variant": ("<p>邉\U000e0102見工業</p>", "邉見工業"),
    "ligatures": ("<p>Office Affinity</p>", "Office Affinity"),
    "accents": ("<p>Ōtani Café</p>", "Ōtani Café"),
    "middle dots": ("<p>北・星・商事</p>", "北・星・商事"),
    "half-width kana": ("<p>ﾃﾞﾝｷ商会</p>", "デンキ商会"),
    "hiragana": ("<p>さんらいず</p>", "サンライズ"),
    "spaces": ("<p>青 山　電 機</p>", "青山電機"),
    "two lines": ('<p style="width: 2.2em">青島電機工業</p>', "青島電機工業"),
    "a narrow cell": (
        '<table><tr><td style="width: 2.2em">青柳電機工業</td><td style="width: 2.2em">長島商会本店</td></tr></table>',
        "長島商会本店",
    ),
    "bold in the middle": ("<p>青木<b>電機</b>工業</p>", "青木電機工業"),
    "a drawing": ('<svg width="200" height="20"><text y="15">長沼<tspan>商会</tspan></text></svg>', "長沼商会"),
    "a drawing turned": ('<svg width="99" height="99"><text transform="rotate(60)">青梅電機</text></svg>', "青梅電機"),
    "a style sheet's words": ('<p class="planted"></p>', "青森電機"),
    "a bookmark": ("<h2>長井商会</h2>", "長井商会"),
    "a link": (f'<a href="https://example.jp/{quote("青海電機")}">x</a>', "青海電機"),
    "an alternative text": (
        '<img alt="青田電機" src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAAC">',
        "青田電機",
    ),
    "a footer": ("", "長野商会"),
}
SHEET = """<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><title>t</title><style>
@font-face { font-family: N; src: url(fonts/NotoSansJP-Regular.ttf) }
@font-face { font-family: N; font-weight: 700; src: url(fonts/NotoSansJP-Bold.ttf) }
@page { margin: 20mm; @bottom-left { font-family: N; content: "長野商会" } }
body { font-family: N } .planted::after { content: "青森電機" }
</style></head><body><h1>x</h1>BODY</body></html>"""


@cache
def by_chromium() -> bytes:
    """Return what a real browser prints of every place."""
    return browser.print_pdf(SHEET.replace("BODY", "".join(body for body, _ in PRINTED.values())), date(2026, 9, 30))


@pytest.mark.chromium
@pytest.mark.parametrize("name", [name for _, name in PRINTED.values()], ids=PRINTED)
def test_a_raw_name_that_a_real_browser_prints_is_found(name: str) -> None:
    assert leaks.leaks_in("report.pdf", by_chromium(), Secrets({"name": [name]}))


@pytest.mark.chromium
def test_in_what_a_real_browser_prints_a_name_that_is_not_there_is_not_found() -> None:
    assert not leaks.leaks_in("report.pdf", by_chromium(), Secrets({"name": ["青葉商会", "長戸電機", "西民商店"]}))
