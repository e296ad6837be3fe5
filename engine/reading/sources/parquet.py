"""Parquet files, one raw table each, with the columns that the names of their folders give.

Decision 0261: what pyarrow is kept for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.language.errors import Refusal
from engine.reading.raw import RawTable, with_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.reading.sources.inspect import Inspected


def read_parquet(name: str, file: Inspected, partitions: Mapping[str, object], mapping: Mapping[str, str]) -> RawTable:
    """Read a parquet file.

    Parameters
    ----------
    name
        The table's key.
    file
        The file, already inspected.
    partitions
        Columns with one value for the whole file, as the names of folders give them (year=2026).
    mapping
        Column key to header, where the caller says so.

    Raises
    ------
    Refusal
        `unreadable` when the file is broken.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame = pq.read_table(file.path, partitioning=None).to_pandas()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise Refusal(
            "unreadable",
            f"{file.name} は壊れた parquet ファイルです。作り直してください",
            f"{file.name} is a broken parquet file; write it again",
        ) from error
    if any(level is not None for level in frame.index.names):
        frame = frame.reset_index()
    header = tuple(str(column).strip() for column in frame.columns)
    frame.index = range(len(frame))
    raw = RawTable(name, header, frame, file.name, 2, file.sha256, path=file.origin, mapping=mapping)
    return with_columns(raw, partitions)
