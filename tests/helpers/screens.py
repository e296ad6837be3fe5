"""Pages in a real Chromium, watched: what they say, what they ask for, what axe-core finds."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, Route, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ARGUMENTS: Final = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    # Beside other tests a page may be taken for hidden, whose frames and timers Chromium then holds back.
    *(
        "--disable-renderer-backgrounding",
        "--disable-background-timer-throttling",
        "--disable-backgrounding-occluded-windows",
    ),
]


@dataclass
class Watched:
    """A page, what it said, and what it asked for beside itself."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextmanager
def launched(typefaces: Mapping[str, str] | None = None) -> Iterator[Browser]:
    """Start the installed Chromium for the length of a block; `typefaces` is the environment that names other ones."""
    environment: dict[str, str | float | bool] = {**os.environ, **(typefaces or {})}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS, env=environment)
        yield browser
        browser.close()


def opened(chromium: Browser, file: Path, width: int = 1280, height: int = 900, **context: Any) -> Watched:
    """Open a file, with every request watched and every one but the file itself refused."""
    page = chromium.new_context(viewport={"width": width, "height": height}, **context).new_page()
    watched = Watched(page)

    def refuse(route: Route) -> None:
        if route.request.url == file.as_uri():
            route.continue_()
        else:
            watched.asked.append(route.request.url)
            route.abort()

    page.route("**/*", refuse)
    page.on("console", lambda message: watched.said.append(message.text))
    page.on("pageerror", lambda error: watched.said.append(str(error)))
    page.goto(file.as_uri())
    return watched


def grave(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical."""
    return [
        f"{found['id']}: {found['nodes'][0]['html'][:160]}"
        for found in Axe().run(page).response["violations"]
        if found["impact"] in {"serious", "critical"}
    ]


def is_within(page: Page) -> bool:
    """Return whether nothing of the page itself has to be scrolled sideways."""
    within: bool = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    return within
