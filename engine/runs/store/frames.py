"""Tables as Parquet and back, cell for cell: kinds of columns, missing values and mixed cells included."""

from __future__ import annotations

import io
import json
import math
from contextlib import suppress
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

Compression = Literal["snappy"]
COMPRESSION: Compression | None = "snappy"

Spec = list[str]  # name, dtype, and how cells are written: plain, text or cells
_MISSING: Final[dict[str, object]] = {"none": None, "nan": math.nan, "na": pd.NA, "nat": pd.NaT}


def to_parquet(frame: pd.DataFrame) -> tuple[bytes, list[Spec]]:
    """Return a table as Parquet, and what else is needed to have it back.

    Columns are named by their place: headers are the user's own, and may be anything. A column of texts is written as
    texts; one that holds several kinds of cells (a user's own column) as JSON, cell by cell.
    """
    specs: list[Spec] = []
    columns: dict[str, Any] = {}
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        how, written = _encode_object_column(column)
        specs.append([str(name), str(column.dtype), how])
        columns[f"c{place}"] = written
    stream = io.BytesIO()
    plain = pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))
    plain.to_parquet(stream, engine="pyarrow", index=False, compression=COMPRESSION)
    return stream.getvalue(), specs


def from_parquet(content: bytes, specs: list[Spec], only: tuple[str, ...] | None = None) -> pd.DataFrame:
    """Return the table that `to_parquet` wrote; with `only`, these of its columns."""
    wanted = [place for place, spec in enumerate(specs) if only is None or spec[0] in only]
    plain = pd.read_parquet(io.BytesIO(content), engine="pyarrow", columns=[f"c{place}" for place in wanted])
    series = [_decode_object_column(plain[f"c{place}"], specs[place][1], specs[place][2]) for place in wanted]
    frame = pd.concat(series, axis=1) if series else pd.DataFrame(index=plain.index)
    frame.columns = pd.Index([specs[place][0] for place in wanted])
    return frame


def _encode_object_column(column: pd.Series) -> tuple[str, Any]:
    if column.dtype != object:
        return "plain", column.array
    if pd.api.types.infer_dtype(column, skipna=True) in ("string", "empty"):
        blank, cells = column.isna().to_numpy(), column.to_numpy()
        kinds = {_tell_missing_kind(cell) for cell in cells[blank]}
        with suppress(UnicodeEncodeError):  # a broken file may hold half a character
            if len(kinds) <= 1:
                texts = cells.copy()
                texts[blank] = None
                return f"text:{next(iter(kinds), 'none')}", pd.array(texts, dtype="str")
    return "cells", pd.array([_encode_cell(cell) for cell in column.tolist()], dtype="str")


def _decode_object_column(column: pd.Series, dtype: str, how: str) -> pd.Series:
    if how == "plain":
        return column if str(column.dtype) == dtype else column.astype(cast("Any", dtype))
    cells = column.astype(object).to_numpy()
    blank = column.isna().to_numpy()
    result = np.empty(len(cells), dtype=object)
    if how == "cells":
        result[:] = [_decode_typed_cell(str(cell)) for cell in cells]
    else:
        result[~blank] = cells[~blank]
        result[blank] = _MISSING[how.partition(":")[2]]
    return pd.Series(result, dtype=object)


def _tell_missing_kind(cell: object) -> str:
    """Return which kind of missing value a cell is; '' for a value."""
    if cell is None:
        return "none"
    if cell is pd.NA:
        return "na"
    if cell is pd.NaT:
        return "nat"
    return "nan" if isinstance(cell, float) and math.isnan(cell) else ""


def _encode_cell(cell: object) -> str:
    """Return a cell as JSON: its kind, and its value as text."""
    missing = _tell_missing_kind(cell)
    if missing:
        return json.dumps([missing])
    if isinstance(cell, bool):
        return json.dumps(["bool", int(cell)])
    if isinstance(cell, (int, np.integer)):
        return json.dumps(["int", str(int(cell))])
    if isinstance(cell, (float, np.floating)):
        return json.dumps(["float", repr(float(cell))])
    for kind, there in (("stamp", pd.Timestamp), ("datetime", datetime), ("date", date), ("time", time)):
        if isinstance(cell, there):
            return json.dumps([kind, cell.isoformat()])
    return json.dumps(["text", str(cell)])  # a host's own type is kept as it reads


_KINDS: Final[dict[str, Callable[[Any], object]]] = {
    "bool": bool,
    "int": int,
    "float": float,
    "stamp": pd.Timestamp,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "text": str,
}


def _decode_typed_cell(text: str) -> object:
    kind, *value = json.loads(text)
    return _KINDS[kind](value[0]) if value else _MISSING[kind]
