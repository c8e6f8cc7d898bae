"""`rackwright explain DIR_OR_SPEC [ROW]`."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli import designs, options, screen, studies
from rackwright.cli.snippet import snippet
from rackwright.cli.sources import Sources

if TYPE_CHECKING:
    from rackwright.base.spans import Span
    from rackwright.flow.explain import Explanation, FactLine, Input
    from rackwright.flow.explain_cable import CableStory


def run(
    source: options.Source,
    row: Annotated[str | None, typer.Argument(metavar="[ROW]", help="Spec path, TABLE:NAME or label of a cable; all inputs without it.")] = None,
    variant: options.Variant = None,
    sets: options.Sets = None,
    format: options.PlainFormat = options.TextFormat.TEXT,
) -> int:
    """Tell where an input or a row comes from.

    Without ROW: every input of the design with its value, who decided it and where. With ROW: that row, the stage that wrote it, its line of the
    spec, and the part facts behind it with their sources.
    """
    from rackwright.flow.explain import explain, inputs
    from rackwright.schema.tables import table_names

    opened = designs.open_any(source, variant, sets or [])
    if row is None:
        listed = inputs(opened.tables)
        if format is options.TextFormat.JSON:
            screen.out(_json([dataclasses.asdict(i) for i in listed]))
        else:
            screen.out(_inputs(listed, opened.sources))
            screen.flush()
            screen.note(f"{len(listed)} inputs; `rackwright explain {source} PATH` tells more about one")
        return 0
    table = row.partition(":")[0]
    if table in table_names() and opened.tables[table].is_empty() and (told := studies.missing(source, table, opened.tables)):
        raise screen.UsageError(told)
    found = explain(opened.tables, row)
    screen.out(_json(dataclasses.asdict(found)) if format is options.TextFormat.JSON else _text(found, opened.sources))
    return 0


def _json(data: object) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _inputs(listed: list[Input], sources: Sources) -> str:
    body = [(i.path, i.text, i.origin, _place(i.span, sources), i.description) for i in listed]
    return screen.table(("path", "value", "origin", "where", "what it means"), body)[0]


def _place(span: Span, sources: Sources) -> str:
    return f"{sources.shown(span.file)}:{span.line}:{span.column}" if span.file else ""


def _text(found: Explanation, sources: Sources) -> str:
    is_input = found.table == "inputs"
    parts = [screen.paint(f"{found.table}:{screen.clean(found.key)}", "bold"), "", *(_cable(found.cable) if found.cable else []), _cells(found)]
    if found.span.file:
        word = _heading(found.inputs[0].origin) if is_input and found.inputs else "Asked for by"
        parts += [f"{screen.paint(word, 'bold')}  {found.path or 'the whole spec'}", f"  --> {screen.clean(_place(found.span, sources))}"]
        parts += [*snippet(found.span, sources), ""]
    if len(found.inputs) > is_input:
        rows = [(f"  {i.path}", i.text, i.origin, _place(i.span, sources)) for i in found.inputs]
        parts += [screen.paint("Inputs there", "bold"), screen.table(("  path", "value", "origin", "where"), rows)[0]]
    if found.facts:
        parts += [screen.paint(f"Facts of {found.facts[0].part}", "bold"), _facts(found.facts)]
    if found.route:
        rows = [(f"  {s.what}", str(s.tray), f"{s.start} to {s.end}", f"{s.length_mm / 1000:.2f} m") for s in found.route]
        heads = ("  segment", "tray", "from, to", "length")
        parts += [screen.paint("Route, from the rack of lower number; of the first and last segment a part", "bold"), screen.table(heads, rows)[0]]
    if found.users:
        parts += [screen.paint("Rows that this place of the spec caused", "bold"), "  " + ", ".join(f"{n} {c:,}" for n, c in found.users), ""]
    return "\n".join(parts)


def _cable(cable: CableStory) -> list[str]:
    """Label and ends, what it is made of and why, what its length is made of."""
    of = f", with {cable.modules}" if cable.modules else ""
    made = f"{cable.part} ({cable.medium}){of}" if cable.part else "nothing on offer reaches"
    if cable.links > 1:
        made += f"; one cable of {cable.links} links, this row is {cable.link}"
    parts = [f"{screen.paint('Label', 'bold')}  {screen.clean(cable.label)}", f"{screen.paint('Made of', 'bold')}  {screen.clean(made)}", ""]
    rows = [(f"  {e.side}", e.name, e.device, e.hall, e.rack, "" if e.unit is None else e.unit, e.port) for e in cable.ends]
    parts += [screen.paint("Ends", "bold"), screen.table(("  end", "label", "device", "hall", "rack", "unit", "port"), rows)[0]]
    if cable.lengths:
        lines = [(f"  {'= ' if p.is_sum else ''}{p.what}", f"{p.length_mm:,}") for p in cable.lengths]
        parts += [screen.paint("Length", "bold"), screen.table(("  piece", "mm"), lines, right=(False, True))[0]]
    if cable.offers:
        offers = [(f"  {o.part}", o.medium, o.modules, f"{o.longest_mm:,}", f"{o.weight_link_usd:,.2f}", o.verdict) for o in cable.offers]
        heads = ("  part", "medium", "modules", "longest, mm", "a link, USD", "and")
        parts += [
            screen.paint("Why this part: the cheapest that reaches", "bold"),
            screen.table(heads, offers, right=(False, False, False, True, True))[0],
        ]
    return parts


def _heading(origin: str) -> str:
    """What the place of an input is, by who decided it."""
    if origin in ("written", "variant", "set"):
        return "Written here"
    return "Would be written here" if origin == "default" else "Follows from"


def _cells(found: Explanation) -> str:
    if found.table == "inputs":
        values = {c.column: c.text for c in found.cells}
        return screen.table(("", ""), [(f"  {k}", values.get(k, "")) for k in ("text", "origin", "description")])[0]
    rows = [(f"  {c.column}", f"{c.text} {c.unit}".rstrip() if c.column != "value" else c.text, c.stage, c.description) for c in found.cells]
    return screen.table(("  column", "value", "written by", "what it means"), rows)[0]


def _facts(facts: list[FactLine]) -> str:
    rows = [(f"  {f.fact}", f.text, f.confidence, ", ".join(x for x in (f.source, f.date) if x), f.note) for f in facts]
    return screen.table(("  fact", "value", "confidence", "source", "note"), rows)[0]
