"""Segmentation schemes: each puts every customer into exactly one group, 未分類 included."""

from __future__ import annotations

from engine.schemes.abc import abc
from engine.schemes.base import Assignment, Facts
from engine.schemes.cpm import cpm
from engine.schemes.decile import decile
from engine.schemes.lifecycle import lifecycle, states
from engine.schemes.rfm import rfm
from engine.schemes.standard import standard, strategy

__all__ = ["Assignment", "Facts", "abc", "cpm", "decile", "lifecycle", "rfm", "standard", "states", "strategy"]
