"""Text files: encoding, delimiter and header found out, every record kept with its row number."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pandas as pd

from engine.language.errors import Finding, Refusal, Text
from engine.reading.columns import recognised
from engine.reading.raw import NO_COLUMNS, RawTable, find_header_row, texts_of
from engine.reading.sources.without_header import header_for, no_header_warning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.reading.profiles import Wishes
    from engine.reading.sources.inspect import Inspected

_DELIMITERS: Final = (",", "\t", ";", "|")
_SAMPLED: Final = 60
_WHITE: Final = "white space"
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# ="00123": how some exports keep Excel from reading an ID as a number.
_EXCEL_TEXT: Final = re.compile(r'^="(.*)"$')


def read_delimited(
    name: str, file: Inspected, mapping: Mapping[str, str], wishes: Wishes
) -> tuple[RawTable, list[Finding]]:
    """Read a csv, tsv or txt file.

    Parameters
    ----------
    name
        The table's key.
    file
        The file, already inspected.
    mapping
        Column key to header, where the caller says so.
    wishes
        Conditions, value maps and the profile, where the caller says so.

    Returns
    -------
    RawTable, findings
        Rows count as records (a quoted line break does not start a new one). A record with more cells than the header is listed as
        `too_many_cells` and blank in the frame: most often a number with thousands separators that was not quoted.

    Raises
    ------
    Refusal
        `unreadable` when the encoding cannot be told or nothing but blank lines is there.
    """
    text, warnings = decode(file)
    headers = {key: header for key, header in mapping.items() if key not in NO_COLUMNS}
    delimiter = _choose_delimiter(name, text, headers)
    if delimiter == _WHITE:
        text, delimiter = re.sub(r"[ \t\u3000]+", "\t", re.sub(r"(?m)^[ \t]+|[ \t]+$", "", text)), "\t"
    text = text.rstrip("\r\n\x1a")
    layout = wishes.find(_read_first_records(text, delimiter, _SAMPLED), name)
    made = None if headers or layout else header_for(name, _read_first_records(text, delimiter, _SAMPLED))
    if made is not None:
        text = f"{delimiter.join(made)}\n{text}"
    at = layout[1] if layout else find_header_row(name, _read_first_records(text, delimiter, _SAMPLED), headers)
    frame = _read_even_records(text, delimiter, at)
    listed: list[tuple[int, list[str]]] = []
    if frame is None:
        frame, listed = _read_uneven_records(file.name, text, delimiter, at)
    header = tuple(str(cell).strip() for cell in frame.iloc[at])
    body = frame.iloc[at + 1 :].reset_index(drop=True)
    body.columns = pd.Index(header, dtype=object)
    body = _unwrap_excel_texts(body)
    source = file.name
    above = made is not None  # a line that the file does not have
    findings = [too_many(name, source, row - above, cells, len(header)) for row, cells in listed]
    findings += [] if made is None else [no_header_warning(name, source, made)]
    findings += [Finding("warning", "encoding", name, source, None, None, None, warning) for warning in warnings]
    raw = RawTable(
        name,
        header,
        body,
        source,
        at + 2 - above,
        file.sha256,
        path=file.origin,
        mapping=headers,
        above=texts_of(frame.iloc[: at - above].to_numpy(dtype=object)) if at > above else (),
    )
    table, noticed = wishes.read(raw, layout[0] if layout else None)
    return table, [*findings, *noticed]


def decode(file: Inspected) -> tuple[str, list[Text]]:
    """Return the text: a byte order mark decides, else UTF-8 where it is valid, else CP932."""
    content = file.path.read_bytes()
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _decode_strictly(file, content, encoding), []
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    try:
        return content.decode("cp932"), []
    except UnicodeDecodeError:
        pass
    if content.split(b"\n", 1)[0].isascii():  # a western export: its headers are plain, an accent in a name is not
        warning = Text(
            f"文字コードを西欧(Windows-1252)とみなしました({line}行目)。文字が正しいか確かめてください",
            f"The encoding was taken as Western (Windows-1252, row {line}); check that names look right",
        )
        return content.decode("cp1252", errors="replace"), [warning]
    raise Refusal(
        "unreadable",
        f"{file.name} の文字コードを判別できません({line}行目)。UTF-8 で保存し直してください",
        f"The encoding of {file.name} cannot be told (row {line}); save it as UTF-8",
    )


def _decode_strictly(file: Inspected, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refusal(
            "unreadable",
            f"{file.name} は {encoding} として壊れています。UTF-8 で保存し直してください",
            f"{file.name} is broken as {encoding}; save it as UTF-8",
        ) from error


def _read_first_records(text: str, delimiter: str, limit: int) -> list[list[str]]:
    """Return the first records."""
    reader = csv.reader(io.StringIO(text[: 1 << 18], newline=""), delimiter=delimiter)
    found: list[list[str]] = []
    with suppress(csv.Error):  # a cell beyond csv's size limit: with this delimiter a quote is never closed
        found.extend(record for record, _ in zip(reader, range(limit), strict=False))
    return found


def _choose_delimiter(name: str, text: str, mapping: Mapping[str, str]) -> str:
    """Return the delimiter: the one under which most headers are known, then the one that cuts the rows most evenly."""
    best, best_score = ",", (-1, -1.0, 0)
    wanted = {part for header in mapping.values() for part in (header, *header.split("*"))}
    for delimiter in (*_DELIMITERS, _WHITE):
        if delimiter == _WHITE:
            records = [line.split() for line in text[: 1 << 16].splitlines()[:_SAMPLED]]
        else:
            records = _read_first_records(text, delimiter, _SAMPLED)
        filled = [record for record in records if any(cell.strip() for cell in record)]
        if not filled:
            continue
        width, rows = Counter(len(record) for record in filled).most_common(1)[0]
        known = max(recognised(name, record) + len(wanted.intersection(record)) for record in filled)
        even = rows / len(filled) if width > 1 else 0.0
        score = (known, even if delimiter != _WHITE or even == 1.0 else 0.0, width if delimiter != _WHITE else 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _read_even_records(text: str, delimiter: str, at: int) -> pd.DataFrame | None:
    """Return all records as text columns, or None when they are not all of one width (see `_read_uneven_records`)."""
    import pyarrow as pa
    import pyarrow.csv as pc

    width = len(_read_first_records(text, delimiter, at + 1)[-1])
    names = [str(place) for place in range(width)]
    try:
        table = pc.read_csv(
            io.BytesIO(text.encode("utf-8", errors="replace")),
            read_options=pc.ReadOptions(column_names=names, block_size=1 << 24),
            parse_options=pc.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _read_uneven_records(
    name: str, text: str, delimiter: str, at: int
) -> tuple[pd.DataFrame, list[tuple[int, list[str]]]]:
    """Return all records, short ones filled up, and (row number, cells) of those with more cells than the header."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records: list[list[str]] = []
    try:
        records.extend(reader)
    except csv.Error as error:
        raise Refusal(
            "unreadable",
            f'{name} の{len(records) + 1}行目で引用符(")が閉じていません。引用符を直すか、書き出し直してください',
            f'A quote (") in row {len(records) + 1} of {name} is never closed; mend it or export the file again',
        ) from error
    header = records[at]
    while header and not header[-1].strip():
        header = header[:-1]
    width = max(len(header), 1)
    listed: list[tuple[int, list[str]]] = []
    for row, record in enumerate(records):
        if len(record) > width:
            if row > at and any(cell.strip() for cell in record[width:]):
                listed.append((row + 1, record))
                record = []
            records[row] = record[:width]
        if len(records[row]) < width:
            records[row] = [*records[row], *[""] * (width - len(records[row]))]
    return pd.DataFrame(records, dtype=object), listed


def _unwrap_excel_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Take ="00123" for 00123 wherever it stands."""
    for at in range(frame.shape[1]):
        cells = frame.iloc[:, at]
        if cells.str.startswith('="').any():
            frame = frame.copy(deep=False)
            frame.isetitem(at, cells.str.replace(_EXCEL_TEXT, r"\1", regex=True).array)
    return frame


def too_many(name: str, source: str, row: int, cells: Sequence[str], width: int) -> Finding:
    """Return the finding for a record with more cells than its header."""
    reason = Text(
        f'見出しは{width}列ですが、この行は{len(cells)}列あります。桁区切りのカンマを含む値は "1,500" のように引用符で囲んでください',
        f'The header has {width} columns, this row {len(cells)}; quote values that contain the delimiter, such as "1,500"',
    )
    return Finding("error", "too_many_cells", name, source, row, None, ",".join(cells)[:200], reason)
