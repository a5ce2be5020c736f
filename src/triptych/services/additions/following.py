"""What is added to what follows from events: handlers that tell other systems."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from triptych.adapters.projects.modules import ProjectSource
from triptych.adapters.projects.writing import call, signature
from triptych.domain.additions import Request, check_name
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import snake_case, spoken
from triptych.services.additions.dynamic import add_method
from triptych.services.additions.kinetic import APIS

_MEND = "write EVENT API.METHOD, such as InvoicePaid Payments.charge, then PARAMETER=FIELD"


class Handler:
    """A handler that is to be added.

    Args:
        source: The project.
        request: What is to be added: the event, the method of an external API, and which field
            of the event each parameter is, where they are not called the same.

    Raises:
        InvalidInput: It cannot be added so.
    """

    def __init__(self, source: ProjectSource, request: Request) -> None:
        self.source, self.request = source, request
        service, _, name = request.name.partition(".")
        if not name or len(request.words) < 2:
            raise InvalidInput([Problem("words", "who is told of what is not said", _MEND)])
        self.service, self.name = check_name(service), check_name(name)
        self.event, called, *said = request.words
        self.api, _, self.method = called.partition(".")
        self.said = dict(each.partition("=")[::2] for each in said)

    @property
    def keeper(self) -> str:
        """What the service keeps the API as."""
        return snake_case(self.api)

    @property
    def module(self) -> str:
        """The module of the API, as it is imported.

        Raises:
            InvalidInput: There is no such API.
        """
        found = self.source.where(self.api, APIS)
        if found is None:
            mend = "add it first: triptych add external-api NAME.METHOD"
            raise InvalidInput([Problem("words", f"there is no API {self.api!r:.60}", mend)])
        return found

    def given(self) -> Mapping[str, str]:
        """Says which value each parameter of the method is given, as it stands in code.

        Raises:
            InvalidInput: Nothing of the event is called like a parameter.
        """
        fields = self.source.fields_of(self.event)
        given = {}
        for name, annotation in self._parameters().items():
            field = self.said.get(name, name)
            if field not in fields:
                mend = f"say {name}=FIELD, of {', '.join(fields)}"
                found = f"{self.event} has no {field!r:.60}"
                raise InvalidInput([Problem(name, found, mend)])
            is_same = fields[field] == annotation
            given[name] = f"event.{field}" if is_same else f"{annotation}(event.{field})"
        return given

    def _parameters(self) -> dict[str, str]:
        """Lists the parameters of the method, with their annotations."""
        found = self.source.class_of(self.api, APIS)
        for each in found.body if found else []:
            if isinstance(each, ast.AsyncFunctionDef) and each.name == self.method:
                return {
                    argument.arg: ast.unparse(argument.annotation or ast.Name("str"))
                    for argument in each.args.args[1:]
                }
        raise InvalidInput([Problem("words", f"{self.api} has no {self.method!r:.60}", _MEND)])

    def add(self) -> None:
        """Adds it to its service, which is made where it is not there."""
        module, words = self.module, [f"{k}={v}" for k, v in self.given().items()]
        about = self.request.about or f"Tells {spoken(self.api)} of it."
        lines = [
            f"@on({self.event})",
            *signature(self.name, [f"event: {self.event}"], "None"),
            f'    """{about}"""',
            *(
                f"    {line}"
                for line in call(f"await self.{self.keeper}.{self.method}(", words, ")", indent=8)
            ),
        ]
        imports = [
            ("triptych", "on"),
            (module, self.api),
            (self.source.source_of(self.event), self.event),
        ]
        keeps = {self.keeper: self.api}
        add_method(self.source, f"orchestration.{self.service}", "\n".join(lines), imports, keeps)
