"""Everything that is needed at run time may be used in a commercial product."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

# SPDX names. MPL-2.0 and MPL-1.1 bind changes to the library's own files only, which we never make.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "MIT", "MIT-0", "MIT-CMU", "MPL-1.1", "MPL-2.0",
    "PSF-2.0", "Zlib",
}  # fmt: skip

# How older packages word the same, in a classifier or in the free field.
SPOKEN = {
    "BSD License": "BSD-3-Clause",
    "BSD 3-clause": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
}


def runtime(name: str, seen: dict[str, metadata.Distribution]) -> dict[str, metadata.Distribution]:
    """Collect the distribution `name` and all that it needs on this machine, without anybody's extras."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return seen
    seen[key] = metadata.distribution(name)
    for line in seen[key].requires or []:
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            runtime(needed.name, seen)
    return seen


def is_allowed(distribution: metadata.Distribution) -> bool:
    """Tell whether one may choose a licence that we accept: `OR` offers a choice, `AND` adds duties."""
    about = distribution.metadata
    for expression in about.get_all("License-Expression", []):
        choices = [choice.split(" AND ") for choice in expression.split(" OR ")]
        return any(all(part.strip("() ") in ALLOWED for part in choice) for choice in choices)
    spoken = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier", []) if line.startswith("License ::")]
    spoken += about.get_all("License", [])
    return any(SPOKEN.get(words, words) in ALLOWED for words in spoken)


def test_licences_allow_commercial_use() -> None:
    needed = runtime("customer-portfolio", {})
    assert {"pandas", "weasyprint", "xlwings", "click"} <= needed.keys()
    assert [name for name, distribution in needed.items() if not is_allowed(distribution)] == []


def test_development_tools_stay_out_of_the_product() -> None:
    # lifetimes brings the CDNOW data to the tests; oletools and hypothesis are under other terms.
    assert {"lifetimes", "oletools", "hypothesis", "pyopenvba", "uv"}.isdisjoint(runtime("customer-portfolio", {}))


def test_xlwings_is_used_without_its_commercial_part() -> None:
    sources = [
        path
        for folder in ("addin", "engine", "workbooks")
        for path in Path(__file__).parents[1].joinpath(folder).rglob("*.py")
    ]
    paid = re.compile(r"xlwings(?:\.|\s+import\s+)(?:pro|server|reports)\b")
    assert [path.name for path in sources if paid.search(path.read_text(encoding="utf-8"))] == []
