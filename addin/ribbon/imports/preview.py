"""What an import will do, said before anything is written: the question that offers to add, to replace, or to mend.

Decision 0170: why an import is shown before it is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin.ribbon.imports.left_out import left_out
from engine.language.display import number
from engine.language.errors import Refusal, Text
from engine.reading.columns import table_text
from engine.reading.raw import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.ribbon.imports.planning import Plan
    from engine.language.errors import Finding

ADD: Final = "add"
ADD_ALL: Final = "all"
REPLACE: Final = "replace"
CORRECT: Final = "correct"
_CORRECT: Final = Text(
    "列の対応を直す(シート「取り込みの対応」を作ります)", "correct the columns (on the sheet Import mapping)"
)
_NAMED: Final = 12  # columns named in a message
_FILES: Final = 3  # files named in a message
_CAUSES: Final = 4  # causes of rows that are left out, named in a message


def names_of(sources: Sequence[str]) -> Text:
    """Return the names of files and sheets, the first three of many.

    >>> names_of(["a.csv", "b.csv", "c.csv", "d.csv"]).ja
    '「a.csv」「b.csv」「c.csv」ほか1件'
    """
    more = len(sources) - _FILES
    ja, en = "".join(f"「{each}」" for each in sources[:_FILES]), ", ".join(f'"{each}"' for each in sources[:_FILES])
    return Text(ja + (f"ほか{more}件" if more > 0 else ""), en + (f" and {more} more" if more > 0 else ""))


def question(
    plan: Plan,
    layout: Text | None,
    guessed: Sequence[str],
    listed: Sequence[Finding],
    findings: Sequence[Finding] | Refusal,
) -> Text:
    """Return what will happen, ending in the question which way.

    Parameters
    ----------
    layout
        The mapping profile by which the files were read, None where none was needed.
    guessed
        Headers of the files whose meaning was guessed from their cells.
    listed
        The rows, sheets and files that are left out.
    findings
        What cleaning says of the rows beside the workbook's other tables, or why it cannot be asked yet.
    """
    name, table = names_of(plan.sources), table_text(plan.table)
    lines = [
        Text(f"{name.ja}を{table.ja}の表として取り込みます。", f"{name.en}: taken as the table {table.en}."),
        *([layout] if layout is not None else []),
        *_word_row_counts(plan),
        *_word_left_out_rows(listed),
        *_word_check_result(findings),
        *_word_column_lists(plan),
        *_word_guessed_columns(plan, guessed),
    ]
    ja, en = "\n".join(line.ja for line in lines), "\n".join(line.en for line in lines)
    return Text(f"{ja}\n\n番号で選んでください。", f"{en}\n\nChoose by number.")


def choices(plan: Plan) -> dict[str, Text]:
    """Return what can be chosen, the first being offered; the first three have the same number every time."""
    count, merged, there = len(plan.given), plan.merged, plan.there
    if not there:
        return {ADD: Text(f"取り込む({count:,} 行)", f"import ({count:,} rows)"), CORRECT: _CORRECT}
    found = {
        ADD: _word_add_choice(len(merged.new), len(merged.changed)),
        REPLACE: Text(
            f"置き換える(今の {there:,} 行を消し、{count:,} 行を入れる)",
            f"replace (the {there:,} rows there go, {count:,} rows come)",
        ),
        CORRECT: _CORRECT,
    }
    if merged.same and not plan.key:
        found[ADD_ALL] = Text(
            f"同じ行も含めて {count:,} 行すべてを足す", f"add all {count:,} rows, those that are there already too"
        )
    return found


def _word_add_choice(new: int, changed: int) -> Text:
    if not new and not changed:
        return Text("追加する(新しい行はありません)", "add (there are no new rows)")
    ja, en = f"新しい {new:,} 行を足す", f"{new:,} new rows"
    if changed:
        ja, en = f"{ja}・{changed:,} 行を新しい内容にする", f"{en}, {changed:,} rows brought up to date"
    return Text(f"追加する({ja})", f"add ({en})")


def _word_row_counts(plan: Plan) -> list[Text]:
    merged, count, target = plan.merged, len(plan.given), plan.target
    now = (
        Text(f"今 {plan.there:,} 行", f"{plan.there:,} rows now")
        if target.is_there
        else Text("新しく作ります", "to be made")
    )
    lines = [
        Text(f"入れる先: シート「{target.sheet}」({now.ja})", f'Into: the sheet "{target.sheet}" ({now.en})'),
        Text(
            f"行: {count:,}(新しい {len(merged.new):,}・変わった {len(merged.changed):,}・"
            f"すでにある {len(merged.same):,})",
            f"Rows: {count:,} ({len(merged.new):,} new, {len(merged.changed):,} changed, "
            f"{len(merged.same):,} there already)",
        ),
    ]
    if plan.there:
        lines.append(_word_key_column(plan))
    if merged.changed:
        lines.append(_word_first_change(plan))
    if merged.left:
        lines.append(
            Text(
                f"注意: シートには同じ「{plan.key}」の行がほかに {len(merged.left):,} 行あります。そのまま残します",
                f'Note: the sheet has {len(merged.left):,} further rows of the same "{plan.key}"; they stay',
            )
        )
    if merged.twins and not plan.key:
        lines.append(
            Text(
                f"注意: ファイルの中に同じ行が {len(merged.twins):,} 行あります({_word_file_row(plan, merged.twins[0]).ja}ほか)。"
                "別の取引として数えます",
                f"Note: {len(merged.twins):,} rows repeat an earlier one of the files (such as "
                f"{_word_file_row(plan, merged.twins[0]).en}); they count as rows of their own",
            )
        )
    return lines


def _word_key_column(plan: Plan) -> Text:
    if plan.key:
        return Text(f"見分け方: 「{plan.key}」が同じ行は同じもの", f'Told apart by: "{plan.key}"')
    same = len(plan.merged.same)
    ja, en = "見分け方: 全部の列が同じ行は同じもの(IDの列がないため)", "Told apart by: every column (there is no ID)"
    if same:
        ja += f"。重なる {same:,} 行は二重にしないよう足しません"
        en += f"; the {same:,} rows that are there already are not added again"
    return Text(ja, en)


def _word_first_change(plan: Plan) -> Text:
    """Return one changed cell, so that a person sees what kind of change it is."""
    line, at = plan.merged.changed[0]
    for place, new in zip(plan.places, plan.given[line], strict=True):
        old = plan.target.rows[at][place]
        if new is not None and shown(new) != shown(old):
            header = plan.target.header[place]
            return Text(
                f"変わる行の例: {_word_file_row(plan, line).ja}「{header}」{shown(old) or '(空白)'} → {shown(new)}",
                f'Such as {_word_file_row(plan, line).en}, "{header}": {shown(old) or "(blank)"} → {shown(new)}',
            )
    return Text(f"変わる行の例: {_word_file_row(plan, line).ja}", f"Such as {_word_file_row(plan, line).en}")


def _word_file_row(plan: Plan, line: int) -> Text:
    row = plan.origins[line]
    source = plan.sources[row.source]
    several = len(plan.sources) > 1
    return Text(
        f"{source} {row.number}行目" if several else f"{row.number}行目",
        f"{source} row {row.number}" if several else f"row {row.number}",
    )


def _word_left_out_rows(listed: Sequence[Finding]) -> list[Text]:
    """Return how many rows are not taken, one line per cause."""
    found = left_out(listed)
    if not found:
        return []
    lines = [Text("使わない行・シート(一覧は取り込みの後に書きます):", "Left out (listed after the import):")]
    lines += [Text(f"・{told.ja}", f"- {told.en}") for told in found[:_CAUSES]]
    if len(found) > _CAUSES:
        more = len(found) - _CAUSES
        lines.append(Text(f"・ほか {more} 件", f"- and {more} more"))
    return lines


def _word_check_result(findings: Sequence[Finding] | Refusal) -> list[Text]:
    if isinstance(findings, Refusal):
        return [Text(f"検査はまだできません: {findings.text.ja}", f"Not checked yet: {findings.text.en}")]
    errors = [each for each in findings if each.severity == "error"]
    unused = len({(each.source, each.row) for each in errors})
    doubtful = sum(each.severity == "warning" for each in findings)
    if not unused and not doubtful:
        return [Text("検査: 気になる点なし", "Checked: nothing to report")]
    ja = f"検査: 採点に使えない行 {unused:,}・要確認 {doubtful:,}"
    en = f"Checked: {unused:,} rows cannot be scored, {doubtful:,} to look at"
    if errors:
        first = errors[0]
        ja += f"(例: {number(first.row, 'ja')}行目 {first.column or ''}「{first.value or ''}」{first.reason.ja})"
        en += f' (such as row {number(first.row, "en")}, {first.column or ""} "{first.value or ""}": {first.reason.en})'
    return [Text(ja, en)]


def _word_column_lists(plan: Plan) -> list[Text]:
    matched = [header if given == header else f"{header}←{given}" for given, header in plan.pairs]
    parts = (
        (Text("入る列", "Columns filled"), matched),
        (Text("取り込まない列(シートにない)", "Columns left out (the sheet has none)"), plan.dropped),
        (Text("空白になる列(ファイルにない)", "Columns left blank (not in the file)"), plan.blank),
        (Text("書き込まない列(数式がある)", "Columns not written (they hold formulas)"), plan.calculated),
    )
    return [
        Text(f"{text.ja}: {_join_headers(each)}", f"{text.en}: {_join_headers(each)}") for text, each in parts if each
    ]


def _word_guessed_columns(plan: Plan, guessed: Sequence[str]) -> list[Text]:
    """Return the columns that a person should look at: their headers did not tell what they are."""
    pairs = [f"{header}←{given}" for given, header in plan.pairs if given in guessed]
    if not pairs:
        return []
    named = "・".join(pairs)
    return [
        Text(
            f"★ 推定した列です。違うときは「列の対応を直す」を選んでください: {named}",
            f"* Guessed; correct the columns where this is wrong: {named}",
        )
    ]


def _join_headers(headers: Sequence[str]) -> str:
    return "・".join(headers[:_NAMED]) + ("…" if len(headers) > _NAMED else "")
