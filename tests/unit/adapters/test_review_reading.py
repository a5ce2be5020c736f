"""What is kept between reviews is what was read; whatever is wrong with it, it is read anew."""

from __future__ import annotations

import os
import sysconfig
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from triptych.adapters.review.files import Source
from triptych.adapters.review.keeping import Cache
from triptych.adapters.review.reading import read_sources
from triptych.domain.review import (
    Axis,
    Cause,
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


def test_what_is_kept_is_all_that_was_read(cache: Cache) -> None:
    read = read_sources(sources(), cache)
    kept = cache.modules()
    assert list(kept.values()) == read
    assert {type(each) for each in kept.values()} == {Module, Unread}
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


INNER = msgspec.msgpack.encode({"modules": {"a": 7}, "unread": {}})


@pytest.mark.parametrize("content", [b"", b"\x80", b"not at all", b"\xc1" * 99, INNER])
def test_what_cannot_be_read_is_read_anew(cache: Cache, content: bytes, tmp_path: Path) -> None:
    read = read_sources(sources(), cache)
    (file,) = (tmp_path / "kept").iterdir()
    file.write_bytes(content)
    assert cache.modules() == {}
    assert read_sources(sources(), cache) == read
    assert list(cache.modules().values()) == read


def test_a_name_that_no_encoding_can_say_is_not_kept(cache: Cache) -> None:
    strange = [
        Source("a\udcff.py", "a\udcff", b"import os\n"),
        Source("b\udcff.py", "b\udcff", b"def ("),
    ]
    read = read_sources([*strange, *sources()], cache)
    assert list(cache.modules().values()) == read[2:]
    assert read_sources([*strange, *sources()], cache) == read


def test_what_nobody_has_written_for_long_is_forgotten(cache: Cache, tmp_path: Path) -> None:
    read_sources(sources(), cache)
    old, young = tmp_path / "kept/old.facts", tmp_path / "kept/young.facts"
    for each, days in ((old, 31), (young, 29)):
        each.write_bytes(b"")
        then = time.time() - days * 24 * 3600
        os.utime(each, (then, then))
    cache.keep_found("now", "a", TestFound.FOUND)
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
    FOUND = Found(REPORT, [FINDING], {"shop.a": PLACEMENT})
    OTHER = Found(Report(findings=[], score=Score(100), layers=[], suppressed=[], notes=[]), [])

    def test_it_is_known_of_the_state_it_was_found_in(self, cache: Cache) -> None:
        assert cache.found("now", "a") is None
        cache.keep_found("now", "a", self.FOUND)
        assert cache.found("now", "a") == self.FOUND
        assert cache.found("now", "b") is None
        cache.keep_found("now", "b", self.OTHER)
        assert (cache.found("now", "a"), cache.found("now", "b")) == (None, self.OTHER)
        cache.keep_found("before", "a", self.FOUND)
        assert (cache.found("before", "a"), cache.found("now", "b")) == (self.FOUND, self.OTHER)

    @pytest.mark.parametrize("content", [b"", b"\x80", b"not at all", b"\xc1" * 99])
    def test_what_cannot_be_read_is_not_known(
        self, cache: Cache, content: bytes, tmp_path: Path
    ) -> None:
        cache.keep_found("now", "a", self.FOUND)
        (file,) = (tmp_path / "kept").iterdir()
        file.write_bytes(content)
        assert cache.found("now", "a") is None

    def test_what_no_encoding_can_say_is_not_kept(self, cache: Cache) -> None:
        cache.keep_found(
            "now", "a", replace(self.FOUND, findings=[replace(self.FINDING, path="a\udcff.py")])
        )
        assert cache.found("now", "a") is None
