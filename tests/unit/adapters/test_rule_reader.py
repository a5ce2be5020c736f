"""Reading rules: what is said, what is refused, and where."""

from __future__ import annotations

from functools import partial

import pytest

from tests.fixtures.ledger.domain.rules import is_of_age, is_witnessed
from tests.fixtures.ledger.world import compiled
from triptych.adapters.expression.reader import RuleReader
from triptych.domain.errors import InvalidInput
from triptych.domain.expression import Understood
from triptych.domain.expression.nodes import All, Compare, Either
from triptych.domain.expression.spelling import spell
from triptych.services.expression import render
from triptych.services.ontology import read_ontology

READER = RuleReader(read_ontology("tests.fixtures.ledger"))
OTHERS = """
class Box:
    small = Side.DEBIT

import builtins
EMPTY = ()
LIMIT, NAIVE, MIXED, NESTED, THING = 7, datetime(2024, 1, 1), (1, "a"), ((1, 2),), object()
def early(spot): return spot.page < 2
def loop(entry): return loop(entry)
def ends(entry):
    if entry.is_open:
        return True
"""


def read(body: str, parameters: str = "") -> Understood:
    """Reads a rule of one line, or of the lines that are given."""
    lines = body if "\n" in body else f"return {body}"
    text = "".join(f"    {line}\n" for line in lines.splitlines())
    source = f"def drawn(entry: Entry{parameters}) -> bool:\n{text}"
    return READER.understand(compiled(source + OTHERS))


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("body", "sentence"),
        [
            ("entry.count > LIMIT", "count is more than 7"),
            ("not entry.count > 3", "count is at most 3"),
            ("1 < entry.count <= 3", "1 is less than count and count is at most 3"),
            ("entry.side is not Side.DEBIT", "side is not debit"),
            ("entry.side == Box.small", "side is debit"),
            ("entry.maybe_text is None", "there is no maybe text"),
            ("entry.maybe_text is not None", "there is a maybe text"),
            ("entry.maybe_text == entry.text", "maybe text is text"),
            ("entry.count in (1, 2, 3)", "count is 1, 2 or 3"),
            ("entry.count not in [1]", "count is not 1"),
            ("entry.count in (entry.spot.page, 2)", "count is 2 or count is spot's page"),
            ("entry.text in ('a', entry.maybe_text)", "text is 'a' or text is maybe text"),
            ("entry.text.startswith('a')", "text starts with 'a'"),
            ("not entry.text.endswith('a')", "text does not end with 'a'"),
            ("'a' not in entry.text.lower()", "text (lower) does not contain 'a'"),
            ("'a' in entry.tags", "'a' is one of tags"),
            ("len(entry.tags) == 2", "the length of tags is 2"),
            ("entry.is_open", "is open"),
            ("not entry.is_open", "not is open"),
            ("early(entry.spot)", "spot's page is less than 2"),
            ("entry.spot.is_early", "spot's page is less than 2"),
            ("entry.exceeds(2, by=3)", "count is more than 5"),
            ("entry.at.year == 2024", "the year of at is 2024"),
            ("entry.span.total_seconds() > 1", "the total seconds of span is more than 1.0"),
            ("-entry.count < 3", "0 - count is less than 3"),
            ("entry.count * 2 + 1 > 3", "count * 2 + 1 is more than 3"),
            ("(1 if entry.is_open else 2) == 1", "(1 or 2, as is open) is 1"),
            (
                "(entry.count < 1) == entry.is_open",
                "whether count is less than 1 is is open",
            ),
            (
                "entry.count > 1 if entry.is_open else entry.count > 2",
                "count is more than 1 where is open, else count is more than 2",
            ),
            (
                "entry.is_open and (entry.count > 1 or entry.rate > 1)",
                "is open and (count is more than 1 or rate is more than 1.0)",
            ),
            (
                "any(each.startswith('a') for each in entry.tags)",
                "of tags, one is such that each starts with 'a'",
            ),
            (
                "all(each > 1 for each in entry.sizes)",
                "of sizes, none is such that each is at most 1",
            ),
            ("if entry.is_open:\n    return True\nreturn entry.count > 1", "is open or count is more than 1"),
            ("if entry.is_open:\n    return False\nreturn entry.count > 1", "not is open and count is more than 1"),
            ("if entry.is_open:\n    return entry.count > 1\nreturn True", "not is open or count is more than 1"),
            ("if entry.is_open:\n    return entry.count > 1\nelse:\n    return False", "is open and count is more than 1"),
            ("'doc'\nfar: bool = entry.count > 1\nnear = entry.is_open\nreturn far and near", "count is more than 1 and is open"),
            ("True", "True"),
            ("entry.is_open and True", "is open"),
            ("entry.is_open or True", "True"),
            ("entry.is_open and False", "False"),
            ("False or False", "False"),
            ("not True", "False"),
            ("entry.count in ()", "False"),
            ("entry.count in EMPTY", "False"),
            ("True and True", "True"),
            ("builtins.len(entry.tags) > 1", "the length of tags is more than 1"),
            ("entry.count is None or entry.is_open", "is open"),
            ("timedelta(hours=1) * 2 < entry.span", "2:00:00 is less than span"),
            ("AccountId('x') == entry.account", "'x' is account"),
            ("entry.mood in (Mood.GOOD, None)", "mood is good or there is no mood"),
            ("3 * 4 == entry.count", "12 is count"),
            ("-LIMIT == entry.count", "-7 is count"),
        ],
    )  # fmt: skip
    def test_source_becomes_a_sentence(self, body: str, sentence: str) -> None:
        assert render(read(body).expression) == sentence

    @pytest.mark.parametrize(
        ("body", "parameters", "sentence"),
        [
            ("account.age > least", ", account: Account, least: int", "account's age is more than least"),
            ("other is None", ", other: Account | None", "there is no other"),
            ("len(witnesses) > 1", ", witnesses: tuple[Account, ...]", "the number of witnesses is more than 1"),
            (
                "any(each.age > 1 for each in witnesses if each.nick is not None)",
                ", witnesses: tuple[Account, ...]",
                "of witnesses, one is such that there is a each's nick and each's age is more than 1",
            ),
            ("actor.is_clerk", ", actor: Actor", "actor's is clerk"),
            ("actor.may('see')", ", actor: Actor", "actor.may('see')"),
            ("entry.count in actor.ages()", ", actor: Actor", "count is one of actor's ages"),
            ("actor.boss.name == entry.text", ", actor: Actor", "actor's boss's name is text"),
            ("entry.count in some", ", some: list[int]", "count is one of some"),
        ],
    )  # fmt: skip
    def test_parameters_are_links_and_arguments(
        self, body: str, parameters: str, sentence: str
    ) -> None:
        assert render(read(body, parameters).expression) == sentence

    def test_rules_inside_of_rules_and_places(self) -> None:
        found = read("is_witnessed(entry) and is_of_age(entry, account, 3)", ", account: Account")
        assert isinstance(found.expression, All)
        places = [each.place for each in found.expression.clauses]
        assert [str(each) for each in places if each] == [
            "tests/fixtures/ledger/domain/rules.py:12:12",
            "tests/fixtures/ledger/domain/rules.py:17:12",
        ]
        assert places[1] is not None
        assert places[1].text == "account.age >= least"

    def test_what_is_not_missing_is_known_after_it_was_asked(self) -> None:
        assert isinstance(
            read("entry.maybe_count is None or entry.maybe_count > 1").expression, Either
        )
        assert isinstance(
            read("not entry.maybe_count is None and 1 < entry.maybe_count").expression, All
        )
        found = read(
            "if entry.maybe_count is None:\n    return False\nreturn entry.maybe_count > 1"
        )
        assert isinstance(found.expression, All)

    def test_a_rule_is_read_once(self) -> None:
        assert READER.understand(is_witnessed) is READER.understand(is_witnessed)
        assert READER.understand(is_of_age).description == "The account has been there for a while."

    def test_equal_shapes_are_spelt_the_same_wherever_they_stand(self) -> None:
        one, other = read("entry.count > 1"), read("entry.count   > 1")
        assert spell(one.expression) == spell(other.expression)
        assert one.expression == other.expression
        assert isinstance(one.expression, Compare)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("body", "found"),
        [
            ("entry.maybe_count > 1", "entry.maybe_count may be None"),
            ("1 + entry.maybe_count > 1", "entry.maybe_count may be None"),
            ("entry.maybe_text.startswith('a')", "entry.maybe_text may be None"),
            ("entry.maybe_spot.page > 1", "entry.maybe_spot may be None"),
            ("entry.count", "entry.count is no condition"),
            ("entry", "entry is no condition"),
            ("entry.count and entry.is_open", "entry.count is no condition"),
            ("entry.count == 'a'", "is an int"),
            ("entry.account == entry.id", "is an AccountId"),
            ("entry.side == 'debit'", "is a Side"),
            ("entry.side < Side.DEBIT", "entry.side has no order"),
            ("entry.is_open < True", "entry.is_open has no order"),
            ("entry.rate == entry.amount", "mixes float and Decimal"),
            ("entry.rate > 9007199254740993", "is no exact float"),
            ("entry.spot == entry.spot", "is not one plain value"),
            ("entry.tags == entry.tags", "is not one plain value"),
            ("entry.spot in entry.tags", "is a Spot"),
            ("entry.spot in entry.marks", "holds value objects"),
            ("entry.rate in entry.rates", "entry.rates holds a tuple[float]"),
            ("any(each > 1 for each in entry.rates)", "entry.rates holds a tuple[float]"),
            ("any(each.page > 1 for each in entry.marks)", "asked one by one"),
            ("any(each == 'a' for each in entry.remarks)", "there may be none"),
            ("'a' in entry.remarks", "entry.remarks may be None"),
            ("entry == entry", "objects are not compared"),
            ("entry.nothing == 1", "Entry has no nothing"),
            ("entry.text.title() == 'A'", "title() cannot be asked"),
            ("entry.count.bit_length() == 1", "bit_length() cannot be asked"),
            ("entry.count.lower() == 'a'", "is an int, not a text"),
            ("entry.side.lower() == 'a'", "not a text"),
            ("entry.count.year == 1", "has no year"),
            ("entry.day.hour == 1", "has no hour"),
            ("entry.amount / 2 > 1", "entry.amount / 2"),
            ("entry.count ** 2 > 1", "is no sum"),
            ("~entry.count > 1", "is no sum"),
            ("-entry.text == 'a'", "NoneType"),
            ("1 / 0 > entry.count", "division by zero"),
            ("print(entry)", "print() cannot be asked"),
            ("sorted(entry.tags) == 1", "sorted() cannot be asked"),
            ("nowhere", "there is no nowhere"),
            ("value_objects.nothing", "there is no value_objects"),
            ("Side.NOTHING == entry.side", "Side has no NOTHING"),
            ("entry.count == NAIVE", "naive datetime"),
            ("entry.count == THING", "is a object"),
            ("entry.count in MIXED", "of several types"),
            ("entry.count in NESTED", "several themselves"),
            ("entry.count in (1, 'a')", "of several types"),
            ("[entry.count] == 1", "more than constants"),
            ("entry.count == None + 1", "None is no value"),
            ("f'{entry.count}' == 'a'", "is nothing that a rule may say"),
            ("(lambda: True)()", "is nothing that a rule may say"),
            ("entry.sizes[0] == 1", "is nothing that a rule may say"),
            ("entry()", "a value is not called"),
            ("entry.is_open()", "is_open() cannot be asked"),
            ("any([entry.is_open])", "any() and all() take one loop"),
            ("any(True for a in entry.sizes for b in entry.sizes)", "take one loop"),
            ("any(each > 1 for each in (1, 2))", "asked one by one"),
            ("len(entry) > 1", "one object has no length"),
            ("len(entry.count) > 1", "is an int, not a text"),
            ("len() > 1", "len() takes one thing"),
            ("entry.exceeds() > 1", "missing a required argument"),
            ("timedelta(hours=entry.count) < entry.span", "it is no constant"),
            ("timedelta(hours='a') < entry.span", "unsupported type"),
            ("loop(entry)", "too deep, or in a circle"),
            ("ends(entry)", "may end without an answer"),
            ("(entry.count if entry.is_open else entry.maybe_count) == 1", "may give nothing"),
            ("(entry.count if entry.is_open else 'a') == 1", "is an int"),
            ("for each in entry.tags:\n    pass\nreturn True", "a rule only asks"),
            ("entry.count = 1\nreturn True", "a rule only asks"),
            ("pass\npass", "a rule only asks"),
            ("(entry.count + 1) is None", "is never None"),
            (" or ".join(["entry.count == 1"] * 200), "the rule is too large"),
        ],
    )
    def test_with_place_reason_and_mend(self, body: str, found: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            read(body)
        (problem,) = caught.value.problems
        assert found in problem.found
        assert problem.mend
        file, line, column = problem.where.split(":")
        assert int(line) > 0
        assert int(column) > 0
        assert file

    @pytest.mark.parametrize(
        ("parameters", "found"),
        [
            ("entry: Entry, x", "x has no type"),
            ("entry: Entry, **x: int", "x has no type"),
            ("entry: Entry, x: Nowhere", "is not defined"),
            ("entry: Entry, x: complex", "complex"),
            ("entry: Entry, x: Actor | None", "x may be None"),
            ("x: int", "about no object"),
            ("entry: Entry | None", "entry comes first"),
            ("entry: Entry, nobody: Account", "nobody is no link from Entry to Account"),
            ("entry: Entry, nothing: Entry", "nothing is no link from Entry to Entry"),
            ("entry: Entry, other: Account", "other leads to optional Account"),
            ("entry: Entry, account: Account | None", "account leads to one Account"),
            ("entry: Entry, witnesses: Account", "witnesses leads to many Account"),
        ],
    )
    def test_parameters_that_mean_nothing(self, parameters: str, found: str) -> None:
        function = compiled(f"def drawn({parameters}) -> bool:\n    return True\n")
        with pytest.raises(InvalidInput) as caught:
            READER.understand(function)
        assert found in caught.value.problems[0].found

    @pytest.mark.parametrize(
        "body",
        [
            "actor.nothing",
            "actor.untold()",
            "actor._secret == 'a'",
            "actor == 1",
            "actor.rival.name == 'a'",
        ],
    )
    def test_objects_that_are_given_say_what_they_have(self, body: str) -> None:
        with pytest.raises(InvalidInput):
            read(body, ", actor: Actor")

    def test_what_has_no_source_or_is_no_function(self) -> None:
        space: dict[str, object] = {}
        exec("def made(entry): return True", space)
        for each in (partial(is_witnessed), len, space["made"], eval("lambda entry: True")):
            with pytest.raises(InvalidInput, match="write it as a plain function"):
                READER.understand(each)  # type: ignore[arg-type]  # on purpose

    def test_several_are_asked_one_by_one(self) -> None:
        for body in ("witnesses.age > 1", "each.age > 1"):
            function = compiled(
                "def drawn(entry: Entry, witnesses: tuple[Account, ...]) -> bool:\n"
                f"    return {body}\n"
            )
            with pytest.raises(InvalidInput):
                READER.understand(function)
