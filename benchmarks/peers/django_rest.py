"""Django REST framework on WSGI."""

from __future__ import annotations

from benchmarks.peers.django_models import FlightRow  # isort: skip - settings come before the rest

from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.urls import path
from rest_framework import serializers
from rest_framework.generics import RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class FlightSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = FlightRow
        fields = "__all__"


class Question(serializers.Serializer):  # type: ignore[type-arg]
    origin = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=100)


class GetFlight(RetrieveAPIView):  # type: ignore[type-arg]
    queryset = FlightRow.objects.all()
    serializer_class = FlightSerializer


class ListFlights(APIView):
    def get(self, request: Request) -> Response:
        asked = Question(data=request.query_params)
        asked.is_valid(raise_exception=True)
        said: dict[str, Any] = asked.validated_data
        found = FlightRow.objects.filter(
            origin=said["origin"], departure__gte=said["since"], departure__lt=said["until"]
        ).order_by("departure", "id")[: said["limit"]]
        return Response(FlightSerializer(found, many=True).data)


urlpatterns = [
    path("flights/<uuid:pk>", GetFlight.as_view()),
    path("flights", ListFlights.as_view()),
]
settings.ROOT_URLCONF = __name__
app = WSGIHandler()
