"""Options that many commands share."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

Flag = Annotated[bool, Parameter(negative=())]
As = Annotated[str, Parameter(name="--as")]
