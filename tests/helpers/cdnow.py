"""CDNOW's purchases as the lifetimes wheel carries them (read as files, never imported), and the histories made of them."""

from __future__ import annotations

import importlib.metadata
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from engine.cleaning.tables import Tables, clean
from engine.models.purchases.histories import Histories, from_tables
from engine.reading.raw import RawTables, raw_from_frame
from helpers.builders import cdnow_master

CALIBRATED = date(1997, 9, 30)


def file_of_lifetimes(name: str) -> Path:
    """Return a data file of the lifetimes wheel."""
    found = [each for each in importlib.metadata.files("lifetimes") or () if each.name == name]
    return Path(str(found[0].locate()))


def _tables(ids: pd.Series, days: pd.Series, dollars: pd.Series) -> Tables:
    orders = pd.DataFrame({"顧客ID": ids, "取引日": pd.to_datetime(days), "金額": dollars.astype(float)})
    return clean(RawTables({"orders": raw_from_frame("orders", orders, "CDNOW")}, ()), currency="USD")


@cache
def sample_tables() -> Tables:
    """Return the orders of the 1/10 sample, 2,357 customers."""
    names = ["master", "id", "day", "discs", "dollars"]
    frame = pd.read_csv(file_of_lifetimes("CDNOW_sample.txt"), sep=r"\s+", header=None, names=names, dtype=str)
    return _tables(frame["id"], frame["day"], frame["dollars"])


@cache
def sample() -> Histories:
    """Return the histories of the 1/10 sample, calibrated to 1997-09-30, in weeks."""
    return from_tables(sample_tables(), unit="week", until=CALIBRATED)


@cache
def master() -> Histories:
    """Return the histories of all 23,570 customers, calibrated to 1997-09-30, in weeks."""
    frame = pd.read_csv(
        cdnow_master(), sep=r"\s+", header=None, skiprows=1, names=["id", "day", "discs", "dollars"], dtype=str
    )
    return from_tables(_tables(frame["id"], frame["day"], frame["dollars"]), unit="week", until=CALIBRATED)
