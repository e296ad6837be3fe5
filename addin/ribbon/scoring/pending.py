"""未反映を確認: what of the workbook changed since its run was made.

Decision 0173: why what is pending is measured by the run's definition.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from addin.ribbon.inputs import definition_in, read_inputs, run_of
from addin.ribbon.scoring.settings import changes, follows
from engine.language.errors import Text
from engine.reading.columns import TABLES, table_text
from engine.scoring.pipeline import clean_tables
from engine.scoring.scoring import data_hash, run_hash

if TYPE_CHECKING:
    import pandas as pd

    from addin.ribbon.scoring.settings import Change
    from addin.shared.book import Book
    from engine.cleaning.tables import RawTables, Tables
    from engine.definition.definition import Definition
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

_LISTED: Final = 8  # entries of the definition named in a message


@dataclass(frozen=True, slots=True)
class TableChange:
    """What happened to one input table: rows that are new, gone, or stand there with other values.

    `appeared` and `vanished` say that the whole table came or went.
    """

    table: str
    added: int
    removed: int
    changed: int
    appeared: bool = False
    vanished: bool = False

    def text(self) -> Text:
        """Return the change as people read it."""
        name = table_text(self.table)
        if self.appeared or self.vanished:
            return Text(
                f"{name.ja}: 表が{'加わりました' if self.appeared else 'なくなりました'}",
                f"{name.en}: the table {'is new' if self.appeared else 'is gone'}",
            )
        parts = [
            (f"追加 {self.added:,}行", f"{self.added:,} rows added") if self.added else None,
            (f"削除 {self.removed:,}行", f"{self.removed:,} rows removed") if self.removed else None,
            (f"変更 {self.changed:,}行", f"{self.changed:,} rows changed") if self.changed else None,
        ]
        told = [part for part in parts if part] or [("列が変わりました", "its columns changed")]
        return Text(f"{name.ja}: {'、'.join(ja for ja, _ in told)}", f"{name.en}: {', '.join(en for _, en in told)}")


@dataclass(frozen=True, slots=True)
class Pending:
    """What the run does not know yet.

    Parameters
    ----------
    tables
        The tables that changed.
    definition
        The entries of the definition that changed.
    data
        Whether the data changed; with no `tables` it cannot be told which, as the store kept the scores alone.
    """

    tables: tuple[TableChange, ...]
    definition: tuple[Change, ...]
    data: bool

    def __bool__(self) -> bool:
        """Tell whether there is anything to take up."""
        return self.data or bool(self.definition)


def compared(raw: RawTables, definition: Definition, portfolio: Portfolio) -> Pending:
    """Compare the workbook's input with the run that it names.

    Raises
    ------
    Refusal
        Where the input cannot be cleaned any more.
    """
    moved = changes(portfolio.definition, definition)
    # By the run's own definition: under an earlier as-of date rows would seem to be gone that are only not due yet.
    tables = clean_tables(raw, portfolio.definition)
    if portfolio.tables.kept == "all" and data_hash(tables) == data_hash(portfolio.tables):
        return Pending((), moved, data=False)
    if portfolio.tables.kept != "all":
        return Pending((), moved, data=_differs_from_partial_run(tables, portfolio))
    found = [_compare_table(name, portfolio.tables, tables) for name in TABLES]
    return Pending(tuple(change for change in found if change is not None), moved, data=True)


def _differs_from_partial_run(tables: Tables, portfolio: Portfolio) -> bool:
    """Return whether the data differ from those of a run of which only the scores, or pseudonyms, were stored.

    Its hash was made from the whole data: only the same data give it again.
    """
    return run_hash(tables, portfolio.definition, portfolio.as_of) != portfolio.hash


def _compare_table(name: str, before: Tables, after: Tables) -> TableChange | None:
    old, new = (cast("pd.DataFrame | None", getattr(tables, name)) for tables in (before, after))
    if old is None or new is None:
        if old is new:
            return None
        return TableChange(name, 0, 0, 0, appeared=old is None, vanished=new is None)
    then, now = _count_table_lines(old, before), _count_table_lines(new, after)
    gone, come = then - now, now - then
    if not gone and not come:
        return None if set(old.columns) == set(new.columns) else TableChange(name, 0, 0, 0)
    removed, added = gone.total(), come.total()
    changed = min(removed, added)
    if name == "customers":
        ids = set(old["customer_id"]) & set(new["customer_id"])
        changed = len(ids & {line[0] for line in gone})
    return TableChange(name, added - changed, removed - changed, changed)


def _count_table_lines(frame: pd.DataFrame, tables: Tables) -> Counter[tuple[str, ...]]:
    """Return a table's rows as texts, the customer's ID in the place of its position, whatever the order of columns."""
    plain = frame.drop(columns=["row", "part"], errors="ignore")
    if "customer" in plain.columns:
        ids = tables.customers["customer_id"].to_numpy(dtype=object)
        places = plain["customer"].to_numpy(dtype="int64", na_value=-1)
        plain = plain.assign(customer=[str(ids[place]) if place >= 0 else "" for place in places])
    first = [column for column in ("customer_id",) if column in plain.columns]
    columns = [*first, *sorted(column for column in plain.columns if column not in first)]
    texts = [plain[column].astype(str).tolist() for column in columns]
    return Counter(zip(*texts, strict=True))


def pending(book: Book, lang: Lang) -> Text:
    """Compare the input sheets and the 設定 sheet with the run of `PF_RUN`, and say what it does not know yet.

    Raises
    ------
    Refusal
        `no_run` where there is no run to compare with; else as 更新.
    """
    scored, handle = run_of(book)
    book.progress(Text("表を読んでいます…", "Reading the tables…").to(lang))
    found = compared(read_inputs(book), definition_in(book), scored)
    if not found:
        return Text(f"未反映の変更はありません(実行ID {handle})。", f"Nothing is pending (run {handle}).")
    lines = [change.text() for change in found.tables]
    if found.data and not lines:
        lines.append(
            Text(
                "入力の表が変わりました(この実行は採点結果だけが保存されているため、どの表かは分かりません)",
                "The input tables changed (of this run only the scores were stored: which of them cannot be told)",
            )
        )
    lines += [
        Text(f"設定 {each.label.ja}: {each.before} → {each.after}", f"{each.label.en}: {each.before} → {each.after}")
        for each in found.definition[:_LISTED]
    ]
    more = len(found.definition) - _LISTED
    if more > 0:
        lines.append(Text(f"設定 ほか{more}項目", f"{more} more entries of the definition"))
    then = follows(book)
    return Text(
        f"実行 {handle} の後に変わりました:\n" + "\n".join(f"・{line.ja}" for line in lines) + f"\n{then.ja}",
        f"Changed since run {handle}:\n" + "\n".join(f"- {line.en}" for line in lines) + f"\n{then.en}",
    )
