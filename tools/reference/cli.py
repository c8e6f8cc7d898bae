"""The page of commands: what `--help` prints."""

from __future__ import annotations

import typer

from rackwright.cli.main import app
from reference.markdown import block

TITLE = "Commands"
ABOUT = "the help text of every command"
WIDTH = 100


def pages() -> dict[str, str]:
    """`cli.md`: one heading per command."""
    group = typer.main.get_command(app())
    root = group.make_context("rackwright", [], resilient_parsing=True, terminal_width=WIDTH, max_content_width=WIDTH)
    lines = ["# Commands\n", block(group.get_help(root)), ""]
    for name, command in sorted(getattr(group, "commands", {}).items()):
        context = command.make_context(name, [], parent=root, resilient_parsing=True, terminal_width=WIDTH, max_content_width=WIDTH)
        lines += [f"## {name}\n", block(command.get_help(context)), ""]
    return {"cli.md": "\n".join(lines)}
