"""The programs: `triptych` itself, and the one of an application."""

from __future__ import annotations

import sys

from triptych import __version__
from triptych.cli.own import own_commands
from triptych.cli.program import Command, Program

_SHARED = {
    "serve": Command("triptych.cli.serve:serve", "Serve everything over HTTP."),
    "mcp": Command("triptych.cli.mcp:mcp", "Let the agent that starts this ask and act."),
    "relay": Command("triptych.cli.relay:relay", "Deliver events, and serve nothing."),
    "load": Command("triptych.cli.load:load", "Load the declared sources into the database."),
    "describe": Command("triptych.cli.describe:describe", "Say what there is."),
    "db": Command("triptych.cli.db:db", "Bring the database in step, keep it, move it."),
    "audit": Command("triptych.cli.ledger:audit", "Show the ledger, or verify its chain."),
    "check": Command("triptych.cli.check:check", "Find the mistakes in a domain package."),
}
_OBJECTS = {
    "list": Command("triptych.cli.objects:list_objects", "List objects."),
    "get": Command("triptych.cli.objects:get_object", "Show one object."),
    "links": Command("triptych.cli.objects:follow_link", "Show what an object is linked to."),
    "aggregate": Command("triptych.cli.groups:aggregate_objects", "Count and measure objects."),
    "facets": Command("triptych.cli.groups:count_facets", "Count how often values occur."),
    "actions": Command("triptych.cli.actions:list_actions", "List what can be done."),
    "scenario": Command("triptych.cli.scenario:scenario", "Try several actions together."),
    "undo": Command("triptych.cli.actions:undo", "Take back what an action has changed."),
    "commit": Command("triptych.cli.actions:commit", "Do what a plan says."),
    "keys": Command("triptych.cli.keys:keys", "Show, make, rotate and revoke API keys."),
    "sessions": Command("triptych.cli.sessions:sessions", "Show and end sessions of browsers."),
    "policies": Command("triptych.cli.policies:policies", "Show who may do what."),
    "may": Command("triptych.cli.policies:may", "Say whether somebody may, and why."),
    "who": Command("triptych.cli.policies:who", "Show who may read or do something."),
    "timeline": Command("triptych.cli.ledger:timeline", "Show what became of an object."),
    "erase": Command("triptych.cli.ledger:erase", "Make an object be gone, its past too."),
    "forget": Command("triptych.cli.ledger:forget", "Let go of what is too old."),
    "deadletters": Command("triptych.cli.ledger:dead_letters", "Show what no handler took."),
    "why": Command("triptych.cli.why:explain_rule", "Say why a rule holds of an object, or not."),
}
_NEW = {
    "new": Command("triptych.cli.new:new", "Make a project of three layers."),
    "add": Command("triptych.cli.add:add", "Add tested code in its right layer."),
    "rename": Command("triptych.cli.rename:rename", "Rename a concept in every layer."),
    "move": Command("triptych.cli.rename:move", "Give a definition another module."),
    "review": Command("triptych.cli.review:review", "Say what breaks the standard, anywhere."),
    "improve": Command("triptych.cli.improve:improve", "Mend what a review finds, where safe."),
    "verify": Command("triptych.cli.verify:verify_project", "Check all that a project is held to."),
    "doctor": Command("triptych.cli.doctor:doctor", "Look at what is needed of this machine."),
}
_DEMO = {"demo": Command("triptych.cli.demo:demo", "Load 336,776 real flights and serve them.")}

TRIPTYCH = Program(
    "triptych",
    "Say what your business is in plain Python. Triptych runs it.",
    __version__,
    {**_NEW, **_DEMO, **_SHARED},
)


def main() -> int:
    """Runs `triptych`."""
    return TRIPTYCH.run(sys.argv[1:])


def application(package: str, about: str = "") -> Program:
    """Makes the program of an application, with the commands of its own.

    Args:
        package: The package that has the `domain`.
        about: What it is, in one sentence.

    Example:
        ```python
        from triptych.cli.main import application

        assert application("flights").run(["--version"]) == 0
        ```
    """
    return Program(
        package,
        about or f"The {package} application.",
        __version__,
        {**_OBJECTS, **_SHARED},
        package,
        "triptych.cli.actions:action_command",
        own_commands(package),
    )
