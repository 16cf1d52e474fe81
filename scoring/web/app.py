"""The parts put together: which address is answered by what."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from collector.errors import EeveeError
from scoring.rubric import BANDS
from scoring.web.access import Access
from scoring.web.asking import (
    LONGEST_TEXT,
    Endpoint,
    Refused,
    answering,
    cookie_name,
    person_of,
    read_body,
    say_error,
    say_refused,
    text_in,
)
from scoring.web.comparing import Comparing
from scoring.web.following import Follower
from scoring.web.guard import Guard
from scoring.web.live import Live
from scoring.web.rating import Rating
from scoring.web.sittings import Sittings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

STATIC: Final = Path(__file__).parent / "static"
SIGNED_IN_S: Final = 7 * 24 * 3600
"""How long a browser stays signed in."""


def make_app(
    sittings: Sittings, access: Access, follower: Follower | None, names: Collection[str], *, addresses: bool
) -> ASGIApp:
    """The application; without a follower there is no live tab. For `names` and `addresses` see Guard."""
    rating, comparing = Rating(sittings), Comparing(sittings)
    posts = {
        "/api/rate": rating.rate,
        "/api/skip": rating.skip,
        "/api/undo": rating.undo,
        "/api/show-skipped": rating.show_skipped,
        "/api/pair/judge": comparing.judge,
        "/api/pair/skip": comparing.skip,
        "/api/pair/undo": comparing.undo,
    }
    routes: list[Route | Mount] = [
        *(Route(path, _page) for path in ("/", "/pairs", "/live")),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route("/api/about", _about(access, has_live=follower is not None)),
        Route("/api/sign-in", _sign_in(access), methods=["POST"]),
        Route("/api/desk", answering(access, rating.desk)),
        Route("/api/pair", answering(access, comparing.pair)),
        *(Route(path, answering(access, work), methods=["POST"]) for path, work in posts.items()),
        Route("/pictures/{name}/{step:int}/{when}", _picture(access, rating)),
    ]
    if follower is not None:
        live = Live(follower)
        routes.append(Route("/api/live", answering(access, live.look)))
        routes.append(Route("/live/pictures/{frame_hash}", _live_picture(access, live)))
    app = Starlette(routes=routes, exception_handlers={Refused: say_refused, EeveeError: say_error})
    return Guard(app, names, addresses=addresses)


async def _page(request: Request) -> Response:
    return Response((STATIC / "page.html").read_bytes(), media_type="text/html")


def _about(access: Access, *, has_live: bool) -> Endpoint:
    async def about(request: Request) -> Response:
        person = person_of(access, request)
        bands = [dataclasses.asdict(band) for band in BANDS]
        return JSONResponse({"rater": person.name, "bands": bands, "live": has_live, "longest_text": LONGEST_TEXT})

    return about


def _sign_in(access: Access) -> Endpoint:
    async def sign_in(request: Request) -> Response:
        token = text_in(await read_body(request), "token")
        person = access.person_with(token)
        if person is None:
            raise Refused(401, "this token is not known here; ask for a new link")
        answer = JSONResponse({"rater": person.name})
        answer.set_cookie(cookie_name(request), token, max_age=SIGNED_IN_S, httponly=True, samesite="strict")
        return answer

    return sign_in


def _picture(access: Access, rating: Rating) -> Endpoint:
    async def picture(request: Request) -> Response:
        person, path = person_of(access, request), request.path_params
        return _png(await run_in_threadpool(rating.picture, person, path["name"], path["step"], path["when"]))

    return picture


def _live_picture(access: Access, live: Live) -> Endpoint:
    async def picture(request: Request) -> Response:
        person = person_of(access, request)
        return _png(await run_in_threadpool(live.picture, person, request.path_params["frame_hash"]))

    return picture


def _png(data: bytes) -> Response:
    """A picture never changes under its address."""
    return Response(data, media_type="image/png", headers={"cache-control": "private, max-age=3600, immutable"})
