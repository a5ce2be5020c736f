"""The API document and its page, and the place for an application's own routes."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from triptych.api.messages import PROBLEM
from triptych.api.openapi import openapi_paths
from triptych.api.operations import operation_paths
from triptych.api.problems import problem
from triptych.api.schemas import openapi_schemas
from triptych.domain.actions import Operation
from triptych.domain.ontology import Ontology
from triptych.infrastructure.configuration import Settings

_STATIC = "/api/docs/static"
_KEY = {"type": "http", "scheme": "bearer", "description": "An API key, such as `tk_...`."}
_ICON = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M1 3h4v10H1zM6 2h4v12H6zM11 3h4v10h-4z" fill="#3a4a7a"/></svg>'


def make_documentation(
    ontology: Ontology, settings: Settings, operations: Iterable[Operation] = ()
) -> FastAPI:
    """Makes the FastAPI application that holds the document; own routes may be added to it.

    Nothing on its page is loaded from elsewhere.
    """
    app = FastAPI(
        title=ontology.package,
        description=ontology.description,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        telemetry={"operation_spans": False},
    )
    app.mount(_STATIC, StaticFiles(directory=str(files("fastapi_swagger") / "resources")))
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        described = openapi_paths(ontology, settings.largest_page) | operation_paths(operations)
        document["paths"] = described | document["paths"]
        components = document.setdefault("components", {})
        components["securitySchemes"] = {"key": _KEY}
        document["security"] = [{}, {"key": []}]
        components["schemas"] = components.get("schemas", {}) | openapi_schemas(ontology)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document

    @app.exception_handler(HTTPException)
    async def refuse(_: Request, error: HTTPException) -> Response:
        code = "no-address" if error.status_code == 404 else "method"
        detail = "there is no such address; /api/docs lists them all"
        body = problem(
            error.status_code, code, detail if code == "no-address" else str(error.detail), ""
        )
        return Response(body, error.status_code, error.headers, PROBLEM.decode())

    @app.get("/api/docs", include_in_schema=False)
    async def page() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/api/openapi.json",
            title=ontology.package,
            swagger_js_url=f"{_STATIC}/swagger-ui-bundle.js",
            swagger_css_url=f"{_STATIC}/swagger-ui.css",
            swagger_favicon_url="/api/docs/icon.svg",
        )

    @app.get("/api/docs/icon.svg", include_in_schema=False)
    async def icon() -> Response:
        return Response(_ICON, media_type="image/svg+xml")

    return app
