"""The entry point: finds the commands, runs one, and turns whatever happens into one message and an exit code.

Exit codes: 0 clean, 1 findings (or differences), 2 usage or tool fault, 130 interrupted.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from functools import cache
from typing import Annotated

import typer

from rackwright.cli import commands, screen
from rackwright.flow.manifest import rackwright_version

# Before NumPy is imported: the dense systems of a rack are small, and threads that wait for work take as long again as the work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# A command imports hundreds of thousands of objects that live to its end: looking for cycles among them every 700 costs a tenth of `check`.
gc.set_threshold(100_000, 50, 50)

DEBUG = "--debug"
ISSUES = "run it again with --debug and report the traceback with the spec that caused it"


def _version(wanted: bool) -> None:
    if wanted:
        screen.out(f"rackwright {rackwright_version()}\n")
        raise typer.Exit


def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback when rackwright itself fails.")] = False,
) -> None:
    """Rack as code: one declarative spec becomes tables, checks, simulations, drawings and a build package.

    Data goes to stdout, messages to stderr. Exit codes: 0 clean, 1 findings, 2 usage or tool fault.
    """


@cache
def app() -> typer.Typer:
    """The application with every command that `commands/` holds; a module that may not have the name of its command has a `_` after it."""
    made = typer.Typer(
        name="rackwright",
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(_root)
    for info in pkgutil.iter_modules(commands.__path__):
        made.command(info.name.rstrip("_"))(importlib.import_module(f"{commands.__name__}.{info.name}").run)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name) and give its exit code. Never raises."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    is_debug = DEBUG in arguments
    arguments = [a for a in arguments if a != DEBUG]
    screen.tolerant()
    try:
        code = _run(arguments, is_debug)
        screen.flush()
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except screen.ReaderGoneError:
        return _reader_gone()
    except SystemExit as gone:
        return gone.code if isinstance(gone.code, int) else 2
    return code


def _run(arguments: list[str], is_debug: bool) -> int:
    from rackwright.base.findings import DesignError
    from rackwright.flow.manifest import PackageError

    try:
        code = typer.main.get_command(app()).main(arguments, prog_name="rackwright", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except DesignError as fault:
        from rackwright.cli.formats import render
        from rackwright.cli.sources import Sources

        screen.note(render("text", fault.findings, Sources()))
        return 1
    except (PackageError, screen.UsageError) as fault:
        screen.error(str(fault))
        return 2
    except (screen.ReaderGoneError, KeyboardInterrupt, SystemExit, typer.Abort, typer.Exit):
        raise
    except BaseException as fault:  # noqa: BLE001 - the one place that turns a bug of ours (a panic in Polars too) into a message
        return _ours(fault, is_debug)


def _ours(fault: BaseException, is_debug: bool) -> int:
    """A usage error of the option parser, or a bug: one line, the traceback only when asked for."""
    show = getattr(fault, "show", None)
    code = getattr(fault, "exit_code", None)
    if callable(show) and isinstance(code, int):
        show()
        return code
    if isinstance(fault, MemoryError):
        screen.error("out of memory")
        return 2
    if is_debug:
        import traceback

        screen.note(traceback.format_exc())
    text = " ".join(str(fault).split())
    screen.error(f"this is a bug in rackwright, not in your spec: {type(fault).__name__}: {text[:200]}" + ("" if is_debug else f"; {ISSUES}"))
    return 2


def _reader_gone() -> int:
    """Whoever read our output (`| head`) has seen enough; leave nothing for the interpreter to flush into the closed pipe."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
    return 0
