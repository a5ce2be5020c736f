"""Brokers: what every one of them keeps to.

To hold another one to the laws, add it to the fixture.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from flights.services.business_logic.operations import Operations
from tests.fixtures.desk import ADA, HOUR, fill, flight, flight_id
from triptych.adapters.events.broker import Broker, MemoryBroker, Message, Received, Subscription
from triptych.domain.errors import BrokerUnavailable
from triptych.services.events import Patience, Relay
from triptych.services.stores import open_backend


@pytest.fixture(params=["memory"])
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    made = {"memory": MemoryBroker}[request.param]()
    yield made
    await made.close()


def message(number: int, subject: str = "City x") -> Message:
    """Makes a message."""
    return Message(f"{number}.0", "Rained", subject, f'{{"n":{number},"é":"☂"}}'.encode(), "me-1")


async def taken(subscription: Subscription, count: int) -> list[Received]:
    """Receives some messages."""
    async with asyncio.timeout(5):
        return [await subscription.receive() for _ in range(count)]


async def numbers(subscription: Subscription, count: int) -> list[str]:
    """Receives some messages, one after the other, and is done with each."""
    found = []
    for _ in range(count):
        (received,) = await taken(subscription, 1)
        found.append(received.message.id)
        await received.done()
    return found


async def is_quiet(subscription: Subscription) -> bool:
    """Tells whether nothing comes."""
    try:
        async with asyncio.timeout(0.1):
            await subscription.receive()
    except TimeoutError:
        return True
    return False


class TestBroker:
    async def test_a_message_arrives_as_it_was_sent(self, broker: Broker) -> None:
        async with broker.subscribe("a") as subscription:
            await broker.publish([message(7)])
            (received,) = await taken(subscription, 1)
            assert received.message == message(7)

    async def test_each_group_receives_everything(self, broker: Broker) -> None:
        async with broker.subscribe("a") as first, broker.subscribe("b") as second:
            await broker.publish([message(1), message(2)])
            assert await numbers(first, 2) == await numbers(second, 2) == ["1.0", "2.0"]

    async def test_within_a_group_one_member_receives_it(self, broker: Broker) -> None:
        async with AsyncExitStack() as stack:
            members = [await stack.enter_async_context(broker.subscribe("a")) for _ in range(3)]
            await broker.publish([message(n, f"City {n}") for n in range(30)])
            found = await asyncio.gather(*(numbers(each, 10) for each in members))
            assert sorted(itertools.chain(*found)) == sorted(f"{n}.0" for n in range(30))
            assert await is_quiet(members[0])

    async def test_what_is_about_one_subject_keeps_its_order(self, broker: Broker) -> None:
        async with broker.subscribe("a") as first, broker.subscribe("a") as second:
            await broker.publish([message(n) for n in range(20)])
            order: list[str] = []

            async def work(member: Subscription) -> None:
                while len(order) < 20:
                    try:
                        async with asyncio.timeout(0.5):
                            received = await member.receive()
                    except TimeoutError:
                        return
                    order.append(received.message.id)
                    await asyncio.sleep(0)
                    await received.done()

            await asyncio.gather(work(first), work(second))
            assert order == [f"{n}.0" for n in range(20)]

    async def test_what_must_come_again_comes_again_before_what_came_later(
        self, broker: Broker
    ) -> None:
        async with broker.subscribe("a") as subscription:
            await broker.publish([message(1), message(2)])
            (received,) = await taken(subscription, 1)
            await received.again()
            assert await numbers(subscription, 2) == ["1.0", "2.0"]

    async def test_what_a_dead_receiver_had_goes_to_another(self, broker: Broker) -> None:
        async with broker.subscribe("a") as other:
            async with broker.subscribe("a") as subscription:
                await broker.publish([message(1)])
                await taken(subscription, 1)
            assert await numbers(other, 1) == ["1.0"]

    async def test_what_is_done_does_not_come_again(self, broker: Broker) -> None:
        async with broker.subscribe("a") as subscription:
            await broker.publish([message(1)])
            (received,) = await taken(subscription, 1)
            await received.done()
            await received.done()
            await received.again()
            assert await is_quiet(subscription)

    async def test_what_is_sent_again_has_the_same_id(self, broker: Broker) -> None:
        async with broker.subscribe("a") as subscription:
            await broker.publish([message(1)])
            await broker.publish([message(1)])
            assert await numbers(subscription, 1) == ["1.0"]

    async def test_a_closed_one_takes_nothing(self, broker: Broker) -> None:
        async with broker.subscribe("a") as subscription:
            waiting = asyncio.ensure_future(subscription.receive())
            await asyncio.sleep(0.01)
            await broker.close()
            await broker.close()
            with pytest.raises(BrokerUnavailable):
                await waiting
        with pytest.raises(BrokerUnavailable, match="it is closed"):
            await broker.publish([message(1)])


class Shaky(MemoryBroker):
    """A broker that is gone at first."""

    failures = 2

    async def publish(self, messages: object) -> None:
        """Fails, or hands messages over."""
        if self.failures:
            self.failures -= 1
            raise BrokerUnavailable("the broker", "nobody answers")
        await super().publish(messages)  # type: ignore[arg-type]  # messages, as given


class TestPublishing:
    async def test_every_event_is_published_in_order_though_the_broker_was_gone(
        self, url: str
    ) -> None:
        broker = Shaky()
        async with (
            broker.subscribe("others") as subscription,
            open_backend("flights", url, broker=broker) as backend,
        ):
            await fill(backend)
            calls = backend.caller(ADA)
            for n in range(3):
                await calls.run(Operations.postpone, flight(1), HOUR, f"reason {n}")
            relay, database = Relay(backend, Patience(first=0.0)), backend.store.database
            while sum((await relay.deliveries.counts(database)).values()):
                await relay.deliver_all()
            received = await taken(subscription, 1)
            first = received[0].message
            await received[0].done()
            rest = await numbers(subscription, 2)
            assert (first.type_name, first.subject) == (
                "FlightPostponed",
                f"Flight {flight_id(1)}",
            )
            assert b'"reason 0"' in first.body
            assert len({first.id, *rest}) == 3

    async def test_a_broker_that_is_gone_for_good_leaves_dead_letters(self, url: str) -> None:
        async with open_backend("flights", url, broker=MemoryBroker()) as backend:
            await fill(backend)
            await backend.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        async with open_backend("flights", url) as backend:
            relay = Relay(backend, Patience(tries=1))
            await relay.deliver_all()
            (dead,) = await relay.deliveries.listed(backend.store.database, "dead")
            assert "there is no handler broker any more" in dead.error
