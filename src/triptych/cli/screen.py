"""What commands write on: a terminal, or whatever reads instead of one."""

from __future__ import annotations

from typing import Any

from rich.console import Console

_WIDE = 10_000


def make_console(*, is_wide: bool = False, **options: Any) -> Console:
    """Makes a console that shows what it is given as it is: `:smile:` stays seven letters.

    Args:
        is_wide: Whether lines are for tables: where nobody watches, nothing of them is cut to the
            width of a terminal that is not there.
        options: More that a console takes, such as `stderr`.

    Example:
        ```python
        from io import StringIO

        from triptych.cli.screen import make_console

        said = StringIO()
        make_console(file=said).print("[bold]ready[/] :smile:")
        assert said.getvalue().strip() == "ready :smile:"
        ```
    """
    console = Console(highlight=False, emoji=False, **options)
    if is_wide and not console.is_terminal:
        return Console(highlight=False, emoji=False, width=_WIDE, **options)
    return console
