"""Lineage: from a score, level, segment, strategy, metric or alert back to file, sheet and row, and to the definition.

Decision 0162: why a trace is complete.
"""

from __future__ import annotations

from engine.explanation.trace.lines import Trace, TraceLine, as_ranges, ranges_text
from engine.explanation.trace.subjects import trace, trace_metric

__all__ = ["Trace", "TraceLine", "as_ranges", "ranges_text", "trace", "trace_metric"]
