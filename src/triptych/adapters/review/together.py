"""Reading modules in several processes at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from msgspec.msgpack import Decoder, encode

from triptych.adapters.review.files import Source, read_module
from triptych.domain.review import Module, Unread
from triptych.infrastructure.processes import ProcessPool

_MODULE = Decoder(Module)
_TOGETHER = 40


def read_together(sources: Sequence[Source], workers: int) -> list[Module | Unread]:
    """Reads what is known of modules; in their order.

    Args:
        sources: The files.
        workers: How many processes read.
    """
    groups = [sources[at : at + _TOGETHER] for at in range(0, len(sources), _TOGETHER)]
    with ProcessPool(workers, "forkserver") as pool:
        return [_unpacked(each) for group in pool.map(_read_packed, groups) for each in group]


def _read_packed(sources: Sequence[Source]) -> list[bytes | Module | Unread]:
    """Reads modules in another process, and packs them: in a third of the time of pickling."""
    return [_packed(read_module(each.path, each.name, each.content)) for each in sources]


def _packed(read: Module | Unread) -> bytes | Module | Unread:
    """Packs what is known of a module, but for what no encoding can say."""
    if isinstance(read, Module):
        with suppress(UnicodeEncodeError):
            return encode(read)
    return read


def _unpacked(packed: bytes | Module | Unread) -> Module | Unread:
    return _MODULE.decode(packed) if isinstance(packed, bytes) else packed
