"""What every request must show and every answer carries, so that no other page can read or steer this one.

A page elsewhere that points its own name at this machine is stopped by the Host header, one that sends forms by the
Origin; the policy lets the page load nothing but its own files.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""How this machine calls itself."""

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_SAFE: Final = frozenset({"GET", "HEAD"})


class Guard:
    """The application behind these checks."""

    def __init__(self, app: ASGIApp, names: Collection[str], *, addresses: bool) -> None:
        """Answer to these host names; `addresses` also lets in whoever asks for a bare IP address."""
        self._app, self._names, self._addresses = app, frozenset(names), addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is in order, with the headers every answer carries; refuse the rest."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                added = {"cache-control": "no-store"} | _HEADERS
                extra = [(name.encode(), text.encode()) for name, text in added.items() if name.encode() not in given]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send_with_headers)
            return
        from starlette.responses import JSONResponse

        await JSONResponse({"error": refusal}, status_code=403)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> str | None:
        """Why the request is not answered; None if it is in order."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        if not self._answers_to(host):
            return f"this server does not answer to the name {host[:100]!r}; open the address it printed"
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return "another site's page asked; open the address that the server printed"
        if scope["method"] not in _SAFE:
            if urlsplit(headers.get("origin", "")).netloc != host:
                return "the request does not come from this server's own page; open the address it printed"
            if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                return "expected a body of application/json"
        return None

    def _answers_to(self, host: str) -> bool:
        if "@" in host:  # what stands before it is no part of the name
            return False
        try:
            name = urlsplit(f"//{host}").hostname or ""
            if name in self._names:
                return True
            return self._addresses and bool(ipaddress.ip_address(name))
        except ValueError:
            return False
