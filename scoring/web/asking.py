"""From a request to an answer: who asks, what the body holds, and what goes back when something is wrong.

What goes wrong is said without the session's name, which the rater may not know yet; all of it is in the log.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from collector.errors import EeveeError, InputError
from collector.run_directory import SESSION_PREFIX
from scoring.web.access import Access, Person

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

LONGEST_BODY: Final = 8 * 2**20
"""Bytes; a feedback of `LONGEST_TEXT` may take six for one when it is written as JSON."""
LONGEST_TEXT: Final = 2**20
"""Bytes of feedback or of a reason, in UTF-8."""

_LOG = logging.getLogger(__name__)
_SESSION: Final = re.compile(rf"\S*{SESSION_PREFIX}[\w.-]+|\b\d{{8}}_\d{{6}}_[\w.-]+")

Body: TypeAlias = Mapping[str, Any]
Work: TypeAlias = Callable[[Person, Body], Mapping[str, Any]]
"""What is done for a person with what was sent, and the JSON that goes back; it runs in a thread."""
Endpoint: TypeAlias = "Callable[[Request], Awaitable[Response]]"


class Refused(Exception):
    """A request that is answered with an HTTP status and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def person_of(access: Access, request: Request) -> Person:
    """Who asks; Refused with 401 if that is nobody we know."""
    person = access.alone or access.person_with(request.cookies.get(cookie_name(request), ""))
    if person is None:
        raise Refused(401, "you are not signed in (any more); open the link you were given")
    return person


def cookie_name(request: Request) -> str:
    """Cookies know no ports: each server on a machine has its own."""
    return f"eevee_rater_{request.url.port or 80}"


def answering(access: Access, work: Work) -> Endpoint:
    """An endpoint that does this work for whoever is signed in."""

    async def endpoint(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import JSONResponse

        person = person_of(access, request)
        body = await read_body(request) if request.method == "POST" else {}
        return JSONResponse(await run_in_threadpool(work, person, body))

    return endpoint


async def read_body(request: Request) -> Body:
    """The JSON object that was sent; what is too long is not read to its end."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LONGEST_BODY:
            raise Refused(413, f"more than {LONGEST_BODY:,} bytes; shorten the text and send it again")
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the body is no JSON ({error})") from error
    if not isinstance(body, dict):
        raise InputError(f"expected a JSON object, got {type(body).__name__}")
    return body


def text_in(body: Body, name: str) -> str:
    """A text of at most `LONGEST_TEXT` bytes; empty if it is not there."""
    value = body.get(name, "")
    if not isinstance(value, str):
        raise InputError(f"{name}: expected text, got {type(value).__name__}")
    size = len(value.encode("utf-8", "surrogatepass"))
    if size > LONGEST_TEXT:
        raise Refused(413, f"{name} has {size:,} bytes; at most {LONGEST_TEXT:,} are kept: shorten it and send again")
    return value


def seconds_in(body: Body) -> float:
    """The time spent, as the page measured it."""
    value = body.get("seconds_spent")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"seconds_spent={value!r}: expected a number of seconds")
    return float(value)


def key_in(body: Body) -> str:
    """What the page calls this sending: 32 hex digits."""
    key = body.get("key")
    if not isinstance(key, str) or not re.fullmatch("[0-9a-f]{32}", key):
        raise InputError("key: expected 32 hex digits, other ones for each rating")
    return key


async def say_refused(request: Request, error: Exception) -> Response:
    """The answer to a request that was refused."""
    from starlette.responses import JSONResponse

    assert isinstance(error, Refused)
    return JSONResponse({"error": str(error)}, status_code=error.status)


async def say_error(request: Request, error: Exception) -> Response:
    """The answer when the work can't be done: 400 for what was sent, 503 for what may go well later."""
    from starlette.responses import JSONResponse

    _LOG.warning("%s: %s", request.url.path, error)
    status = 400 if isinstance(error, InputError) else 503
    assert isinstance(error, EeveeError)
    return JSONResponse({"error": _SESSION.sub("this session", str(error))}, status_code=status)
