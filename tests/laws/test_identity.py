"""Keys: whoever shows one is who it was made for, on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.fixtures.desk import ADA
from triptych import Actor, Backend
from triptych.adapters.identity.keys import Secret, read_secret
from triptych.domain.errors import DatabaseUnavailable, InvalidInput, NotSignedIn, ObjectMissing
from triptych.services.identity import Identity

EVE = Actor("eve", frozenset({"dispatcher", "auditor"}), {"carriers": ("UA", "DL"), "desk": 7})
DAY = timedelta(days=1)


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 25, tzinfo=UTC)

    def now(self) -> datetime:
        """Returns the moment."""
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def identity(desk: Backend, clock: Clock) -> Identity:
    return Identity(desk.store, clock)


def shown(secret: Secret | str) -> dict[bytes, bytes]:
    """Makes the headers of a request that shows a key."""
    text = secret if isinstance(secret, str) else secret.text
    return {b"authorization": f"Bearer {text}".encode("latin-1")}


class TestKeys:
    async def test_a_key_is_who_it_was_made_for(self, identity: Identity) -> None:
        secret = await identity.make(EVE)
        assert await identity.actor_of(shown(secret)) == EVE
        assert await identity.actor_of({}) is None

    async def test_nothing_that_is_kept_is_the_key(self, desk: Backend, identity: Identity) -> None:
        secret = await identity.make(EVE)
        (row,) = await desk.store.database.fetch("SELECT * FROM triptych_api_keys")
        said = " ".join(map(str, row))
        assert secret.prefix in said
        assert secret.text.rpartition("_")[2] not in said
        assert secret.text not in repr(secret)

    async def test_a_key_of_others_is_nobodys(self, identity: Identity) -> None:
        one, other = await identity.make(EVE), await identity.make(ADA)
        mixed = f"tk_{one.prefix}_{other.text.rpartition('_')[2]}"
        for wrong in (mixed, Secret.draw().text, "tk_", "", one.text + "0", one.text[:-1]):
            with pytest.raises(NotSignedIn):
                await identity.actor_of(shown(wrong))

    @pytest.mark.parametrize(
        "header",
        [
            b"Basic YWRhOmFkYQ==",
            b"Bearer",
            b"",
            b"bearer \xff\xfe",
            b"Bearer ' OR 1=1 --",
            b"Bearer tk_00000000000\xb9_" + b"0" * 64,
        ],
    )
    async def test_what_is_no_key_is_nobodys(self, identity: Identity, header: bytes) -> None:
        with pytest.raises(NotSignedIn):
            await identity.actor_of({b"authorization": header})

    async def test_the_scheme_is_read_in_any_case(self, identity: Identity) -> None:
        secret = await identity.make(EVE)
        headers = {b"authorization": f"bEARER  {secret.text}".encode()}
        assert await identity.actor_of(headers) == EVE

    async def test_a_key_is_over_when_it_is_over(self, identity: Identity, clock: Clock) -> None:
        secret = await identity.make(EVE, DAY)
        clock.moment += DAY - timedelta(microseconds=1)
        assert await identity.actor_of(shown(secret)) == EVE
        clock.moment += timedelta(microseconds=1)
        with pytest.raises(NotSignedIn):
            await identity.actor_of(shown(secret))
        with pytest.raises(ObjectMissing):
            await identity.rotate(secret.prefix)

    async def test_what_was_revoked_is_not_good_a_moment_longer(
        self, desk: Backend, identity: Identity
    ) -> None:
        secret = await identity.make(EVE)
        elsewhere = Identity(desk.store)
        assert await elsewhere.actor_of(shown(secret)) == EVE
        await identity.revoke(secret.prefix)
        for each in (identity, elsewhere):
            with pytest.raises(NotSignedIn):
                await each.actor_of(shown(secret))
        with pytest.raises(ObjectMissing):
            await identity.revoke(secret.prefix)
        with pytest.raises(ObjectMissing):
            await identity.rotate(secret.prefix)

    async def test_a_rotated_key_is_good_for_its_grace(
        self, identity: Identity, clock: Clock
    ) -> None:
        old = await identity.make(EVE, 10 * DAY)
        new = await identity.rotate(old.prefix, DAY)
        assert await identity.actor_of(shown(old)) == await identity.actor_of(shown(new)) == EVE
        clock.moment += DAY
        with pytest.raises(NotSignedIn):
            await identity.actor_of(shown(old))
        assert await identity.actor_of(shown(new)) == EVE
        clock.moment += 9 * DAY
        with pytest.raises(NotSignedIn):
            await identity.actor_of(shown(new))

    async def test_a_key_without_end_is_rotated_to_one_without(
        self, identity: Identity, clock: Clock
    ) -> None:
        old = await identity.make(EVE)
        new = await identity.rotate(old.prefix)
        with pytest.raises(NotSignedIn):
            await identity.actor_of(shown(old))
        clock.moment += 10_000 * DAY
        assert await identity.actor_of(shown(new)) == EVE

    async def test_its_last_use_is_known_within_a_minute(
        self, identity: Identity, clock: Clock
    ) -> None:
        secret = await identity.make(EVE)
        uses = []
        for seconds in (0, 30, 31):
            clock.moment += timedelta(seconds=seconds)
            await identity.actor_of(shown(secret))
            (key,) = await identity.list()
            uses.append(datetime.fromtimestamp(key.used / 1e6, UTC))
        start = datetime(2026, 11, 25, tzinfo=UTC)
        assert uses == [start, start, start + timedelta(seconds=61)]

    async def test_who_reads_may_do_so_while_nothing_can_be_written(
        self, identity: Identity, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        secret = await identity.make(EVE)

        async def full(*_: object) -> None:
            raise DatabaseUnavailable("it", "is full")

        monkeypatch.setattr(identity._keys, "note_use", full)
        assert await identity.actor_of(shown(secret)) == EVE

    async def test_what_becomes_of_keys_is_in_the_ledger(
        self, desk: Backend, identity: Identity
    ) -> None:
        old = await identity.make(EVE, by=ADA)
        new = await identity.rotate(old.prefix, by=ADA)
        await identity.revoke(new.prefix, by=ADA)
        entries = await desk.store.ledger.latest(desk.store.database, 3, actor="ada")
        assert [each.action for each in entries] == ["keys.revoke", "keys.rotate", "keys.make"]
        assert entries[2].parameters == {
            "prefix": old.prefix,
            "actor": "eve",
            "roles": ["auditor", "dispatcher"],
            "claims": ["carriers", "desk"],
        }
        assert not any(secret.text in str(entries) for secret in (old, new))

    async def test_nobody_gets_a_name_of_ours(self, identity: Identity) -> None:
        for role in ("system", "handler"):
            with pytest.raises(InvalidInput, match="what the application itself is"):
                await identity.make(Actor("eve", frozenset({role})))
        for name in ("system", "anonymous", "handler:Notices.tell", " "):
            with pytest.raises(InvalidInput, match="choose another name"):
                await identity.make(Actor(name))
        with pytest.raises(InvalidInput, match="over at once"):
            await identity.make(EVE, timedelta(0))

    async def test_keys_are_listed_the_latest_first(self, identity: Identity, clock: Clock) -> None:
        first = await identity.make(EVE)
        clock.moment += DAY
        second = await identity.make(ADA)
        assert [each.prefix for each in await identity.list()] == [second.prefix, first.prefix]


def test_a_key_is_read_as_it_is_shown() -> None:
    secret = Secret.draw()
    assert read_secret(secret.text) == secret
    assert read_secret(secret.text.upper()) is None
