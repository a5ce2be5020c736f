"""API keys in the terminal: made, listed, rotated, revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.markup import escape
from rich.table import Table

from triptych.adapters.identity.keys import ApiKey, Secret
from triptych.cli.actions import confirm
from triptych.cli.calling import acting, caller
from triptych.cli.objects import conditions
from triptych.cli.options import As, Flag
from triptych.cli.screen import make_console
from triptych.domain.actor import Actor
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.services.identity import Identity

_MOST = 36_500
_WHATS = ("list", "make", "rotate", "revoke")
_MANY = Parameter(negative=())


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Terms:
    """Whom a key is for, and how long it is good.

    Attributes:
        role: A role of whom it is made for; any number.
        claim: What else is known of them, as `NAME=VALUE,VALUE`; any number.
        days: How long it is good; 0 for ever.
        grace_hours: How long the old one is still good after it was rotated.
        as_: Who acts, as `NAME:ROLE,ROLE`.
    """

    role: Annotated[tuple[str, ...], _MANY] = ()
    claim: Annotated[tuple[str, ...], _MANY] = ()
    days: int = 0
    grace_hours: int = 0
    as_: As = ""

    @property
    def by(self) -> Actor:
        """Who acts."""
        return caller(self.as_).actor

    @property
    def lasts(self) -> timedelta | None:
        """How long it is good; `None` for ever."""
        return _span("--days", self.days, timedelta(days=1)) or None

    @property
    def grace(self) -> timedelta:
        """How long the old one is still good."""
        return _span("--grace-hours", self.grace_hours, timedelta(hours=1))

    def actor(self, name: str) -> Actor:
        """Whom it is for."""
        claims = {key: tuple(value.split(",")) for key, value in conditions(self.claim)}
        return Actor(name, frozenset(self.role), claims)


_USUAL = Terms()


def keys(
    package: str,
    what: str = "list",
    name: str = "",
    *,
    terms: Terms = _USUAL,
    yes: Flag = False,
    json: Flag = False,
) -> None:
    """Show the API keys, make one, rotate or revoke it.

    Args:
        package: The package that has the `domain`.
        what: `list`, `make`, `rotate` or `revoke`.
        name: Whom to make one for; or the prefix of the one to rotate or revoke.
        terms: Whom it is for, and how long it is good.
        yes: Do not ask.
        json: Print JSON.
    """
    if what not in _WHATS:
        raise UnknownName("thing to do with keys", what, _WHATS)
    if what == "list":
        _show(acting(package, lambda backend: Identity(backend.store).list()), is_json=json)
    elif not name:
        wanted = "whom it is for" if what == "make" else "which, by its prefix"
        raise InvalidInput([Problem("name", "is missing", f"say {wanted}")])
    elif what == "revoke":
        if not yes:
            confirm(f"Revoke {name}; nothing brings it back")
        acting(package, lambda backend: Identity(backend.store).revoke(name, terms.by))
        print(f"{name} is revoked")
    elif what == "rotate":
        grace, by = terms.grace, terms.by
        _tell(acting(package, lambda b: Identity(b.store).rotate(name, grace, by)), json)
    else:
        actor, lasts, by = terms.actor(name), terms.lasts, terms.by
        _tell(acting(package, lambda b: Identity(b.store).make(actor, lasts, by)), json)


def _span(name: str, count: int, unit: timedelta) -> timedelta:
    if not 0 <= count <= _MOST:
        raise InvalidInput([Problem(name, f"{count} is not from 0 to {_MOST:,}", "say fewer")])
    return count * unit


def _tell(secret: Secret, is_json: bool) -> None:
    """Shows a new key, this one time."""
    if is_json:
        said = {"prefix": secret.prefix, "key": secret.text}
        print(msgspec.json.encode(said).decode())
        return
    print(secret.text)
    console = make_console(stderr=True)
    console.print("[dim]keep it: it is shown only now; send it as[/] Authorization: Bearer KEY")


def _show(found: list[ApiKey], *, is_json: bool) -> None:
    if is_json:
        shown = [
            {
                "prefix": each.prefix,
                "actor": each.actor.id,
                "roles": sorted(each.actor.roles),
                "claims": dict(each.actor.claims),
                "made": _moment(each.made),
                "expires": _moment(each.expires),
                "revoked": _moment(each.revoked),
                "used": _moment(each.used),
            }
            for each in found
        ]
        print(msgspec.json.encode(shown).decode())
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("prefix", no_wrap=True, min_width=12)
    for name in ("actor", "roles", "made", "expires", "used", ""):
        table.add_column(name)
    for each in found:
        state = "[red]revoked[/]" if each.revoked else ""
        moments = [_moment(at) or "-" for at in (each.made, each.expires, each.used)]
        roles = escape(",".join(sorted(each.actor.roles)))
        table.add_row(each.prefix, escape(each.actor.id), roles, *moments, state)
    make_console(is_wide=True).print(table if found else "[dim]no keys[/]")


def _moment(at: int) -> str | None:
    return f"{datetime.fromtimestamp(at / 1_000_000, UTC):%Y-%m-%d %H:%M}" if at else None
