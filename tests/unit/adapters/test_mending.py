"""Mends change what they must, and not a character more."""

from __future__ import annotations

import logging
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.adapters.review.mending import mend
from triptych.domain.review import Mending
from triptych.services.review import RULES

CODES = [each.rule.code for each in RULES if each.rule.mending is not Mending.HAND]
HANDLER = "def f():\n    try:\n        g()\n    except {caught}:\n        {body}\n"
LIBRARY = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("[a-f]*.py"))


def everywhere(text: str, *codes: str) -> str:
    return mend(text, dict.fromkeys(range(1, text.count("\n") + 2), codes or CODES)).text


def handled(caught: str, body: str) -> str:
    return HANDLER.format(caught=caught, body=body)


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("ERR002", handled("OSError as e", "raise e"), handled("OSError as e", "raise")),
        ("ERR002", handled("A", "raise B('é')"), handled("A as error", "raise B('é') from error")),
        ("ERR002", handled("(A)", "raise B"), handled("(A) as error", "raise B from error")),
        ("ERR002", handled("(A, B)", "raise C"), handled("(A, B) as error", "raise C from error")),
        ("ERR002", handled("A as it", "raise B()"), handled("A as it", "raise B() from it")),
        ("LOG002", 'log.info(f"é {a}")\n', 'log.info("é %s", a)\n'),
        ("LOG002", 'log.info(f"100%")\n', 'log.info("100%")\n'),
        ("LOG002", 'log.info(f"{a}%", x=1)\n', 'log.info("%s%%", a, x=1)\n'),
        ("LOG002", "log.info(f'{a!r} {b!a} {c!s} \"')\n", "log.info('%r %a %s \"', a, b, c)\n"),
        ("LOG002", 'log.info(f"{a=}")\n', 'log.info("a=%r", a)\n'),
        ("LOG002", 'log.info("a" f"{(b := 1)}")\n', 'log.info("a%s", (b := 1))\n'),
        ("TYP001", "def f(a={1: 2}): pass\n", "def f(a={1: 2}) -> None: pass\n"),
        ("TYP001", "async def f[T: int](\n    a,\n):\n    ...\n", "async def f[T: int](\n    a,\n) -> None:\n    ...\n"),
        ("TYP001", "@a(b)\ndef é():\n    ...\n", "@a(b)\ndef é() -> None:\n    ...\n"),
        ("SEM003", "@dataclass\nclass A: ...\n", "@dataclass(frozen=True)\nclass A: ...\n"),
        ("SEM003", "@dataclasses.dataclass()\nclass A: ...\n", "@dataclasses.dataclass(frozen=True)\nclass A: ...\n"),
        ("SEM003", "@dataclass(\n    slots=True,\n)\nclass A: ...\n", "@dataclass(\n    slots=True, frozen=True,\n)\nclass A: ...\n"),
        ("KIN004", "requests.get(u, **k) or a.get(1)\nx = requests.get(u)\n", "requests.get(u, **k) or a.get(1)\nx = requests.get(u, timeout=30)\n"),
        ("SEC007", "hashlib.md5()\n", "hashlib.md5(usedforsecurity=False)\n"),
        ("SEM005", "def f(a=[]):\n    a.append(1)\n", "def f(a=None):\n    if a is None:\n        a = []\n    a.append(1)\n"),
        ("SEM005", 'def f(a: dict[str, int] = {"é": 1}, *, b: set = set()):\n\t"""Does."""\n\ta["x"] = 2\n\tb.add(1)\n', 'def f(a: dict[str, int] | None = None, *, b: set | None = None):\n\t"""Does."""\n\tif a is None:\n\t\ta = {"é": 1}\n\tif b is None:\n\t\tb = set()\n\ta["x"] = 2\n\tb.add(1)\n'),
        ("SEC006", "a = yaml.load(b)\n", "a = yaml.safe_load(b)\n"),
        ("ASY001", "import time\n\n\nasync def f():\n    time.sleep(1)\n", "import asyncio\nimport time\n\n\nasync def f():\n    await asyncio.sleep(1)\n"),
    ],
)  # fmt: skip
def test_it_is_mended(code: str, before: str, after: str) -> None:
    assert everywhere(before, code) == after
    assert everywhere(after, code) == after


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ERR002", handled("A as e", "e = B()\n        raise e")),
        ("ERR002", handled("A as e", "raise B() from None")),
        ("ERR002", handled("A", "error = 1\n        raise B()")),
        ("ERR002", handled("A", "try:\n            h()\n        except B:\n            raise C()")),
        ("ERR002", "try:\n    f()\nexcept A:\n    raise B()\n"),
        ("ERR002", "def f():\n    raise A()\n"),
        ("LOG002", 'log.info(f"{a:.2f}")\n'),
        ("LOG002", 'log.info(f"{a}", b)\n'),
        ("LOG002", 'log.info("a" \n f"{b}")\n'),
        ("LOG002", 'raise A(f"{b}")\n'),
        ("TYP001", "def f() -> int: ...\n"),
        ("SEM003", "@dataclass(frozen=False)\nclass A: ...\n\n\n@other\nclass B: ...\n"),
        ("SEM003", "@dataclass(**options)\nclass A: ...\n"),
        ("KIN004", "requests.get(url for url in urls)\n"),
        ("KIN004", "requests.get((url))\n"),
        ("KIN004", "requests.get(url, timeout=1)\n"),
        ("SEM005", "def f(a=[]): a.append(1)\n"),
        ("SEM005", "def f(a=[]):\n    return len(a)\n"),
        ("SEM005", "def f(a: 'list' = []):\n    a.append(1)\n"),
        ("SEM005", "def f(a: list | None = []):\n    a.append(1)\n"),
        ("SEM005", "def f(a=[x for x in y]):\n    a.append(1)\n"),
        ("SEM005", "def f(a=[\n    1,\n]):\n    a.append(1)\n"),
        ("SEM005", "def f(a=[]):\n    @g\n    def h():\n        a.append(1)\n"),
        ("SEM005", "def f(a=[]):\n    '''Does.'''; a.append(1)\n"),
        ("SEM005", "def f(a=[]):\n    '''Does.'''\n"),
        ("SEC007", "hashlib.md5(a, usedforsecurity=True)\n"),
        ("ASY001", "import time\n\n\nasync def f():\n    x = time.sleep(1)\n    return lambda: time.sleep(1)\n"),
        ("ERR001", handled("Exception", "pass")),
        ("TYP001", "def f(:\n"),
        ("TYP001", "def f():\n    \x00\n"),
    ],
)  # fmt: skip
def test_it_is_left_alone(code: str, text: str) -> None:
    assert everywhere(text, code) == text


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.stem))
def test_a_second_time_there_is_nothing_to_do(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    once = everywhere(text)
    compile(once, str(path), "exec")
    assert everywhere(once) == once


@given(
    parts=st.lists(
        st.tuples(
            st.text(alphabet="a%é {}\"'\\\n", max_size=4),
            st.sampled_from(["", "!r", "!s", "!a"]),
            st.one_of(
                st.none(),
                st.integers(),
                st.text(max_size=3),
                st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
                st.tuples(st.integers(), st.integers()),
            ),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_the_log_says_what_it_said(parts: list[tuple[str, str, object]]) -> None:
    texts = [
        repr(said.replace("{", "{{").replace("}", "}}"))[1:-1].replace('"', '\\"')
        + f"{{v[{number}]{kind}}}"
        for number, (said, kind, _) in enumerate(parts)
    ]
    before = f'log.info(f"{"".join(texts)}")\n'
    after = everywhere(before, "LOG002")
    assert after != before
    values = [value for *_, value in parts]
    assert logged(after, values) == logged(before, values)


def logged(text: str, values: list[object]) -> str:
    said: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    log = logging.Logger("mended", logging.INFO)
    log.addHandler(Kept())
    exec(text, {"log": log, "v": values})
    return said[0]
