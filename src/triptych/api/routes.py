"""Routes of an application's own, beside those that are made of its domain and its services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from triptych.api.messages import PROBLEM
from triptych.api.problems import problem_of
from triptych.domain.errors import Misconfigured, TriptychError
from triptych.infrastructure.optional import find_modules
from triptych.services.actions import Backend
from triptych.services.actions.calling import Calls


def find_routes(package: str) -> Iterator[APIRouter]:
    """Yields the routers that stand in an application's `api`, each once.

    Args:
        package: The package that has the `domain`.

    Example:
        ```python
        from triptych.api.routes import find_routes

        assert list(find_routes("flights")) == []
        ```
    """
    found = {
        id(each): each
        for module in find_modules(f"{package}.api")
        for each in vars(module).values()
        if isinstance(each, APIRouter)
    }
    yield from found.values()


def add_routes(app: FastAPI, backend: Backend, kind_of: Callable[[tuple[str, ...]], str]) -> None:
    """Adds an application's own routes to the document, and lets them call its services.

    Where none of them answers `/`, that leads to the page of the document.

    Args:
        app: Holds the document.
        backend: What the routes call.
        kind_of: Tells which kind of address the parts of a path are; `other` where nobody answers.

    Raises:
        Misconfigured: A route has an address that something else has.
    """
    app.state.backend = backend
    app.exception_handler(TriptychError)(_refuse)
    for router in find_routes(backend.ontology.package):
        for route in router.routes:
            path = getattr(route, "path", "")
            if kind_of(tuple(path.strip("/").split("/"))) != "other":
                raise Misconfigured(f"the route {path} never answers: its address is taken")
        app.include_router(router)
    # Behind them: an application may have a page of its own there.
    app.add_route("/", _lead_to_page, include_in_schema=False)


async def _lead_to_page(_: Request) -> Response:
    """Leads whoever opens the server in a browser to the page that lists what there is."""
    return RedirectResponse("/api/docs")


async def _refuse(request: Request, error: TriptychError) -> Response:
    """Tells of a refusal as every other way in does: as far as the caller may see."""
    backend: Backend = request.app.state.backend
    told = backend.policies.concealed(error, request.state.actor)
    status, body = problem_of(told, request.state.correlation)
    return Response(body, status, media_type=PROBLEM.decode())


def _calls(request: Request) -> Calls:
    backend: Backend = request.app.state.backend
    return backend.caller(request.state.actor)


type Calling = Annotated[Calls, Depends(_calls)]
