"""SkyEmu's HTTP control server: one request in, one checked reply out.

The server answers 200 to whatever it handles, failures too, and ends its text replies with a NUL byte; both are dealt
with here alone. So is everything that can go wrong on the way: each failure becomes one EmulatorError.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx

from collector.addresses import require_plain_address
from collector.errors import ConfigError, EmulatorError

ADDRESSES_PER_CALL: Final = 500
"""Of up to 14 characters each: the server takes at most 8,192 in a request line."""

_KEPT_OPEN_S: Final = 2.0
"""The server closes a quiet connection after 5 s; ours is dropped well before, so that none is used as it closes."""

_SHOWN: Final = 60
"""Characters of a foreign reply that an error quotes."""


class SkyEmuServer:
    """The control server at one address."""

    def __init__(self, base_url: str, timeout_s: float) -> None:
        """Make the one client for this server; nothing is sent yet. ConfigError for an address that can't be one."""
        require_plain_address(base_url, "emulator.base_url")
        self.base_url = base_url.rstrip("/")
        self.timeout_s = timeout_s
        self._has_answered = False
        if not 0 < timeout_s < float("inf"):
            raise ConfigError(f"emulator.timeout_s={timeout_s:g}: give a number of seconds above 0")
        try:
            url = httpx.URL(self.base_url)
        except httpx.InvalidURL as error:
            raise ConfigError(f"emulator.base_url={base_url!r}: no URL ({error})") from None
        if url.scheme not in ("http", "https") or not url.host:
            raise ConfigError(f"emulator.base_url={base_url!r}: give it like http://127.0.0.1:8080")
        # trust_env=False: a proxy meant for the internet must not be asked for a console on this machine.
        self._client = httpx.Client(
            base_url=self.base_url,
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=1, keepalive_expiry=_KEPT_OPEN_S),
            trust_env=False,
        )

    def status(self) -> Mapping[str, Any]:
        """What /status says."""
        body = self._get("/status")
        try:
            status = json.loads(body)
        except ValueError:
            status = None
        if not isinstance(status, dict) or not {"emulator", "rom-loaded", "inputs"} <= status.keys():
            raise self._nonsense("/status", body, "JSON with emulator, rom-loaded and inputs")
        return status

    def order(self, path: str, params: Mapping[str, str | int] | None = None, *, advice: str = "") -> None:
        """Have something done; EmulatorError, ending with `advice`, if the server says it failed."""
        reply = self._text(path, params)
        if reply.lower().startswith("failed"):
            raise EmulatorError(
                f"SkyEmu at {self.base_url} answered {reply!r} to {_shown(_target(path, params))}; {advice}"
            )
        if reply != "ok":
            raise self._nonsense(path, reply.encode(), "ok")

    def read_bytes(self, addresses: Sequence[int]) -> bytes:
        """The bytes at these bus addresses, in order."""
        parts = []
        for first in range(0, len(addresses), ADDRESSES_PER_CALL):
            asked = addresses[first : first + ADDRESSES_PER_CALL]
            reply = self._text("/read_byte?" + "&".join(f"addr={address:X}" for address in asked))
            try:
                part = bytes.fromhex(reply)
            except ValueError:
                part = b""
            if len(part) != len(asked) or len(reply) != 2 * len(asked):
                raise self._nonsense("/read_byte", reply.encode(), f"{2 * len(asked)} hex digits")
            parts.append(part)
        return b"".join(parts)

    def screen(self) -> bytes:
        """The screen as PNG."""
        return self._get("/screen", {"format": "png"})

    def state_picture(self) -> bytes:
        """The console's state inside a PNG, which /load takes as a state; without a ROM it is a text that says so."""
        return self._get("/screen", {"format": "png", "embed_state": 1})

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _text(self, path: str, params: Mapping[str, str | int] | None = None) -> str:
        body = self._get(path, params)
        try:
            return body.removesuffix(b"\0").decode("utf-8")
        except UnicodeDecodeError:
            raise self._nonsense(path, body, "text") from None

    def _get(self, path: str, params: Mapping[str, str | int] | None = None) -> bytes:
        target = _target(path, params)
        try:
            reply = self._client.get(target)
        except httpx.ConnectError as error:
            raise self._absent(error) from error
        except httpx.TimeoutException as error:
            raise EmulatorError(
                f"SkyEmu at {self.base_url} did not answer {_shown(target)} within {self.timeout_s:g} s; "
                "it hangs, or another program keeps it busy: restart it, or raise emulator.timeout_s"
            ) from error
        except httpx.HTTPError as error:
            raise EmulatorError(
                f"SkyEmu at {self.base_url} broke off while answering {_shown(target)} ({error}); "
                "did it crash? start it again"
            ) from error
        if reply.status_code != httpx.codes.OK:
            raise self._nonsense(path, f"HTTP {reply.status_code}".encode(), "HTTP 200")
        self._has_answered = True
        return reply.content

    def _absent(self, error: httpx.ConnectError) -> EmulatorError:
        if self._has_answered:
            return EmulatorError(
                f"SkyEmu at {self.base_url} is gone ({error}), though it answered before; "
                "start it again, then the session"
            )
        port = httpx.URL(self.base_url).port or 80
        return EmulatorError(
            f"no SkyEmu answers at {self.base_url} ({error}); start it with `SkyEmu http_server {port} ROM` "
            "or set emulator.base_url"
        )

    def _nonsense(self, path: str, body: bytes, expected: str) -> EmulatorError:
        start = body[:_SHOWN].decode("utf-8", "replace")
        return EmulatorError(
            f"{self.base_url}{path.partition('?')[0]} answered {start!r} ({len(body)} bytes), expected {expected}; "
            "is this SkyEmu's HTTP control server?"
        )


def _target(path: str, params: Mapping[str, str | int] | None) -> str:
    """Path and query of a request; slashes stay as they are."""
    return f"{path}?{urlencode(params, safe='/', quote_via=quote)}" if params else path


def _shown(target: str) -> str:
    """The request as an error quotes it."""
    return target if len(target) <= 2 * _SHOWN else f"{target[: 2 * _SHOWN]}..."
