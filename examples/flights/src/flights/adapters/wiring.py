"""Which adapter stands for which protocol."""

from __future__ import annotations

from dishka import Provider, Scope

from flights.adapters.external_apis.notifier import LogNotifier, Notifier

ADAPTERS = Provider(scope=Scope.APP)
ADAPTERS.provide(LogNotifier, provides=Notifier)
