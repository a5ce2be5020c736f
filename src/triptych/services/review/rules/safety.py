"""Secrets, configuration, and what is told to strangers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from triptych.domain.review import Axis, Finding, Layer, Mending, Module, Severity
from triptych.services.review.registry import Rules, of_modules
from triptych.services.review.sites import Site

SAFETY = Rules()
_rule = SAFETY.rule
_SETTINGS = ("settings", "config", "configuration", "conf", "environ", "env")
_DANGEROUS = {
    "eval": "runs any text as code",
    "exec": "runs any text as code",
    "pickle.loads": "runs what the bytes say",
    "pickle.load": "runs what the bytes say",
    "marshal.loads": "runs what the bytes say",
    "yaml.load": "makes any object, unless a safe loader is named",
    "tempfile.mktemp": "names a file that somebody else may make first",
    "os.system": "hands a text to a shell",
}
_UNVERIFIED = tuple(
    f"{name}(verify=False)"
    for name in ("get", "post", "put", "patch", "delete", "request", "Client", "AsyncClient")
)
_OPEN_COOKIES = ("set_cookie(secure=False)", "set_cookie(httponly=False)")
_HASHES = ("hashlib.md5", "hashlib.sha1")


@_rule(
    "SEC001",
    "A secret stands in the code",
    Severity.ERROR,
    Axis.SAFETY,
    "read it from the environment or a secret store, and give the one that stood here up",
)
@of_modules()
def secret_in_code(module: Module, at: Site) -> Iterator[Finding]:
    """Whoever reads the code, or ever did, has it."""
    is_settings = module.name.rpartition(".")[2] in _SETTINGS
    for note in module.notes:
        if note.kind == "secret":
            found = at.finding(note.line, note.detail, note.within)
            # What is found may not be told on: the line is not shown.
            severity = Severity.WARNING if is_settings else found.severity
            yield replace(found, text=note.detail, severity=severity)


@_rule(
    "SEC003",
    "A default opens what should be closed",
    Severity.WARNING,
    Axis.SAFETY,
    "close it, and let whoever develops open it for themselves",
)
@of_modules()
def default_is_open(module: Module, at: Site) -> Iterator[Finding]:
    """What is open by default is open in production."""
    said: dict[int, str] = {}
    for note in module.notes:
        if note.kind != "keyword":
            continue
        said[note.line] = said.get(note.line, "") + note.detail
        if note.detail in ("FastAPI(debug=True)", "run(debug=True)", "Flask(debug=True)"):
            yield at.finding(note.line, note.detail, note.within)
        if "allow_credentials=True" in note.detail and _is_open(said[note.line]):
            found = "any origin may act with the cookies of whoever visits it"
            yield at.finding(note.line, found, note.within)
        elif note.detail in _UNVERIFIED or note.detail in _OPEN_COOKIES:
            yield at.finding(note.line, note.detail, note.within)


def _is_open(said: str) -> bool:
    return "allow_origins=['*']" in said


@_rule(
    "SEC005",
    "The text of an error is told to the caller",
    Severity.WARNING,
    Axis.SAFETY,
    "log it, and tell the caller what they can do",
)
@of_modules()
def error_text_is_told(module: Module, at: Site) -> Iterator[Finding]:
    """The text of an error names tables, paths and hosts."""
    for each in module.handlers:
        is_broad = not each.caught or {"Exception", "BaseException"} & set(each.caught)
        if each.tells and is_broad:
            found = "the answer holds the text of whatever error it was"
            yield at.finding(each.line, found, each.within)


@_rule(
    "SEC006",
    "A dangerous function is called",
    Severity.WARNING,
    Axis.SAFETY,
    "use what cannot run code: json, ast.literal_eval, yaml.safe_load",
    Mending.UNSAFE,
)
@of_modules()
def dangerous_call(module: Module, at: Site) -> Iterator[Finding]:
    """Who can say what it is given can run what they like."""
    for each in module.calls:
        is_code = each.name in ("eval", "exec")
        if each.name not in _DANGEROUS or (is_code and each.first not in ("built", "given")):
            continue
        is_chosen = each.second or "Loader" in each.keywords
        if each.name == "yaml.load" and is_chosen:
            continue
        found = f"{each.name} {_DANGEROUS[each.name]}"
        yield at.finding(each.line, found, each.within)


@_rule(
    "CFG001",
    "The environment is read outside of the settings",
    Severity.WARNING,
    Axis.SAFETY,
    "read it once, in the settings, and hand the value over",
)
@of_modules()
def environment_is_read(module: Module, at: Site) -> Iterator[Finding]:
    """What a program needs to be told should stand in one place."""
    place = module.name.split(".")
    is_free = at.layer in (Layer.ROOT, Layer.UNKNOWN)
    if is_free or set(place) & set(_SETTINGS):
        return
    reads = [(n.line, n.within) for n in module.notes if n.kind == "env"]
    reads += [(c.line, c.within) for c in module.calls if c.name == "os.getenv"]
    if reads:
        line, within = min(reads)
        found = f"reads the environment, {len(reads)} time{'s' if len(reads) > 1 else ''}"
        yield at.finding(line, found, within)


@_rule(
    "SEC007",
    "A weak hash is used",
    Severity.INFO,
    Axis.SAFETY,
    "use sha256, or say usedforsecurity=False where it only tells files apart",
    Mending.UNSAFE,
)
@of_modules()
def hash_is_weak(module: Module, at: Site) -> Iterator[Finding]:
    """Two texts of one md5 are made in seconds."""
    for each in module.calls:
        if each.name in _HASHES and "usedforsecurity" not in each.keywords:
            yield at.finding(each.line, f"calls {each.name}", each.within)
