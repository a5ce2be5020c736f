"""Improving: what a review finds is mended where that is safe, reviewed again, and taken back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from triptych.adapters.projects.manifest import Manifest
from triptych.adapters.projects.tidying import tidy
from triptych.adapters.review.files import Source
from triptych.adapters.review.mending import mend
from triptych.domain.additions import FileChange
from triptych.domain.errors import Problem
from triptych.domain.review import LAYER, Class, Finding, Function, Layer, Mending, Module
from triptych.services.review.project import ReviewedProject
from triptych.services.review.reviewed import Reviewed
from triptych.services.review.reviewing import find_all, review
from triptych.services.review.rules import RULES

_MAKING = {"__init__", "__post_init__", "__new__", "__setstate__", "__setattr__"}
_OPEN_BASES = ("Protocol", "Generic", "object")
_PLAIN = ("staticmethod", "classmethod")

type _Wanted = dict[str, dict[int, set[str]]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be improved.

    Attributes:
        codes: Which rules, or beginnings of their codes; all where none is named.
        since: A commit or a branch: only what is new since work left it.
        is_unsafe: Whether what the code does may change.
    """

    codes: tuple[str, ...] = ()
    since: str = ""
    is_unsafe: bool = False

    def mends(self, code: str) -> bool:
        """Tells whether what breaks a rule is to be mended."""
        mending = RULES[code].rule.mending
        is_asked = not self.codes or code.startswith(self.codes)
        may = mending is Mending.SAFE or (self.is_unsafe and mending is Mending.UNSAFE)
        return may and is_asked


@dataclass(slots=True)
class Improvement:
    """What an improvement comes to.

    Attributes:
        changes: What becomes of which file.
        counts: How often each rule was mended.
        left: Files that were let be, and why.
    """

    changes: list[FileChange] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    left: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _File:
    """A file that was mended: its text before and after, and what was mended."""

    source: Source
    before: str
    after: str
    counts: Counter[str]


def plan_improvement(project: ReviewedProject, asked: Asked) -> Improvement:
    """Says what becomes of which file; nothing is touched.

    A file whose mending leads to a finding that was not there, in it or elsewhere, is let be.

    Args:
        project: The project.
        asked: What is to be improved.

    Raises:
        InvalidInput: There is no such commit.
    """
    reviewed = project.read()
    before = project.before(reviewed, asked.since) if asked.since else None
    wanted = _wanted(reviewed, review(reviewed, before=before).findings, asked)
    found = Improvement()
    files = {
        each.path: made
        for each in project.sources()
        if each.path in wanted
        and project.is_asked(each.path)
        and (made := _mended(each, wanted[each.path], found.left))
    }
    tidied = tidy(project.folder, {path: (each.before, each.after) for path, each in files.items()})
    files = {path: replace(each, after=tidied[path]) for path, each in files.items()}
    _let_be(project, reviewed, files, found.left)
    for each in files.values():
        found.counts += each.counts
        found.changes.append(_change(each))
    return found


def _wanted(project: Reviewed, findings: Sequence[Finding], asked: Asked) -> _Wanted:
    """Lists the lines that are to be mended, with the rules that they break, by file."""
    wanted: _Wanted = defaultdict(lambda: defaultdict(set))
    for each in findings:
        if not asked.mends(each.code):
            continue
        if each.symbol.endswith(LAYER):
            layer = Layer(each.symbol.removesuffix(LAYER))
            for path, line in _silent(project, layer):
                wanted[path][line].add(each.code)
        elif each.code != "SEM003" or _can_be_frozen(project, each.symbol):
            wanted[each.path][each.line].add(each.code)
    return wanted


def _silent(project: Reviewed, layer: Layer) -> Iterator[tuple[str, int]]:
    """Yields where functions of a layer give nothing, and do not say so."""
    for module in project.code(layer):
        for each in module.functions:
            is_plain = all(name in _PLAIN for name in each.decorators)
            is_silent = not (each.returns or each.gives or each.is_stub or each.is_nested)
            if is_plain and is_silent and not _is_made_otherwise(project, module, each):
                yield module.path, each.line


def _is_made_otherwise(project: Reviewed, module: Module, method: Function) -> bool:
    """Tells whether a class beneath that of a method has its own."""
    owner, _, name = method.name.rpartition(".")
    heirs = project.definitions.heirs(f"{module.name}.{owner}") if owner else []
    return name == "__init__" or any(name in heir.methods for heir in heirs)


def _can_be_frozen(project: Reviewed, symbol: str) -> bool:
    """Tells whether nothing in the project changes objects of a class, as far as it can be seen."""
    _, found = project.definitions.classes[symbol]
    names = {name for name, _ in found.fields}
    is_alone = not project.definitions.heirs(symbol) and not _has_bases(found)
    is_made_plainly = not _MAKING & set(found.methods)
    is_set = any(names & module.stored for module in project.modules)
    return is_alone and is_made_plainly and not is_set and not project.sets_by_name


def _has_bases(of: Class) -> bool:
    return any(e.partition("[")[0].rpartition(".")[2] not in _OPEN_BASES for e in of.bases)


def _mended(source: Source, wanted: dict[int, set[str]], left: list[Problem]) -> _File | None:
    """Mends a file; nothing where it is written in a way that is not ours to keep."""
    text = _text(source.content)
    if text is None:
        mend_ = "save it as UTF-8, with one kind of line end"
        left.append(Problem(source.path, "has another encoding, or mixed ends of lines", mend_))
        return None
    mended = mend(text, wanted)
    return _File(source, text, mended.text, mended.counts) if mended.text != text else None


def _text(content: bytes) -> str | None:
    """Returns a text with plain ends of lines."""
    returns = content.count(b"\r")
    if returns and not returns == content.count(b"\r\n") == content.count(b"\n"):
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if text.startswith("\ufeff") else text.replace("\r\n", "\n")


def _let_be(
    project: ReviewedProject, reviewed: Reviewed, files: dict[str, _File], left: list[Problem]
) -> None:
    """Takes files out until nothing is found that was not there before."""
    known = _counts(find_all(reviewed))
    while files:
        new = project.changed(reviewed, {each.source: each.after for each in files.values()})
        worse = {
            path: code
            for (path, code), count in _counts(find_all(new)).items()
            if count > known[path, code]
        }
        if not worse:
            return
        for path in (worse.keys() & files.keys()) or set(files):
            code = worse.get(path) or next(iter(worse.values()))
            found = f"is let be: with it mended, {code} would be found"
            left.append(Problem(path, found, "mend it by hand"))
            del files[path]


def _counts(findings: Sequence[Finding]) -> Counter[tuple[str, str]]:
    return Counter((each.path, each.code) for each in findings)


def _change(file: _File) -> FileChange:
    content = file.source.content
    after = file.after.replace("\n", "\r\n") if b"\r\n" in content else file.after
    return FileChange(file.source.path, content.decode(), after, ", ".join(sorted(file.counts)))


def keep_improvement(project: ReviewedProject, improvement: Improvement) -> None:
    """Writes what was planned, all of it or nothing.

    Raises:
        Misconfigured: It cannot be written.
    """
    codes = ", ".join(sorted(improvement.counts))
    Manifest(project.folder).make(f"improve {codes}", improvement.changes)


def take_back(project: ReviewedProject) -> list[str]:
    """Takes back what was written last, byte for byte.

    Returns:
        The files that are as before.

    Raises:
        InvalidInput: Nothing was written; or one of the files was edited since.
    """
    return Manifest(project.folder).take_back()[1]
