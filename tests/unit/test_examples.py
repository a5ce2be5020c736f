"""The plugin that runs examples, as another project uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_PAGE = """# A page

```python
kept = 1 + 1
```

<!-- Example Test:
>>> kept
{kept}
-->

<!-- skip: next -->

```python
raise RuntimeError("nobody runs this")
```
"""
_MODULE = '''"""A module.

Example:
    ```python
    from shop import double

    assert double({given}) == 4
    ```
"""


def double(number: int) -> int:
    """Doubles."""
    return number * 2
'''


def run(
    folder: Path, *, kept: str = "2", given: str = "2", setting: str = "src docs READ.md"
) -> str:
    (folder / "src").mkdir()
    (folder / "docs").mkdir()
    (folder / "src/shop.py").write_text(_MODULE.format(given=given))
    (folder / "docs/page.md").write_text(_PAGE.format(kept=kept))
    (folder / "READ.md").write_text(_PAGE.format(kept="2"))
    ini = f"[pytest]\npythonpath = src\ntestpaths = .\ntriptych_examples = {setting}\n"
    (folder / "pytest.ini").write_text(ini)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:schemathesis"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_examples_of_code_and_documents_are_run(tmp_path: Path) -> None:
    assert "9 passed" in run(tmp_path)


def test_a_hidden_example_that_is_wrong_is_told(tmp_path: Path) -> None:
    said = run(tmp_path, kept="3")
    assert "1 failed, 8 passed" in said
    assert "docs/page.md" in said


def test_an_example_of_a_docstring_that_is_wrong_is_told(tmp_path: Path) -> None:
    assert "1 failed, 8 passed" in run(tmp_path, given="3")


@pytest.mark.parametrize("setting", [""])
def test_nothing_is_run_that_is_not_named(tmp_path: Path, setting: str) -> None:
    assert "no tests ran" in run(tmp_path, setting=setting)
