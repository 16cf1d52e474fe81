"""Run the page: take the port before anything else, say where it is, serve until Ctrl-C."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING

from collector.errors import InputError

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def take_port(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes any that is free."""
    if not 0 <= port <= 65535:
        raise InputError(f"--port {port}: expected 0 to 65535; choose another with --port N")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(128)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise InputError(
            f"{host} port {port}: can't be taken ({error.strerror}); choose another with --port N"
        ) from error
    return listening


def addresses_of(host: str, listening: socket.socket, tokens: Mapping[str, str]) -> list[tuple[str, str]]:
    """For each rater the address to open, with the token behind the # that browsers keep to themselves."""
    name = socket.gethostname() if host in ("0.0.0.0", "::") else host
    base = f"http://{f'[{name}]' if ':' in name else name}:{listening.getsockname()[1]}/"
    return [(who, f"{base}#token={token}") for token, who in tokens.items()] or [("", base)]


def serve(app: ASGIApp, listening: socket.socket) -> None:
    """Answer until Ctrl-C; requests are not logged: a rater's way through the queue is nobody's business."""
    import uvicorn

    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, lifespan="off", timeout_graceful_shutdown=3
    )
    uvicorn.Server(config).run(sockets=[listening])
