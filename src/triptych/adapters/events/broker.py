"""Brokers: events on their way to other systems, and from them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from triptych.domain.errors import BrokerUnavailable


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it travels.

    Attributes:
        id: Names it, however often it is sent: by it, whoever receives does nothing twice.
        type_name: The event's type.
        subject: The object that it is about; what is about one object keeps its order.
        body: The event as JSON.
        correlation: The id by which what caused it is found in logs.

    Example:
        ```python
        from triptych.adapters.events.broker import Message

        assert Message("7.0", "Rained", "City x", b"{}").correlation == ""
        ```
    """

    id: str
    type_name: str
    subject: str
    body: bytes
    correlation: str = ""


class Received(Protocol):
    """A message that was received, and is one's own until something is said of it.

    Attributes:
        message: The message.
    """

    message: Message

    async def done(self) -> None:
        """Says that it needs never come again."""
        ...

    async def again(self) -> None:
        """Says that it must come again, to whoever receives next."""
        ...


class Subscription(Protocol):
    """What one member of a group receives, for as long as its block."""

    async def receive(self) -> Received:
        """Waits for the next message.

        Raises:
            BrokerUnavailable: The broker is gone.
        """
        ...


class Broker(Protocol):
    """Carries messages between systems, at least once.

    Its laws are in `tests/laws/test_brokers.py`, to be run against each implementation: what
    `publish` has taken is received by each group that was subscribed before, as it was sent;
    within a group by one member; about one subject in the order in which it was published;
    again and again until it is done, though its receiver dies.
    """

    async def publish(self, messages: Sequence[Message]) -> None:
        """Hands messages over; at the end the broker has all of them, and will not lose them.

        Raises:
            BrokerUnavailable: It may have taken some; hand all of them over again.
        """
        ...

    def subscribe(self, group: str) -> AbstractAsyncContextManager[Subscription]:
        """Joins a group; what was received and not done when the block ends comes again."""
        ...

    async def close(self) -> None:
        """Lets go of it; closing twice does nothing."""
        ...


@dataclass(slots=True)
class _Queue:
    """What waits for one group."""

    waiting: deque[Message] = field(default_factory=deque)
    taken: set[str] = field(default_factory=set)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def next(self) -> Message | None:
        """Returns the first message whose subject nobody works on."""
        for each in self.waiting:
            if each.subject not in self.taken:
                self.waiting.remove(each)
                self.taken.add(each.subject)
                return each
        return None


class MemoryBroker:
    """A broker within one process, for tests and for what runs alone: it keeps nothing.

    Example:
        ```python
        import asyncio

        from triptych.adapters.events.broker import MemoryBroker, Message

        async def main() -> str:
            broker = MemoryBroker()
            async with broker.subscribe("weather") as subscription:
                await broker.publish([Message("7.0", "Rained", "City x", b"{}")])
                received = await subscription.receive()
                await received.done()
                return received.message.type_name

        assert asyncio.run(main()) == "Rained"
        ```
    """

    def __init__(self) -> None:
        self._groups: dict[str, _Queue] = {}
        self._is_open = True

    async def publish(self, messages: Sequence[Message]) -> None:
        """Hands messages over."""
        self.check()
        for queue in self._groups.values():
            async with queue.changed:
                queue.waiting.extend(messages)
                queue.changed.notify_all()

    @asynccontextmanager
    async def subscribe(self, group: str) -> AsyncIterator[Subscription]:
        """Joins a group."""
        self.check()
        queue = self._groups.setdefault(group, _Queue())
        subscription = _MemorySubscription(queue, self)
        try:
            yield subscription
        finally:
            for each in [*subscription.open]:
                await each.again()

    async def close(self) -> None:
        """Lets go of everything, and wakes whoever waits."""
        self._is_open = False
        for queue in self._groups.values():
            async with queue.changed:
                queue.changed.notify_all()

    def check(self) -> None:
        """Checks that it is open.

        Raises:
            BrokerUnavailable: It is closed.
        """
        if not self._is_open:
            raise BrokerUnavailable("the broker in memory", "it is closed", "make another one")


class _MemorySubscription:
    """One member of a group."""

    def __init__(self, queue: _Queue, broker: MemoryBroker) -> None:
        self._queue, self._broker = queue, broker
        self.open: list[_MemoryReceived] = []

    async def receive(self) -> Received:
        """Waits for the next message."""
        async with self._queue.changed:
            while True:
                self._broker.check()
                message = self._queue.next()
                if message is not None:
                    received = _MemoryReceived(message, self)
                    self.open.append(received)
                    return received
                await self._queue.changed.wait()

    async def end(self, of: _MemoryReceived, *, is_again: bool) -> None:
        """Lets the next message about a subject come."""
        if of not in self.open:
            return
        self.open.remove(of)
        async with self._queue.changed:
            self._queue.taken.discard(of.message.subject)
            if is_again:
                self._queue.waiting.appendleft(of.message)
            self._queue.changed.notify_all()


class _MemoryReceived:
    """A message that was received."""

    def __init__(self, message: Message, by: _MemorySubscription) -> None:
        self.message = message
        self._by = by

    async def done(self) -> None:
        """Says that it needs never come again."""
        await self._by.end(self, is_again=False)

    async def again(self) -> None:
        """Says that it must come again."""
        await self._by.end(self, is_again=True)
