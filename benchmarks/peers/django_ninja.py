"""django-ninja on ASGI, with Django's asynchronous queries."""

from __future__ import annotations

from benchmarks.peers.django_models import FlightRow  # isort: skip - settings come before ninja

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI, Query, Schema
from ninja.errors import HttpError


class Flight(Schema):
    id: UUID
    carrier: str
    number: int
    plane: str | None
    origin: str
    destination: str
    departure: datetime
    arrival: datetime | None
    delay: timedelta
    arrival_delay: timedelta | None
    air_time: timedelta | None
    distance: int
    status: str
    reason: str | None
    passengers: int | None


api = NinjaAPI()


@api.get("/flights/{uuid:id}", response=Flight)
async def get_flight(request: HttpRequest, id: UUID) -> Any:
    found = await FlightRow.objects.filter(pk=id).afirst()
    if found is None:
        raise HttpError(404, "not found")
    return found


@api.get("/flights", response=list[Flight])
async def list_flights(
    request: HttpRequest,
    origin: str,
    since: datetime,
    until: datetime,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Any:
    query = FlightRow.objects.filter(origin=origin, departure__gte=since, departure__lt=until)
    return [each async for each in query.order_by("departure", "id")[:limit]]


urlpatterns = [path("", api.urls)]
settings.ROOT_URLCONF = __name__
app = ASGIHandler()
