"""The preview's server: one report for this computer's own browser, under an address that nobody else knows.

Decision 0202: why the preview frames the report.
"""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from engine.language.errors import Lang, Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Callable

HOST: Final = "127.0.0.1"  # never a name: a name may be resolved to something else
_ALIVE: Final = 15.0  # seconds between signs of life, so that a closed page is noticed
_FOLDER: Final = Path(__file__).parent.parent / "templates" / "preview"
_TITLE: Final = Text("顧客ポートフォリオ報告のプレビュー", "Preview of the customer portfolio report")
_FAILED: Final = Text("報告書を作成できませんでした", "The report could not be made")
_MEND: Final = Text(
    "ブックかテンプレートを直して保存すると、この画面は自動で更新されます。",
    "Mend and save the workbook or the template; this page renews itself.",
)
_LAST: Final = Text("最後に作成できた報告書を見る", "Show the last report that could be made")
_SHELL_POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; frame-src 'self'; style-src 'unsafe-inline'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# The report carries a policy of its own, too, and both must allow what it does. Nothing can be fetched or sent.
_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:;"
    " connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


class Preview:
    """What is shown now: a report, or why there is none; and the last report that could be made."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self.version = 0
        self._page = b""
        self._last = b""
        self._ended = False
        self._news = threading.Condition()

    @property
    def page(self) -> bytes:
        """The report, or the page that says why there is none."""
        return self._page

    @property
    def last(self) -> bytes:
        """The last report that could be made; empty before the first."""
        return self._last

    def show(self, report: bytes) -> None:
        """Show a report from now on."""
        self._last = report
        self._tell(report)

    def fail(self, refusal: Refusal) -> None:
        """Show why there is no report now."""
        self._tell(
            _render(
                "error.html.jinja",
                self.lang,
                title=_FAILED.to(self.lang),
                reason=refusal.to(self.lang),
                mend=_MEND.to(self.lang),
                last=_LAST.to(self.lang) if self._last else "",
            )
        )

    def _tell(self, page: bytes) -> None:
        with self._news:
            self._page = page
            self.version += 1
            self._news.notify_all()

    def end(self) -> None:
        """Let everybody who waits for news go."""
        with self._news:
            self._ended = True
            self._news.notify_all()

    def wait(self, known: int) -> int | None:
        """Return the version as soon as it is another than `known`, the same after a while, and None at the end."""
        with self._news:
            self._news.wait_for(lambda: self._ended or self.version != known, timeout=_ALIVE)
            return None if self._ended else self.version


def _render(name: str, lang: Lang, **values: str) -> bytes:
    return _build_preview_environment().get_template(name).render(lang=lang, **values).encode("utf-8")


@cache
def _build_preview_environment() -> Environment:
    return Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)


class Server:
    """The server on this computer's loopback; `address` is where the preview is.

    Parameters
    ----------
    preview
        What it shows.
    port
        0 for any that is free.

    Raises
    ------
    Refusal
        `argument` when the port is in use.
    """

    def __init__(self, preview: Preview, port: int = 0) -> None:
        self._preview = preview
        try:
            self._server = ThreadingHTTPServer((HOST, port), _handler(preview, token := secrets.token_urlsafe(18)))
        except OSError as error:
            raise Refusal(
                "argument",
                f"ポート {port} は使えません({error.strerror})。--port を変えるか、省いてください",
                f"port {port} cannot be used ({error.strerror}); choose another --port, or none",
            ) from error
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.address = f"http://{HOST}:{self.port}/{token}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Let open pages go, and give the port back."""
        self._preview.end()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(preview: Preview, token: str) -> type[BaseHTTPRequestHandler]:
    """Return the handler of requests: five addresses below the secret one, and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self._is_ours():
                self._answer(HTTPStatus.FORBIDDEN, b"", "text/plain", "default-src 'none'")
                return
            path = self.path.partition("?")[0]
            prefix = f"/{token}/"
            answer = self._answers().get(path.removeprefix(prefix)) if path.startswith(prefix) else None
            if answer is None:
                self._answer(HTTPStatus.NOT_FOUND, b"", "text/plain", "default-src 'none'")
            else:
                answer()

        def _is_ours(self) -> bool:
            """Return whether the request was addressed to us by our own name: a page elsewhere may rebind its name."""
            port = self.connection.getsockname()[1]
            ours = {f"{HOST}:{port}", f"localhost:{port}"}
            return self.headers.get_all("Host") is not None and set(self.headers.get_all("Host", [])) <= ours

        def _answers(self) -> dict[str, Callable[[], None]]:
            shell = _render("shell.html.jinja", preview.lang, title=_TITLE.to(preview.lang))
            return {
                "": lambda: self._answer(HTTPStatus.OK, shell, "text/html", _SHELL_POLICY),
                "page": lambda: self._answer(HTTPStatus.OK, preview.page, "text/html", _PAGE_POLICY),
                "last": lambda: self._answer(HTTPStatus.OK, preview.last, "text/html", _PAGE_POLICY),
                "reload.js": lambda: self._answer(
                    HTTPStatus.OK, (_FOLDER / "reload.js").read_bytes(), "text/javascript", "default-src 'none'"
                ),
                "events": self._events,
            }

        def _answer(self, status: HTTPStatus, content: bytes, kind: str, policy: str) -> None:
            self._head(status, f"{kind}; charset=utf-8", policy)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(ConnectionError):  # the page was closed meanwhile
                self.wfile.write(content)

        def _events(self) -> None:
            self._head(HTTPStatus.OK, "text/event-stream", "default-src 'none'")
            self.end_headers()
            known = -1
            with suppress(ConnectionError):
                while (version := preview.wait(known)) is not None:
                    self.wfile.write(f"data: {version}\n\n".encode() if version != known else b": still here\n\n")
                    known = version

        def _head(self, status: HTTPStatus, kind: str, policy: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", policy)
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cross-Origin-Resource-Policy", "same-origin")

        def version_string(self) -> str:
            return "preview"

        def log_message(self, *_: Any) -> None:
            """Keep silent: the secret address belongs into no log."""

    return Handler
