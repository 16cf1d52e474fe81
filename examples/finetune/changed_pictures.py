"""A server between the collector and a model that changes the pictures on the way: whether the model looks at them.

    python examples/finetune/changed_pictures.py UPSTREAM PORT blank|other|none [DATASET]

`blank` sends a grey picture of the same size, `other` a screen of the dataset that shows something else, `none` no
picture at all (for a model trained on the text alone). Everything else passes as it is.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, TypeAlias

Change: TypeAlias = Callable[[bytes], bytes | None]
"""From a picture to the one that is sent instead; None sends none."""

CHANGES: Final = ("blank", "other", "none")
PREFIX: Final = "data:image/png;base64,"


def blank(picture: bytes) -> bytes:
    """A picture of the same size, all grey."""
    from PIL import Image

    shape = Image.open(io.BytesIO(picture)).size
    return encoded(Image.new("RGB", shape, (128, 128, 128)))


def other(pool: Sequence[bytes]) -> Change:
    """A picture of the pool in place of another, by a hash of it: the same one each time, never itself."""

    def change(picture: bytes) -> bytes:
        number = int.from_bytes(hashlib.sha256(picture).digest()[:8])
        for offset in range(len(pool)):
            candidate = pool[(number + offset) % len(pool)]
            if candidate != picture:
                return candidate
        raise ValueError(f"a pool of {len(pool)} pictures has none but the one to replace; give a larger dataset")

    return change


def encoded(image: Any) -> bytes:
    """The picture as PNG."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def pool_of(dataset: str) -> list[bytes]:
    """The distinct pictures of the dataset's training rows."""
    from datasets import Image, List, load_dataset

    rows = load_dataset(dataset, "sft", split="train").cast_column("images", List(Image(decode=False)))
    return sorted({image["bytes"] for images in rows["images"] for image in images})


def changed(body: dict[str, Any], change: Change) -> dict[str, Any]:
    """The request with its pictures changed."""
    messages = [{**message, "content": _content(message["content"], change)} for message in body["messages"]]
    return {**body, "messages": messages}


def _content(content: Any, change: Change) -> Any:
    if isinstance(content, str):
        return content
    parts = []
    for part in content:
        if part["type"] != "image_url":
            parts.append(part)
            continue
        picture = change(base64.b64decode(part["image_url"]["url"].removeprefix(PREFIX)))
        if picture is not None:
            url = PREFIX + base64.b64encode(picture).decode()
            parts.append({"type": "image_url", "image_url": {"url": url}})
    return parts


def change_named(name: str, dataset: str | None) -> Change:
    """One of CHANGES."""
    if name == "blank":
        return blank
    if name == "none":
        return lambda picture: None
    if name == "other" and dataset is not None:
        return other(pool_of(dataset))
    raise ValueError(f"{name}: expected one of {', '.join(CHANGES)}; other needs a dataset to take pictures from")


class PictureServer(ThreadingHTTPServer):
    """The server, bound to this machine alone and not yet running; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, upstream: str, port: int, change: Change) -> None:
        """Take the port; `upstream` is the model's address without /v1."""
        import httpx

        super().__init__(("127.0.0.1", port), _Handler)
        self.change = change
        self.client = httpx.Client(base_url=upstream, timeout=600, trust_env=False)

    def server_close(self) -> None:
        """Let go of the port and of the model's connections."""
        super().server_close()
        self.client.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PictureServer

    def do_POST(self) -> None:
        """Pass a request on with its pictures changed, and the answer back."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = self.server.client.post(self.path, json=changed(body, self.server.change))
        self.send_response(answer.status_code)
        self.send_header("content-type", answer.headers.get("content-type", "application/json"))
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *words: Any) -> None:
        """Keep quiet: the server behind it tells what was asked."""


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted."""
    if len(arguments) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    upstream, port, name, *dataset = arguments
    PictureServer(upstream, int(port), change_named(name, dataset[0] if dataset else None)).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
