"""`rackwright view DIR`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rackwright.cli import designs, options, screen

if TYPE_CHECKING:
    from rackwright.flow.viewing import Server


def run(
    folder: options.PackageDir,
    port: Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port of this machine; 0 takes a free one.")] = 0,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    against: Annotated[str | None, typer.Option("--against", metavar="OTHER", help="Package or spec that DIR is to be compared with.")] = None,
) -> int:
    """Show a package in the browser.

    Plan, racks, every cable and its way, findings and failure cases. The same page lies in the package as `viewer/index.html` and needs no server;
    with `--against` it shows in place what changes from OTHER to DIR. Ends with Ctrl-C.
    """
    from rackwright.flow.viewing import open_server

    server = open_server(Path(folder), port, _changes(folder, against) if against else None)
    screen.out(f"{server.url}\n")
    screen.flush()
    screen.note("Ctrl-C ends it")
    if open_page:
        import webbrowser

        webbrowser.open(server.url)
    return _served(server)


def _served(server: Server) -> int:
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        return 0
    finally:
        server.server_close()
    return 0


def _changes(folder: str, against: str) -> dict[str, Any]:
    """What differs from `against` to the package. Raises PackageError, DesignError, UsageError."""
    from rackwright.flow.changes import changes
    from rackwright.flow.diff import diff

    before, after = designs.open_two(against, folder)
    return changes(diff(before.tables, after.tables), before.tables, Path(against).name)
