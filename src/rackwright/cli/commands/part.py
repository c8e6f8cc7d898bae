"""`rackwright part [NAME]`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli import options, rows, screen

if TYPE_CHECKING:
    from rackwright.catalog.loader import Catalog
    from rackwright.catalog.part import Fact, Part, PortGroup


def run(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Part as maker/model; all are listed by kind without it.")] = None,
    parts: Annotated[list[str] | None, typer.Option("--parts", metavar="DIR", help="Folder with your own parts; may be repeated.")] = None,
    from_netbox: Annotated[
        str | None, typer.Option("--from-netbox", metavar="FILE", help="Turn a NetBox device type (YAML) into a part file.")
    ] = None,
    out: Annotated[str | None, typer.Option("-o", "--out", metavar="DIR", help="With --from-netbox: part folder to write into.")] = None,
    format: options.RowsFormat = options.TableFormat.TEXT,
) -> int:
    """List the parts, or show one with its sources.

    Every fact with its range, source, date and confidence. --from-netbox turns a NetBox device type into a part of your own.
    """
    if from_netbox is not None:
        return _import(from_netbox, out)
    if out is not None:
        raise screen.UsageError("-o goes with --from-netbox")
    from rackwright.catalog.loader import Catalog

    catalog = Catalog([Path(p) for p in parts or ()])
    if name is None:
        listed = sorted((p.kind, p.name, p.title) for p in (catalog.part(n) for n in catalog.names()))
        rows.write(("kind", "part", "title"), listed, format)
        return 0
    part = _find(catalog, name)
    facts = list(part.facts.values())
    if format is options.TableFormat.TEXT:
        screen.out(page(part))
    else:
        rows.write(
            ("fact", "value", "unit", "text", "low", "high", "confidence", "date", "source", "note"),
            [(f.name, f.value, f.unit, f.text, f.low, f.high, f.confidence, f.date, f.source, f.note) for f in facts],
            format,
        )
    return 0


def _find(catalog: Catalog, name: str) -> Part:
    """The part of that name; a model alone will do where only one maker has it. Raises UsageError."""
    try:
        return catalog.part(name)
    except KeyError:
        pass
    same = [n for n in catalog.names() if n.partition("/")[2] == name]
    if len(same) == 1:
        return catalog.part(same[0])
    close = same or catalog.close(name)
    hint = f"; did you mean {' or '.join(f'`{c}`' for c in close)}?" if close else ""
    raise screen.UsageError(f"there is no part `{name}`{hint}; `rackwright part` lists them")


def page(part: Part) -> str:
    """Everything about one part."""
    facts = list(part.facts.values())
    head = [f"{screen.paint(part.name, 'bold')}  {part.title}", f"{part.kind} by {part.maker}, from {part.file}", ""]
    sources = list(dict.fromkeys((f.source, f.date) for f in facts))
    body = [(f.name, f.text, _range(f), f.confidence, f"[{sources.index((f.source, f.date)) + 1}]", f.note) for f in facts]
    text = "\n".join(head) + screen.table(("fact", "value", "range", "confidence", "source", "note"), body)[0]
    text += "\nSources\n" + "".join(f"  [{i + 1}] {screen.clean(s)}{f', {d}' if d else ''}\n" for i, (s, d) in enumerate(sources))
    if part.contains:
        text += "\nContains\n" + "".join(f"  {c.count} x {c.part}  ({c.alias})\n" for c in part.contains)
    if part.ports:
        text += (
            "\nPorts\n"
            + screen.table(
                ("  name", "printed", "kind", "count", "speed", "connector", "face"),
                [
                    (f"  {p.name}", _printed(p), p.kind, f"{p.count}{f' on each {p.of}' if p.of else ''}", _speed(p.speed_gbps), p.connector, p.face)
                    for p in part.ports
                ],
            )[0]
        )
    return text


def _range(fact: Fact) -> str:
    from rackwright.base.units import show

    if fact.low is None and fact.high is None:
        return ""
    return " .. ".join("?" if v is None else show(v, fact.unit).strip() for v in (fact.low, fact.high))


def _printed(group: PortGroup) -> str:
    """What is printed at its ports."""
    first, *others = group.printed or [""]
    return f"{first} .. {others[-1]}" if others else first


def _speed(gbps: float) -> str:
    from rackwright.base.units import show

    return show(gbps, "Gb/s") if gbps else ""


def _import(file: str, out: str | None) -> int:
    """Write the part that a NetBox device type describes to DIR/maker/model.yaml; never over another file."""
    if out is None:
        raise screen.UsageError("--from-netbox needs -o DIR, the part folder to write into")
    from rackwright.catalog.netbox import convert

    name, text = convert(Path(file), file)
    target = Path(out) / f"{name}.yaml"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError:
        raise screen.UsageError(f"`{target}` is there already and is left as it is; move it away or name another folder") from None
    except OSError as fault:
        raise screen.UsageError(f"cannot write `{target}`: {fault.strerror}") from None
    screen.note(f"wrote part `{name}`; add `parts: [{out}]` to a spec beside it to use it")
    screen.out(f"{target}\n")
    return 0
