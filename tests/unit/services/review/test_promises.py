"""Promises between parts: what the rules about them find, and what they leave alone."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.unit.services.review.test_rules import FRAME, found
from triptych.adapters.review.docstrings import read_docstring
from triptych.adapters.review.examples import failures
from triptych.domain.review import Covered, Measured, Mistake

SERVICE, ADAPTER = "src/shop/services/billing.py", "src/shop/adapters/orders.py"
DOMAIN, ROUTE = "src/shop/domain/orders.py", "src/shop/api/orders.py"
ROW = "class Row:\n    def __init__(self) -> None: ...\n"


def told(files: dict[str, str], code: str) -> list[str]:
    """Returns what a rule says of a project."""
    texts = {path: textwrap.dedent(text).lstrip("\n") for path, text in files.items()}
    frame = FRAME | {"src/shop/adapters/__init__.py": ROW}
    return [each.found for each in found(frame | texts) if each.code == code]


class TestMissing:
    @pytest.mark.parametrize(
        "text",
        [
            "import re\n\ndef f(a: str) -> str:\n    return re.match('a', a).group()\n",
            "import re\n\ndef f(a: str) -> str:\n    return re.search('(a)', a)[1]\n",
            "async def f(session, q):\n    return (await session.execute(q)).scalar_one_or_none().name\n",
            "def find(a: int) -> 'int | None': ...\n\ndef f() -> int:\n    return find(1).real\n",
            "from typing import Optional\n\ndef find(a: int) -> Optional[int]: ...\n\ndef f() -> int:\n    return find(1).real\n",
        ],
    )
    def test_what_may_be_missing_is_not_read_at_once(self, text: str) -> None:
        assert told({SERVICE: text}, "ERR006")

    @pytest.mark.parametrize(
        "text",
        [
            "import re\n\ndef f(a: str) -> object:\n    return re.compile('a').match(a)\n",
            "def find(a: int) -> int: ...\n\ndef f() -> int:\n    return find(1).real\n",
            "def f(cache, key):\n    return cache.get(key).name\n",
            "def f(rows):\n    return rows.first().name\n",
        ],
    )
    def test_what_nobody_says_may_be_missing_is_left_alone(self, text: str) -> None:
        assert not told({SERVICE: text}, "ERR006")


ERRORS = """
    class ShopError(Exception): ...

    class Gone(ShopError): ...

    class Closed(ShopError): ...
    """
RAISING = """
    from shop.domain.errors import Closed, Gone

    def pay(amount: int) -> None:
        if amount:
            raise Gone
        raise Closed
    """


def answering(*names: str) -> str:
    lines = [f"from shop.domain.errors import {', '.join(names)}", "def configure(app):"]
    return "\n".join([*lines, *(f"    app.add_exception_handler({name}, print)" for name in names)])


class TestAnswers:
    def test_an_error_that_is_answered_nowhere_is_told_where_it_stands(self) -> None:
        files = {"src/shop/domain/errors.py": ERRORS, SERVICE: RAISING, ROUTE: answering("Gone")}
        assert told(files, "ERR008") == [
            "Closed, raised in shop.services.billing on line 6, is answered nowhere"
        ]

    def test_its_family_may_be_answered_or_it_may_be_caught(self) -> None:
        files = {"src/shop/domain/errors.py": ERRORS, SERVICE: RAISING}
        assert not told({**files, ROUTE: answering("ShopError")}, "ERR008")
        caught = "from shop.domain.errors import Closed\n\ntry:\n    print()\nexcept Closed:\n    print()\n"
        assert not told({**files, ROUTE: answering("Gone"), ADAPTER: caught}, "ERR008")

    def test_whoever_takes_any_error_answers_none_by_that(self) -> None:
        files = {"src/shop/domain/errors.py": ERRORS, SERVICE: RAISING, ROUTE: answering("Gone")}
        broad = "\n\ntry:\n    print()\nexcept Exception:\n    print()\n"
        assert told({**files, ADAPTER: broad}, "ERR008")
        within = {**files, SERVICE: textwrap.dedent(RAISING) + broad}
        assert not told(within, "ERR008")

    def test_where_errors_have_no_answers_nothing_is_missed(self) -> None:
        assert not told({"src/shop/domain/errors.py": ERRORS, SERVICE: RAISING}, "ERR008")

    def test_errors_of_others_are_theirs(self) -> None:
        raising = "def pay(amount: int) -> None:\n    raise ValueError(amount)\n"
        files = {"src/shop/domain/errors.py": ERRORS, SERVICE: raising, ROUTE: answering("Gone")}
        assert not told(files, "ERR008")

    def test_a_circle_of_bases_has_an_end(self) -> None:
        errors = "class A(B): ...\n\n\nclass B(A): ...\n\n\nclass Gone(Exception): ...\n"
        raising = "from shop.domain.errors import A\n\n\ndef pay() -> None:\n    raise A\n"
        files = {"src/shop/domain/errors.py": errors, SERVICE: raising, ROUTE: answering("Gone")}
        assert len(told(files, "ERR008")) == 1


ASKING = """
    class EmailTaken(Exception): ...

    def register(customers, email: str) -> None:
        if customers.has(email):
            raise EmailTaken(email)
        customers.{verb}(email)
    """


class TestAsking:
    @pytest.mark.parametrize("verb", ["add", "create_customer", "save"])
    def test_asking_before_adding_is_told_once(self, verb: str) -> None:
        assert told({SERVICE: ASKING.format(verb=verb)}, "DYN005") == [
            "asks whether `customers.has(email)`, and adds on line 6"
        ]

    def test_where_nothing_is_added_nothing_is_told(self) -> None:
        assert not told({SERVICE: ASKING.format(verb="greet")}, "DYN005")

    @pytest.mark.parametrize("path", [ADAPTER, SERVICE])
    def test_where_the_database_refuses_it_is_enough(self, path: str) -> None:
        caught = "\n\ndef g(s):\n    try:\n        s.run()\n    except IntegrityError:\n        return 1\n"
        files = {SERVICE: ASKING.format(verb="add"), ADAPTER: ""}
        files[path] = textwrap.dedent(files[path]) + caught
        assert not told(files, "DYN005")

    def test_where_its_error_is_answered_it_is_enough(self) -> None:
        answer = "from sqlalchemy.exc import IntegrityError\n\n\ndef f(app):\n    app.add_exception_handler(IntegrityError, print)\n"
        assert not told({SERVICE: ASKING.format(verb="add"), ROUTE: answer}, "DYN005")

    def test_files_are_another_matter(self) -> None:
        text = "import os\n\n\ndef f(a, b):\n    if os.path.exists(a):\n        raise FileExistsError\n    b.add(a)\n"
        assert not told({SERVICE: text}, "DYN005")


ORDER = """
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Order:
        id: int
        total: int
        note: str = ""
    """
MAPPERS = """
    from dataclasses import dataclass

    from shop.domain.orders import Order

    @dataclass
    class OrderRow:
        id: int
        cents: int
        note: str

    def to_row(order: Order) -> OrderRow:
        return OrderRow({there})

    def to_order(row: OrderRow) -> Order:
        return Order({back})
    """


class TestMappers:
    @pytest.mark.parametrize(
        ("there", "back", "lost"),
        [
            (
                "id=order.id, cents=order.total, note=order.note",
                "id=row.id, total=row.cents",
                "not read back",
            ),
            (
                "id=order.id, cents=order.total",
                "id=row.id, total=row.cents, note=row.note",
                "not written",
            ),
            ("id=order.id, cents=order.total", "id=row.id, total=row.cents", "not read back"),
        ],
    )
    def test_a_field_that_one_way_forgets_is_told(self, there: str, back: str, lost: str) -> None:
        mappers = MAPPERS.format(there=there, back=back)
        assert told({DOMAIN: ORDER, ADAPTER: mappers}, "KIN003") == [f"note of Order is {lost}"]

    @pytest.mark.parametrize(
        ("there", "back"),
        [
            (
                "id=order.id, cents=order.total, note=order.note",
                "id=row.id, total=row.cents, note=row.note",
            ),
            ("**vars(order)", "id=row.id, total=row.cents"),
            ("order.id, cents=order.total, note=order.note", "id=row.id, total=row.cents"),
            ("id=order.id, cents=order.total, note=order.note", "**vars(row)"),
        ],
    )
    def test_what_is_kept_or_not_said_by_name_is_left_alone(self, there: str, back: str) -> None:
        mappers = MAPPERS.format(there=there, back=back)
        assert not told({DOMAIN: ORDER, ADAPTER: mappers}, "KIN003")

    def test_one_way_alone_is_no_round_trip(self) -> None:
        one = MAPPERS.partition("    def to_order")[0]
        assert not told({DOMAIN: ORDER, ADAPTER: one.format(there="id=order.id")}, "KIN003")


class TestTold:
    @pytest.mark.parametrize(
        "section",
        [
            "Raises:\n        Gone: It is.",
            "Raises:\n        shop.domain.errors.Gone: It is.",
            "Raises:\n        ShopError: It is one of ours.",
            "Raises\n    ------\n    Gone\n        It is.",
            ":raises Gone: It is.",
            ":raise ValueError, Gone: It is.",
        ],
    )
    def test_an_error_may_be_told_in_any_style_and_by_its_family(self, section: str) -> None:
        text = (
            "from shop.domain.errors import Gone\n\n\ndef pay(amount: int) -> None:\n"
            f'    """Pays.\n\n    Args:\n        amount: In cents.\n\n    {section}\n    """\n    raise Gone\n'
        )
        assert not told({"src/shop/domain/errors.py": ERRORS, SERVICE: text}, "DOC003")
        silent = text.replace(section, "More.")
        assert told({"src/shop/domain/errors.py": ERRORS, SERVICE: silent}, "DOC003") == [
            "pay raises Gone, which is not told"
        ]

    @pytest.mark.parametrize(
        "text",
        [
            'def f(a):\n    """Does."""\n    raise KeyError\n',
            "def f(a):\n    raise KeyError\n",
            'def _f(a):\n    """Does.\n\n    Args:\n        a: It.\n    """\n    raise KeyError\n',
            'def f(a):\n    """Does.\n\n    Args:\n        a: It.\n    """\n    raise NotImplementedError\n',
            'def f(error):\n    """Does.\n\n    Args:\n        error: It.\n    """\n    raise error\n',
            'def f(a):\n    def g(b):\n        """Does.\n\n        Args:\n            b: It.\n        """\n        raise KeyError\n    return g\n',
        ],
    )
    def test_short_docstrings_and_plain_errors_are_left_alone(self, text: str) -> None:
        assert not told({SERVICE: text}, "DOC003")

    def test_errors_end_where_their_section_does(self) -> None:
        read = read_docstring(
            "Does.\n\nRaises:\n    A: One.\n        More.\n    b.B: Two.\n\nReturns:\n    C: It.\n"
        )
        assert read.raises == ("A", "b.B")


class TestExamples:
    def test_examples_that_fail_are_told_with_what_came(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good = 'def f():\n    """Does.\n\n    >>> 1 + 1\n    2\n    >>> "a" * 9\n    \'aa...\'\n    """\n'
        (tmp_path / "shown_well.py").write_text(good)
        (tmp_path / "shown_badly.py").write_text(good.replace("    2\n", "    3\n"))
        (tmp_path / "broken_by_itself.py").write_text("raise SystemError('no')\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        names = ["shown_well", "shown_badly", "broken_by_itself"]
        assert list(failures(names)) == [
            ("shown_badly", 4, "1 + 1, gives 2, and not 3"),
            ("broken_by_itself", 1, "cannot be imported: SystemError: no"),
        ]

    def test_of_a_change_only_its_files_are_asked_about(self) -> None:
        said = tuple(Mistake(path, 1, "example", "no") for path in ("a.py", "b.py"))
        measured = Measured(examples=said, coverage={"a.py": Covered()})
        assert measured.within({"a.py": frozenset({9})}).examples == said[:1]

    def test_files_that_are_not_reviewed_are_not_told(self) -> None:
        measured = Measured(examples=(Mistake("elsewhere.py", 1, "example", "no"),))
        assert not [each for each in found(FRAME, measured=measured) if each.code == "DOC006"]
