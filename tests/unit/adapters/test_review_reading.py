"""What is kept between reviews is what was read; whatever is wrong with it, it is read anew."""

from __future__ import annotations

import os
import sysconfig
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from triptych.adapters.review.files import Source
from triptych.adapters.review.keeping import Cache, Slot, State
from triptych.adapters.review.reading import read_sources
from triptych.domain.review import (
    Axis,
    Cause,
    Earlier,
    Evidence,
    Finding,
    Found,
    Layer,
    LayerSummary,
    Module,
    Placement,
    Report,
    Score,
    Severity,
    Unread,
)

HERE = Path(__file__).parents[3] / "src" / "triptych"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path, tmp_path / "kept")


def sources() -> list[Source]:
    paths = sorted((HERE / "adapters" / "review").glob("*.py"))
    read = [Source(each.name, each.stem, each.read_bytes()) for each in paths]
    # Files with every kind of text, and some that cannot be read.
    odd = Path(sysconfig.get_path("stdlib"), "test")
    names = ("test_fstring.py", "test_unicode_identifiers.py", "test_typing.py")
    read += [Source(e.name, e.stem, e.read_bytes()) for name in names if (e := odd / name).exists()]
    return [*read, Source("broken.py", "broken", b"def ("), Source("odd.py", "odd", b"\xff\xfe")]


def known(cache: Cache, some: Sequence[Source] | None = None) -> list[Module | Unread]:
    keys = [each.digest for each in some or sources()]
    kept = cache.modules(keys)
    return [kept[key] for key in keys if key in kept]


def test_what_is_kept_is_all_that_was_read(cache: Cache) -> None:
    read = read_sources(sources(), cache)
    assert known(cache) == read
    assert {type(each) for each in read} == {Module, Unread}
    assert read_sources(sources(), cache) == read


def test_only_what_has_changed_is_read_again(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = sources()
    read_sources([first, *rest], cache)
    seen: list[str] = []

    def noted(path: str, name: str, content: bytes) -> Unread:
        seen.append(path)
        return Unread(path, "changed")

    monkeypatch.setattr("triptych.adapters.review.reading.read_module", noted)
    read_sources([replace(first, content=b"x = 1\n"), *rest], cache)
    assert seen == [first.path]


INNER = msgspec.msgpack.encode({"modules": {sources()[0].digest: 7}, "unread": {}})


@pytest.mark.parametrize("content", [b"", b"\x80", b"not at all", b"\xc1" * 99, INNER])
def test_what_cannot_be_read_is_read_anew(cache: Cache, content: bytes, tmp_path: Path) -> None:
    read = read_sources(sources(), cache)
    for file in (tmp_path / "kept").iterdir():
        file.write_bytes(content)
    assert known(cache) == []
    assert read_sources(sources(), cache) == read
    assert known(cache) == read


def test_few_are_kept_beside_the_others(cache: Cache, tmp_path: Path) -> None:
    first, second, *rest = sources()
    read_sources([first, second, *rest], cache)
    (facts,) = (tmp_path / "kept").glob("*.facts")
    before = facts.stat().st_mtime_ns
    for number in range(3):
        changed = [replace(first, content=b"x = %d\n" % number), second, *rest]
        assert read_sources(changed, cache) == known(cache, changed)
    assert facts.stat().st_mtime_ns == before
    many = [replace(each, content=b"x = 1\n") for each in (first, second, *rest)]
    assert read_sources(many, cache) == known(cache, many)
    assert facts.stat().st_mtime_ns > before


def test_a_name_that_no_encoding_can_say_is_not_kept(cache: Cache) -> None:
    strange = [
        Source("a\udcff.py", "a\udcff", b"import os\n"),
        Source("b\udcff.py", "b\udcff", b"def ("),
    ]
    read = read_sources([*strange, *sources()], cache)
    assert known(cache, [*strange, *sources()]) == read[2:]
    assert read_sources([*strange, *sources()], cache) == read


def test_what_nobody_has_written_for_long_is_forgotten(cache: Cache, tmp_path: Path) -> None:
    read_sources(sources(), cache)
    old, young = tmp_path / "kept/old.facts", tmp_path / "kept/young.facts"
    for each, days in ((old, 31), (young, 29)):
        each.write_bytes(b"")
        then = time.time() - days * 24 * 3600
        os.utime(each, (then, then))
    cache.keep_found(Slot.NOW, TestFound.state(), TestFound.FOUND)
    assert (old.exists(), young.exists()) == (False, True)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("in the way")
    assert read_sources(sources(), Cache(tmp_path, tmp_path / "kept"))


class TestFound:
    """What was found is known as long as nothing of what it was found in has changed."""

    FINDING = Finding(
        "LYR001", "shop/a.py", 3, "imports \0 \U0001f600", Severity.ERROR, "shop.a", "import b"
    )
    SCORE = Score(
        90,
        {Layer.SEMANTIC: 80},
        {Layer.SEMANTIC: {Axis.BOUNDARIES: 70}},
        (Cause(Layer.SEMANTIC, "LYR001", 2.5, 1),),
    )
    REPORT = Report(
        findings=[FINDING],
        score=SCORE,
        layers=[LayerSummary(Layer.SEMANTIC, 1, 9)],
        arrows={(Layer.SEMANTIC, Layer.KINETIC): (2, 1)},
        modules=1,
        lines=9,
        is_layered=False,
        foreign="django",
        suppressed=[(FINDING, "for a reason")],
        notes=["note"],
    )
    PLACEMENT = Placement(Layer.SEMANTIC, 0.5, (Evidence(Layer.KINETIC, 0.4, "path db/"),))
    FOUND = Found(
        REPORT,
        [FINDING],
        {"shop/a.py": PLACEMENT},
        {"shop.a": "shop/a.py"},
        {"documented": {"shop/a.py": (1, 2)}},
    )
    OTHER = Found(Report(findings=[], score=Score(100), layers=[], suppressed=[], notes=[]), [])

    @staticmethod
    def state(rules: str = "", **files: str) -> State:
        return State(files, rules, "")

    def test_it_is_known_of_the_state_it_was_found_in(self, cache: Cache) -> None:
        a, b = self.state(a="1"), self.state(a="2")
        assert cache.found(Slot.NOW, a) is None
        cache.keep_found(Slot.NOW, a, self.FOUND)
        assert cache.found(Slot.NOW, a) == self.FOUND
        assert cache.found(Slot.NOW, b) is None
        cache.keep_found(Slot.NOW, b, self.OTHER)
        assert (cache.found(Slot.NOW, a), cache.found(Slot.NOW, b)) == (None, self.OTHER)
        cache.keep_found(Slot.BEFORE, a, self.FOUND)
        assert (cache.found(Slot.BEFORE, a), cache.found(Slot.NOW, b)) == (self.FOUND, self.OTHER)

    def test_what_is_now_may_be_what_was_before(self, cache: Cache) -> None:
        a, b = self.state(a="1"), self.state(a="2")
        cache.keep_found(Slot.NOW, a, self.FOUND)
        assert cache.found(Slot.BEFORE, a) == self.FOUND
        cache.keep_found(Slot.NOW, b, self.OTHER)
        assert (cache.found(Slot.BEFORE, a), cache.found(Slot.NOW, b)) == (self.FOUND, self.OTHER)

    def test_the_nearest_is_what_was_found_earlier(self, cache: Cache) -> None:
        wanted = self.state("r", a="1", b="2", c="3")
        assert cache.earlier(wanted) is None
        cache.keep_found(Slot.NOW, self.state("r", a="1", b="0"), self.OTHER)
        cache.keep_found(Slot.BEFORE, self.state("r", a="1", b="2", d="4"), self.FOUND)
        assert cache.earlier(wanted) == Earlier(self.FOUND, {"a", "b"})
        assert cache.earlier(self.state("r", d="5")) is None
        assert cache.earlier(self.state("other", a="1")) is None

    @pytest.mark.parametrize("content", [b"", b"\x80", b"not at all", b"\xc1" * 99, b"found"])
    def test_what_cannot_be_read_is_not_known(
        self, cache: Cache, content: bytes, tmp_path: Path
    ) -> None:
        state = self.state(a="1")
        cache.keep_found(Slot.NOW, state, self.FOUND)
        (file,) = (tmp_path / "kept").iterdir()
        if content == b"found":
            content = msgspec.msgpack.encode({"state": state, "found": 7})
        file.write_bytes(content)
        assert cache.found(Slot.NOW, state) is None
        assert cache.earlier(state) is None

    def test_what_no_encoding_can_say_is_not_kept(self, cache: Cache) -> None:
        strange = replace(self.FOUND, findings=[replace(self.FINDING, path="a\udcff.py")])
        for state, found in ((self.state(), strange), (self.state(x="\udcff"), self.FOUND)):
            cache.keep_found(Slot.NOW, state, found)
            assert cache.found(Slot.NOW, state) is None
