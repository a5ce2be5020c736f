"""Settings: one frozen object, from the environment and a file."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec

from triptych.domain.errors import InvalidSettings, Problem
from triptych.infrastructure.optional import needs

PREFIX = "TRIPTYCH_"
FILE = "triptych.toml"


def _setting(default: Any, about: str) -> Any:
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. An environment variable wins over the file.

    Each is set as `TRIPTYCH_NAME` in the environment, or as `name` in `triptych.toml`.

    Example:
        ```python
        from triptych.infrastructure.configuration import read_settings

        settings = read_settings({"TRIPTYCH_PORT": "9000"}, file=None)
        assert settings.port == 9000
        ```
    """

    database: str = _setting("", "The database; `sqlite:///var/PACKAGE.db` where nothing is said.")
    host: str = _setting("127.0.0.1", "The address to listen on.")
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = _setting(8000, "The port to listen on.")
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = _setting(
        1, "How many processes answer, behind one address."
    )
    environment: Literal["", "development", "production"] = _setting(
        "",
        "Where it runs; where nothing is said, `development` on a loopback host, else `production`.",
    )
    actor: str = _setting(
        "",
        "Who acts where nobody signs in, as `NAME:ROLE,ROLE,CLAIM=VALUE`; over HTTP from loopback "
        "and in development only.",
    )
    trusted_proxies: str = _setting(
        "", "Proxies whose `X-Forwarded-For` is believed: addresses or networks, between commas."
    )
    issuer: str = _setting(
        "",
        "The provider (OpenID Connect) whose tokens show who calls, such as `https://id.example`.",
    )
    audience: str = _setting("", "Whom tokens must be for; needed with `issuer`.")
    token_name: str = _setting("sub", "The claim of a token that names the actor.")
    token_roles: str = _setting(
        "roles", "The claim that lists their roles, dotted where it lies inside of others."
    )
    token_claims: str = _setting(
        "", "Other claims that are kept, between commas; `carriers=airline.codes` renames one."
    )
    clock_skew: Annotated[int, msgspec.Meta(ge=0, le=600)] = _setting(
        60, "Seconds by which the provider's clock may differ."
    )
    client_id: str = _setting(
        "",
        "What the provider calls this application; with it, browsers sign in at `/auth/sign-in`.",
    )
    client_secret: str = _setting(
        "",
        "What this application shows the provider: the text, `file:PATH` or `keyring:SERVICE/NAME`.",
    )
    base_url: str = _setting(
        "",
        "The address that browsers see, such as `https://flights.example`; needed with `client_id`.",
    )
    session_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = _setting(
        8, "Hours that a browser's session lasts, whatever is done in it."
    )
    rate_limit: str = _setting(
        "",
        "How often each actor may ask, such as `600/minute`; anonymous callers by their address.",
    )
    action_limit: str = _setting(
        "", "How often each actor may call each action, such as `60/minute`."
    )
    sign_in_limit: str = _setting(
        "10/minute", "How often an address may fail to show who it is before it must wait."
    )
    limits_storage: str = _setting(
        "memory", "Where it is counted: `memory` of each process, or `redis://HOST:PORT/DB`."
    )
    cors_origins: str = _setting(
        "",
        "Other origins whose pages may read answers, such as `https://app.example`, between commas.",
    )
    agents: Literal["off", "read", "write"] = _setting(
        "read",
        "What agents may do at `/mcp`, as far as whoever they act for may: nothing, read, or act.",
    )
    deadline: Annotated[float, msgspec.Meta(gt=0, le=600)] = _setting(
        10.0, "Seconds that an action may take in all."
    )
    key_hours: Annotated[int, msgspec.Meta(ge=1, le=8_760)] = _setting(
        24, "Hours for which idempotency keys and plans are kept."
    )
    keep_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = _setting(
        0, "Days for which it is kept what was, and what calls were given; 0 for ever."
    )
    relay: bool = _setting(
        True, "Whether `serve` delivers events, too; where it does not, let `relay` run beside it."
    )
    handler_seconds: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = _setting(
        30.0, "Seconds that a handler of events may take."
    )
    delivery_tries: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = _setting(
        8, "How often an event is brought to a handler before it is a dead letter."
    )
    statement_seconds: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = _setting(
        30.0, "Seconds that one statement may take; loads take as long as they need."
    )
    readers: Annotated[int, msgspec.Meta(ge=1, le=64)] = _setting(
        1, "How many threads read from SQLite."
    )
    connections: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = _setting(
        10, "The most connections to PostgreSQL."
    )
    largest_page: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = _setting(
        1_000, "The most objects of one page."
    )
    largest_body: Annotated[int, msgspec.Meta(ge=0)] = _setting(
        1_048_576, "The largest body of a request, in bytes."
    )
    largest_headers: Annotated[int, msgspec.Meta(ge=1_024)] = _setting(
        32_768, "The largest headers of a request together, in bytes."
    )
    largest_address: Annotated[int, msgspec.Meta(ge=256)] = _setting(
        16_384, "The longest address of a request, in bytes."
    )
    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        "info", "The least that is logged."
    )
    log_format: Literal["console", "json"] = _setting("console", "How logs are written.")
    telemetry: str = _setting(
        "", "Where traces and metrics are sent by OTLP over HTTP, such as `http://localhost:4318`."
    )

    @property
    def is_development(self) -> bool:
        """Whether what no policy is about is open to everybody."""
        if self.environment:
            return self.environment == "development"
        return self.host in ("localhost", "") or is_loopback(self.host)

    def origin(self, port: int | None = None) -> str:
        """Where whoever sits at this machine finds it: all addresses are no address to go to.

        Args:
            port: The one that it listens on, where the settings leave it open.

        Example:
            ```python
            from triptych.infrastructure.configuration import Settings

            assert Settings(host="0.0.0.0", port=80).origin() == "http://127.0.0.1:80"
            assert Settings(host="::").origin(8000) == "http://[::1]:8000"
            assert Settings(host="shop.example").origin(80) == "http://shop.example:80"
            ```
        """
        return f"http://{_visible(self.host)}:{self.port if port is None else port}"


def _visible(host: str) -> str:
    """Says how the host of an address is written that leads to where `host` listens."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host or "localhost"
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return host if address.version == 4 else f"[{host}]"


@lru_cache(maxsize=1_024)
def is_loopback(host: str) -> bool:
    """Tells whether an address is that of this machine.

    Example:
        ```python
        from triptych.infrastructure.configuration import is_loopback

        assert is_loopback("::1") and not is_loopback("192.0.2.1") and not is_loopback("x")
        ```
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def cache_folder() -> Path:
    """Returns the user's folder for what can be made anew: that of the system's standard.

    Example:
        ```python
        from triptych.infrastructure.configuration import cache_folder

        assert cache_folder().is_absolute()
        ```
    """
    said = os.environ.get("XDG_CACHE_HOME", "")
    return Path(said).absolute() if said else Path.home() / ".cache"


def read_settings(
    environment: Mapping[str, str] | None = None,
    file: Path | None = Path(FILE),
    options: Mapping[str, Any] | None = None,
) -> Settings:
    """Reads the settings.

    Args:
        environment: Where variables are looked up; the process's own where it is `None`.
        file: A TOML file, which need not be there; `None` for no file.
        options: What a command was given, which wins over both; a value of `None` is not given.

    Raises:
        InvalidSettings: Some are unknown or malformed; all of them are told.
    """
    environment = os.environ if environment is None else environment
    problems: list[Problem] = []
    said = {**_from_file(file, problems), **_from_environment(environment)}
    given = (options or {}).items()
    said |= {name: (f"--{name}", value) for name, value in given if value is not None}
    known = {each.name: each for each in dataclasses.fields(Settings)}
    hints = get_type_hints(Settings, include_extras=True)
    values = {}
    for name, (where, raw) in said.items():
        if name not in known:
            problems.append(
                Problem(where, "there is no such setting", f"there are {', '.join(known)}")
            )
            continue
        try:
            values[name] = msgspec.convert(raw, hints[name], strict=False)
        except msgspec.ValidationError as error:
            problems.append(Problem(where, f"{raw!r:.60}: {error}"))
    if problems:
        raise InvalidSettings(problems)
    return Settings(**values)


def _from_file(file: Path | None, problems: list[Problem]) -> dict[str, tuple[str, Any]]:
    if file is None or not file.exists():
        return {}
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(Problem(str(file), str(error)))
        return {}
    return {name: (f"{file}: {name}", value) for name, value in found.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[str, Any]]:
    return {
        name.removeprefix(PREFIX).lower(): (name, value)
        for name, value in environment.items()
        if name.startswith(PREFIX)
    }


def secret_of(name: str, said: str) -> str:
    """Returns a secret: as it is said, or from where it is said to be.

    Args:
        name: Of the setting.
        said: The text itself, `file:PATH`, or `keyring:SERVICE/NAME`.

    Raises:
        InvalidSettings: It cannot be read there; what was read is not told.

    Example:
        ```python
        from triptych.infrastructure.configuration import secret_of

        assert secret_of("client_secret", "s3cret") == "s3cret"
        ```
    """
    kind, _, where = said.partition(":")
    if kind == "file":
        try:
            return Path(where).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidSettings([Problem(name, f"{where}: {type(error).__name__}")]) from None
    if kind == "keyring":
        service, _, user = where.partition("/")
        keyring: Any = needs("keyring", "keyring", "to read a secret from the keyring")
        found = keyring.get_password(service, user)
        if found is None:
            raise InvalidSettings([Problem(name, f"the keyring has no {where}", "set it there")])
        return str(found)
    return said


def documented_settings() -> list[tuple[str, str, str]]:
    """Lists variable, default and meaning of every setting.

    Example:
        ```python
        from triptych.infrastructure.configuration import documented_settings

        assert ("TRIPTYCH_PORT", "8000", "The port to listen on.") in documented_settings()
        ```
    """
    return [
        (f"{PREFIX}{each.name.upper()}", str(each.default), each.metadata["about"])
        for each in dataclasses.fields(Settings)
    ]
