"""Single values: what fits, and how it is written."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import SCALARS
from triptych.adapters.objects.values import Unfit, fitter, parse, plain
from triptych.domain.ontology import Bounds, Choice, Ontology, Scalar, ScalarKind

KINDS = {kind.value: Scalar(kind) for kind in ScalarKind}


class TestFit:
    @pytest.mark.parametrize(
        ("kind", "value", "said"),
        [
            ("str", 1, "is 1, not a str"),
            ("str", "a\0", "holds a NUL character"),
            ("str", "\ud800", "holds half of a surrogate pair"),
            ("int", True, "is True, not a int"),
            ("int", "1", "is '1', not a int"),
            ("int", 2**63, "does not fit in 64 bits"),
            ("float", "1", "is '1', not a float"),
            ("float", float("nan"), "nan is not a finite number"),
            ("float", float("-inf"), "-inf is not a finite number"),
            ("bool", 1, "is 1, not a bool"),
            ("Decimal", 1.0, "is 1.0, not a Decimal"),
            ("Decimal", Decimal("NaN"), "NaN is not a finite number"),
            ("Decimal", Decimal("1E+131072"), "has more than"),
            ("Decimal", Decimal("1E-16384"), "has more than"),
            ("UUID", "x", "is 'x', not a UUID"),
            ("bytes", "x", "is 'x', not a bytes"),
            ("date", datetime(2026, 1, 1, tzinfo=UTC), "not a date"),
            ("date", "x", "is 'x', not a date"),
            ("time", time(1, tzinfo=UTC), "has a time zone"),
            (
                "datetime",
                datetime(2026, 1, 1),
                "is in no time zone",
            ),
            ("datetime", datetime.min.replace(tzinfo=timezone(timedelta(hours=1))), "lies outside"),
            ("timedelta", timedelta.max, "is longer than 292 thousand years"),
            ("timedelta", timedelta.min, "is longer than 292 thousand years"),
        ],
    )
    def test_what_does_not_fit_is_told(self, kind: str, value: Any, said: str) -> None:
        with pytest.raises(Unfit) as caught:
            fitter(KINDS[kind])(value)
        assert said in str(caught.value)

    @pytest.mark.parametrize(
        ("bounds", "value", "fits"),
        [
            (Bounds(low=0), 0, True),
            (Bounds(low=0), -1, False),
            (Bounds(high=9), 9, True),
            (Bounds(high=9), 10, False),
        ],
    )
    def test_bounds_include_both_ends(self, bounds: Bounds, value: int, fits: bool) -> None:
        fit = fitter(Scalar(ScalarKind.INT, bounds=bounds))
        if fits:
            assert fit(value) == value
        else:
            with pytest.raises(Unfit, match=f"{value} is not at"):
                fit(value)

    def test_a_whole_number_is_a_float_too(self) -> None:
        assert type(fitter(KINDS["float"])(3)) is float

    def test_a_choice_is_one_of_its_values(self) -> None:
        fit = fitter(Choice(ScalarKind.STR, ("a", "b")))
        assert fit("a") == "a"
        with pytest.raises(Unfit, match="is 'c', not one of 'a'"):
            fit("c")

    def test_a_member_is_of_its_enum(self, library: Ontology) -> None:
        genre = library.object_type("Book").property("genre").type
        with pytest.raises(Unfit, match="is 'prose', not a Genre"):
            fitter(genre)("prose")


class TestPlain:
    @given(st.data(), st.sampled_from([kind for kind in SCALARS if kind in KINDS]))
    def test_what_is_written_is_read_back(self, data: st.DataObject, kind: str) -> None:
        value = data.draw(SCALARS[kind])
        assert parse(KINDS[kind], plain(KINDS[kind], value)) == value

    @pytest.mark.parametrize(
        ("kind", "value", "written"),
        [
            ("Decimal", Decimal("1E+3"), "1000"),
            ("UUID", UUID(int=1), "00000000-0000-0000-0000-000000000001"),
            ("bytes", b"\xff\x00", "/wA="),
            ("date", date(1, 2, 3), "0001-02-03"),
            ("time", time(1, 2, 3), "01:02:03.000000"),
            ("datetime", datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00.000000Z"),
            ("timedelta", timedelta(days=-1, microseconds=1), "-PT86399.999999S"),
            ("int", None, None),
        ],
    )
    def test_each_kind_has_one_way(self, kind: str, value: Any, written: Any) -> None:
        assert plain(KINDS[kind], value) == written

    @pytest.mark.parametrize(
        ("kind", "raw", "is_text"),
        [("int", "1", False), ("int", "x", True), ("bool", "x", True), ("bytes", "é", False)],
    )
    def test_what_is_no_such_value_is_refused(self, kind: str, raw: Any, is_text: bool) -> None:
        with pytest.raises(Unfit):
            parse(KINDS[kind], raw, is_text=is_text)
