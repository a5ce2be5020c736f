"""What somebody names is found out for what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from triptych.domain.errors import InvalidInput
from triptych.domain.projects import ProjectName
from triptych.services.drafts.surveying import survey
from triptych.services.projects import Origin, new_project


def names(data: Path, *said: str) -> list[str]:
    data.mkdir(exist_ok=True)
    found = survey(said, data, with_rows=True, progress=lambda *_: None)
    return [each.name for each in found.shapes]


def test_each_kind_is_told_from_the_others(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / "a.csv").write_text("id,x\n1,a\n2,b\n")
    (tmp_path / "b.json").write_text('[{"id": 1}, {"id": 2}]')
    document = {"$defs": {"C": {"properties": {"id": {"type": "integer"}}}}}
    (tmp_path / "c.json").write_text(json.dumps(document))
    assert names(data, str(tmp_path / "a.csv"), str(tmp_path / "b.json")) == ["a", "b"]
    assert names(data, str(tmp_path / "b.json")) == ["b_2"]
    assert names(data, str(tmp_path / "c.json")) == ["c"]
    made = new_project(ProjectName("shop"), tmp_path, Origin((str(tmp_path / "c.json"),)))
    assert not (made.folder / "src/shop/adapters/file_parsers").exists()
    assert "Flight" in names(data, "flights.domain")


@pytest.mark.parametrize(
    ("said", "told"),
    [("nowhere.csv", "there is no"), ("empty", "holds no files of data")],
)
def test_what_is_nothing_of_these_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match=told):
        names(tmp_path, said)


def test_what_has_no_identity_is_no_domain(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"$defs": {"A": {"properties": {"x": {"type": "string"}}}}}')
    with pytest.raises(InvalidInput, match="nothing that was found has an id"):
        new_project(ProjectName("shop"), tmp_path, Origin((str(tmp_path / "a.json"),)))
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_files_of_any_name_have_a_reader(tmp_path: Path) -> None:
    given = tmp_path / "2nd list.csv"
    given.write_text("id,x\n1,a\n2,b\n")
    made = new_project(ProjectName("shop"), tmp_path, Origin((str(given),)))
    readers = made.folder / "src/shop/adapters/file_parsers"
    assert sorted(each.name for each in readers.iterdir()) == ["__init__.py", "the_2_nd_lists.py"]
    assert made.count == sum(each.is_file() for each in made.folder.rglob("*"))
