"""Packages of classes with annotated fields: dataclasses, attrs, models; read, never run."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import docstring_parser

from triptych.adapters.projects.modules import SCALARS
from triptych.domain.drafts import Part, Shape, Survey, class_name, linked, words_of
from triptych.domain.errors import InvalidInput, Problem

_NAMED = {"UUID4": "UUID", "EmailStr": "str", "AnyUrl": "str", "HttpUrl": "str", "Path": "str"}
_MANY = {"list", "tuple", "set", "frozenset", "List", "Tuple", "Set", "FrozenSet", "Sequence"}
_MANY |= {"Iterable", "Collection", "AbstractSet"}
_MARKS = ("dataclass", "define", "frozen", "attrs", "s", "mutable")
_MODELS = ("BaseModel", "SQLModel", "Struct", "TypedDict", "NamedTuple")
_ENUMS = ("Enum", "StrEnum", "IntEnum", "Flag", "IntFlag")
_KEYS = ("id", "uuid", "pk", "key", "slug")


def find_package(said: str) -> Path | None:
    """Finds a package by its path, or by the name that it is imported by."""
    path = Path(said)
    if path.exists():
        return path if path.suffix == ".py" or (path / "__init__.py").is_file() else None
    if not all(part.isidentifier() for part in said.split(".")):
        return None
    top = _installed(said.partition(".")[0])
    if top is None:
        return None
    below = top.joinpath(*said.split(".")[1:])
    return below if below.exists() else below.with_suffix(".py")


def _installed(name: str) -> Path | None:
    """Finds an installed package or module, without running any of it."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        return None
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin


@dataclass(slots=True)
class _Package:
    """What a package defines, by name."""

    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: dict[str, ast.expr] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    doubts: list[Problem] = field(default_factory=list)


def survey_classes(path: Path) -> Survey:
    """Finds out what classes a package has, and what they are made of.

    Args:
        path: The package's folder, or one module.

    Raises:
        InvalidInput: A module is no Python, or nothing was found.
    """
    package = _Package()
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    for each in files:
        _collect(_parsed(each), package)
    package.ids = {
        name: owner for owner, of in package.classes.items() for name in _id_types(of, package)
    }
    shapes = [_shape(name, of, package) for name, of in package.classes.items()]
    if not shapes:
        mend = "name a package of classes with annotated fields"
        raise InvalidInput([Problem(str(path), "has no class of data", mend)])
    return Survey(*linked(tuple(each for each in shapes if each.parts), tuple(package.doubts)))


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError, OSError) as error:
        raise InvalidInput([Problem(str(path), str(error), "mend the file")]) from None


def _collect(module: ast.Module, package: _Package) -> None:
    for each in module.body:
        match each:
            case ast.ClassDef() if set(_ENUMS) & set(_bases(each)):
                package.enums[each.name] = _members(each, package)
            case ast.ClassDef() if _is_data(each, package):
                package.classes[each.name] = each
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                if _last(call.func) == "NewType" and len(call.args) == 2:
                    package.aliases[name] = call.args[1]
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript() as value):
                package.aliases[name] = value
            case ast.TypeAlias(name=ast.Name(id=name), value=value):
                package.aliases[name] = value


def _is_data(of: ast.ClassDef, package: _Package) -> bool:
    marks = {_last(each.func if isinstance(each, ast.Call) else each) for each in of.decorator_list}
    bases = set(_bases(of))
    return bool(marks & set(_MARKS) or bases & {*_MODELS, *package.classes})


def _bases(of: ast.ClassDef) -> list[str]:
    return [_last(each) for each in of.bases]


def _last(of: ast.expr) -> str:
    """Returns the last name of a dotted one, that of what is indexed."""
    match of:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return _last(value)
    return ""


def _members(of: ast.ClassDef, package: _Package) -> tuple[str, ...]:
    """Lists the values of an enum; the names of its members where those are no texts."""
    named = [
        (each.targets[0].id, each.value)
        for each in of.body
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
    ]
    values = [value.value for _, value in named if isinstance(value, ast.Constant)]
    texts = [each for each in values if isinstance(each, str)]
    if len(texts) == len(named):
        return tuple(texts)
    found = "has members whose values are no texts; their names are taken"
    package.doubts.append(Problem(of.name, found, "look whether anybody stores the values"))
    return tuple(name.lower() for name, _ in named)


def _id_types(of: ast.ClassDef, package: _Package) -> Iterator[str]:
    """Yields the type of a class's id where it is one of its own."""
    for each in _fields(of, package):
        name = _last(each.annotation)
        if words_of(each.target.id) in _keys(of.name) and name in package.aliases:  # type: ignore[union-attr]  # a name
            yield name


def _keys(name: str) -> list[list[str]]:
    one = words_of(class_name(name))
    return [made for key in _KEYS for made in ([key], [*one, key])]


def _fields(of: ast.ClassDef, package: _Package) -> list[ast.AnnAssign]:
    """Lists the fields of a class, those of its bases first."""
    inherited = [
        each
        for base in _bases(of)
        if base in package.classes and base != of.name
        for each in _fields(package.classes[base], package)
    ]
    own = [
        each
        for each in of.body
        if isinstance(each, ast.AnnAssign)
        and isinstance(each.target, ast.Name)
        and not each.target.id.startswith("_")
        and _last(each.annotation) not in ("ClassVar", "InitVar")
    ]
    return [*inherited, *own]


def _shape(name: str, of: ast.ClassDef, package: _Package) -> Shape:
    said = docstring_parser.parse(ast.get_docstring(of) or "")
    parts = _parts(name, of, package, {e.arg_name: str(e.description or "") for e in said.params})
    key = next((each for each in parts.values() if _is_key(each, name)), None)
    if key is not None:
        parts[key.name] = replace(key, is_optional=False, of="")
    return Shape(
        name=name,
        parts=tuple(parts.values()),
        key=(key.name,) if key else (),
        about=str(said.short_description or ""),
    )


def _parts(
    name: str, of: ast.ClassDef, package: _Package, told: Mapping[str, str]
) -> dict[str, Part]:
    parts: dict[str, Part] = {}
    for each in _fields(of, package):
        field_ = ast.unparse(each.target)
        part = _Annotation(package, name, field_).part(each.annotation)
        if part is not None:
            parts[field_] = replace(part, about=told.get(field_, ""))
    return parts


def _is_key(part: Part, owner: str) -> bool:
    return words_of(part.name) in _keys(owner) and part.type in SCALARS


@dataclass(frozen=True, slots=True)
class _Annotation:
    """The annotation of a field, which is read."""

    package: _Package
    owner: str
    name: str

    def part(self, of: ast.expr) -> Part | None:
        """Reads it; nothing where it cannot be a field of ours."""
        match of:
            case ast.Constant(value=str(text)):
                return self._quoted(text)
            case ast.BinOp(op=ast.BitOr()):
                return self._one_of(_alternatives(of))
            case ast.Subscript():
                return self._generic(of)
            case ast.Name() | ast.Attribute():
                return self._named(_last(of))
        return self._left_out(of)

    def _quoted(self, text: str) -> Part | None:
        try:
            return self.part(ast.parse(text, mode="eval").body)
        except SyntaxError:
            return self._left_out(ast.Constant(text))

    def _generic(self, of: ast.Subscript) -> Part | None:
        name = _last(of)
        inner = of.slice.elts if isinstance(of.slice, ast.Tuple) else [of.slice]
        if name == "Optional":
            return self._one_of([*inner, ast.Constant(None)])
        if name == "Union":
            return self._one_of(inner)
        if name in ("Annotated", "Final", "Mapped", "Required", "NotRequired"):
            return self.part(inner[0])
        if name == "Literal":
            return self._literal(of, inner)
        one = self.part(inner[0]) if name in _MANY and len(inner) <= 2 else None
        if one is None or one.is_many:
            return self._left_out(of)
        return replace(one, is_many=True, is_optional=False)

    def _literal(self, of: ast.expr, inner: Sequence[ast.expr]) -> Part | None:
        values = [each.value for each in inner if isinstance(each, ast.Constant)]
        texts = tuple(each for each in values if isinstance(each, str))
        is_whole = len(texts) == len(inner)
        return Part(name=self.name, members=texts) if is_whole else self._left_out(of)

    def _one_of(self, several: Sequence[ast.expr]) -> Part | None:
        rest = [e for e in several if not (isinstance(e, ast.Constant) and e.value is None)]
        if len(rest) != 1:
            return self._left_out(ast.Tuple([*several]))
        part = self.part(rest[0])
        is_optional = len(rest) < len(several)
        return replace(part, is_optional=is_optional and not part.is_many) if part else None

    def _named(self, name: str) -> Part | None:
        package = self.package
        if name in package.enums:
            return Part(name=self.name, members=package.enums[name])
        if name in package.classes:
            return Part(name=self.name, type="", of=name)
        if name in package.aliases:
            made = self.part(package.aliases[name])
            owner = package.ids.get(name, "")
            return replace(made, of=owner if owner != self.owner else "") if made else None
        plain = _NAMED.get(name, name)
        return (
            Part(name=self.name, type=plain) if plain in SCALARS else self._left_out(ast.Name(name))
        )

    def _left_out(self, of: ast.expr) -> Part | None:
        found = f"is {ast.unparse(of)[:40]}, and is left out"
        where = f"{self.owner}.{self.name}"
        self.package.doubts.append(Problem(where, found, "add what it holds by hand"))
        return None


def _alternatives(of: ast.expr) -> list[ast.expr]:
    if isinstance(of, ast.BinOp):
        return [*_alternatives(of.left), *_alternatives(of.right)]
    return [of]
