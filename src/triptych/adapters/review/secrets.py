"""Secrets in code: told by what they are called, by how they begin, or by an address that has one."""

from __future__ import annotations

import math
import re
from collections import Counter

_NAMED = re.compile(
    r"(?:^|_)(?:password|passwd|secret|credentials?|token|pwd|auth_?token|access_?token"
    r"|(?:api|secret|private|signing|jwt|admin|master|encryption|access)_?key)(?:$|_)",
    re.IGNORECASE,
)
_NOT_NAMED = re.compile(
    r"(?:_(?:url|uri|name|field|header|path|file|type|id|ids|length|prefix|label|env|param|parameter"
    r"|key_name|format|cookie|pattern|regex|scopes?|lifetime|expir\w*|algorithm|policy|error|errors"
    r"|message|msg|hint|help|title|placeholder|column|column_name|endpoint|class|kind|mode|attr)$)"
    r"|^(?:token_type|no_|is_|has_)|csrf|tokeniz",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    r"^(?:AKIA[0-9A-Z]{16}$|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|sk_live_\w{16,}"
    r"|sk-[A-Za-z0-9_-]{20,}|rk_live_\w{16,}|xox[abprs]-[\w-]{10,}|AIza[\w-]{30,}|glpat-[\w-]{18,}"
    r"|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})"
)
_DSN = re.compile(
    r"^[a-z][a-z0-9+.-]*://[^\s:/@{}<>$%]*:(?P<secret>[^\s/@{}<>$%]+)@(?P<host>[^\s/]+)"
)
_PLACEHOLDER = re.compile(
    r"^(?:x+|\*+|\.+|none|null|true|false|string|str|test\w*|example\w*|dummy\w*|fake\w*|your\w*"
    r"|my\w*|todo|placeholder|not[-_ ]?set|undefined|<.*>|\{.*\}|\$.*|%.*|env:.*|file:.*|bearer)$",
    re.IGNORECASE,
)
_WORD, _PARTS = re.compile(r"[A-Za-z]*[0-9]{0,2}"), re.compile(r"[-_.:]")
_FAMOUS = ("changeme", "hunter2", "supersecret", "letmein", "password1", "password123")
_LEAST, _MOST, _ENTROPY = 6, 400, 2.6


def find_secret(name: str, text: str) -> str:
    """Says why a text is a secret; empty where it is none, or nobody can tell.

    Args:
        name: What it is called.
        text: The text.

    Example:
        ```python
        from triptych.adapters.review.secrets import find_secret

        assert find_secret("url", "postgresql://app:hunter2@db/shop") == "an address with a password"
        assert find_secret("API_KEY", "q8Zr4-Lm2xTv9") == "API_KEY is called so"
        assert not find_secret("token_url", "https://id.example.com/token")
        assert not find_secret("password", "changeme in the settings")
        ```
    """
    if not _LEAST <= len(text) <= _MOST:
        return ""
    if _KNOWN.match(text):
        return "it begins as known keys do"
    found = _DSN.match(text)
    if found and not _PLACEHOLDER.match(found["secret"]):
        return "an address with a password"
    if _is_named(name) and _is_random(text):
        return f"{name} is called so"
    return ""


def _is_named(name: str) -> bool:
    return bool(_NAMED.search(name)) and not _NOT_NAMED.search(name)


def _is_random(text: str) -> bool:
    """Tells whether a text looks made up: no sentence, no name, no placeholder."""
    if _PLACEHOLDER.match(text) or any(each in text for each in " \n\t/{}<>"):
        return False
    if all(_WORD.fullmatch(each) for each in _PARTS.split(text)):
        return text.lower() in _FAMOUS
    counts = Counter(text)
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return entropy >= _ENTROPY
