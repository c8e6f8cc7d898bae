"""A part file as a `Part`: every mistake in it is a finding BOM001 with file, line and column, all of one file at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from rackwright.base import units
from rackwright.base.findings import DesignError, Finding, Note, quoted
from rackwright.base.spans import Span
from rackwright.base.tree import Node, parse, read_text, type_names
from rackwright.catalog.facts import mismatched, read_value, suggest
from rackwright.catalog.part import CONFIDENCES, Content, Fact, Part, PortGroup
from rackwright.schema.kinds import FactSchema, kind_names, kind_schema

PORT_KINDS = ("scale-up", "scale-out", "frontend", "management", "power")
FACES = ("front", "rear")
MOST = 10_000  # pieces inside a part, ports of a group, lanes of a port: far more than any has, few enough that a slip of the pen stays cheap
_TOP = {"part": True, "kind": True, "title": True, "maker": True, "sources": True, "facts": True, "contains": False, "ports": False}
_SOURCE = {"title": True, "date": True, "confidence": True, "note": False}
_FACT = {"value": True, "from": True, "low": False, "high": False, "note": False}
_CONTENT = {"part": True, "count": True, "as": True}
_PORT = {
    "kind": True,
    "count": True,
    "name": True,
    "connector": True,
    "face": True,
    "x": True,
    "z": True,
    "of": False,
    "speed": False,
    "lanes": False,
    "prints": False,
    "first": False,
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts of a part file come from; `note` holds for each of its facts that has none of its own."""

    title: str
    date: str
    confidence: str
    note: str


@dataclass(slots=True)
class _Reader:
    """Collects findings while a part file is read; what could not be read is replaced by something harmless and never returned."""

    found: list[Finding] = field(default_factory=list)

    def fault(self, message: str, span: Span, help: str = "", notes: tuple[Note, ...] = ()) -> None:
        self.found.append(Finding("BOM001", "part-file-broken", "error", message, span, notes=notes, help=help))

    def mapping(self, node: Node, fields: dict[str, bool] | None, what: str) -> dict[str, Node]:
        """The children of a mapping; with `fields` (name -> required) unknown and missing names are faults."""
        needed = [name for name, is_required in (fields or {}).items() if is_required]
        if not isinstance(node.value, dict):
            shape = ", ".join(f"{name}: ..." for name in needed)
            self.fault(f"{what} must be a mapping, not {type_names[node.kind]}", node.span, f"write `{{{shape}}}`" if shape else "")
            return {}
        if fields is None:
            return node.value
        for name, child in node.value.items():
            if name not in fields:
                self.fault(f"{what} has no field `{name}`", child.key, suggest(name, fields) or f"fields are {_listed(fields)}")
        for name, is_required in fields.items():
            if is_required and name not in node.value:
                self.fault(f"{what} lacks `{name}`", node.key if node.key.line < node.span.line else node.span, f"add `{name}: ...`")
        return {k: v for k, v in node.value.items() if k in fields}

    def text(self, node: Node | None, what: str) -> str:
        """A scalar; the empty string where it is absent or no scalar."""
        if node is None:
            return ""
        if not isinstance(node.value, str):
            self.fault(f"{what} must be a value, not {type_names[node.kind]}", node.span)
            return ""
        return node.value.strip()

    def choice(self, node: Node | None, allowed: tuple[str, ...], what: str) -> str:
        """One of some words; the first of them where it is none."""
        word = self.text(node, what)
        if node is not None and word not in allowed:
            self.fault(f"{what} `{word}` is not known", node.span, suggest(word, allowed) or f"write one of {_listed(allowed)}")
        return word if word in allowed else allowed[0]

    def whole(self, node: Node | None, what: str, least: int) -> int:
        """A whole number of at least `least`; `least` where it is none."""
        word = self.text(node, what)
        if node is None:
            return least
        if not word.isascii() or not word.isdigit() or len(word) > 6 or not least <= int(word) <= MOST:
            self.fault(f"{what} must be a whole number from {least} to {MOST:,}, not {quoted(word)}", node.span)
            return least
        return int(word)

    def quantity(self, node: Node | None, dimension: str, what: str) -> float:
        """A quantity in base units; 0 where it is none."""
        word = self.text(node, what)
        if node is None or not isinstance(node.value, str):
            return 0.0
        try:
            return units.parse(word, dimension).value
        except units.UnitError as fault:
            self.fault(f"{what}: {fault}", node.span)
            return 0.0

    def rows(self, node: Node | None, what: str) -> list[Node]:
        """The rows of a list; none where it is absent or no list."""
        if node is None:
            return []
        if not isinstance(node.value, list):
            self.fault(f"{what} must be a list, not {type_names[node.kind]}", node.span)
            return []
        return node.value


def _listed(words: object) -> str:
    return ", ".join(f"`{w}`" for w in words)  # type: ignore[attr-defined]


def load_part(path: Path, shown: str, name: str, missing: Callable[[str], str | None]) -> Part:
    """Read one part file; see `read_part`. A file that is no plain YAML is a BOM001 too."""
    try:
        text = read_text(path, shown)
        known = _read(text, shown, name)
        if known is not None and all(missing(content.part) is None for content in known.contains):
            return known
        return read_part(text, shown, name, missing)
    except DesignError as fault:
        raise broken(fault) from None


@lru_cache(maxsize=4096)
def _read(text: str, shown: str, name: str) -> Part | None:
    """The part of a text, if every part it contains is there: the same in every catalogue of a process. None where the text has faults."""
    try:
        return read_part(text, shown, name, lambda part: None)
    except DesignError:
        return None


def broken(fault: DesignError) -> DesignError:
    """The same findings under the code of a broken part file; what the YAML reader says about a spec holds for part files too."""
    return DesignError(
        [replace(f, code="BOM001", name="part-file-broken", message=f.message.replace("a spec", "a part file")) for f in fault.findings]
    )


def read_part(text: str, shown: str, name: str, missing: Callable[[str], str | None]) -> Part:
    """The part that `text` describes.

    `shown` is the file in messages; `name` is the name its path gives it; `missing(part)` is None for a part of the catalogue,
    else words of help.

    Raises:
        DesignError: BOM001 for every mistake in the file (SPC001..3 where it is not plain YAML).
    """
    documents = parse(text, shown)
    reader = _Reader()
    if len(documents) != 1:
        text = f"a part file holds one document, this one holds {len(documents)}" if documents else "the part file is empty"
        reader.fault(text, Span(shown, 1, 1, 1, 1), "`rackwright part` shows what others hold" if not documents else "split it")
        raise DesignError(reader.found)
    top = reader.mapping(documents[0], _TOP, "a part file")
    written = reader.text(top.get("part"), "`part`")
    if "part" in top and written != name:
        reader.fault(
            f"the file says part `{written}`, its path says `{name}`",
            top["part"].span,
            f"write `part: {name}`, or move the file to `{written}.yaml`",
        )
    kind = reader.choice(top.get("kind"), kind_names(), "kind")
    sources = {k: _source(reader, k, v) for k, v in _children(reader, top.get("sources"), "`sources`").items()}
    # the facts of an unknown kind cannot be judged
    is_known = "kind" in top and top["kind"].value in kind_names()
    facts = _facts(reader, top.get("facts"), kind, sources) if is_known else {}
    contains = tuple(_content(reader, row, missing) for row in reader.rows(top.get("contains"), "`contains`"))
    ports = tuple(_port(reader, row, contains) for row in reader.rows(top.get("ports"), "`ports`"))
    _unique(reader, top.get("contains"), [c.alias for c in contains], "two contents are called `{}`", "give each its own `as`")
    names = [f"{p.of}/{p.name}" if p.of else p.name for p in ports]
    _unique(reader, top.get("ports"), names, "two groups of ports are called `{}`", "give each its own `name`")
    printed = [f"{p.of}/{word}" if p.of else word for p in ports for word in p.printed]
    if twice := next((word for word, n in Counter(printed).items() if n > 1 and not reader.found), ""):
        reader.fault(f"two ports are printed `{twice}`", top["ports"].span, "count one of the groups from another `first`, or give it other `prints`")
    if reader.found:
        raise DesignError(reader.found)
    return Part(name, kind, reader.text(top["title"], "`title`"), reader.text(top["maker"], "`maker`"), facts, contains, ports, shown)


def _unique(reader: _Reader, node: Node | None, names: list[str], message: str, help: str) -> None:
    rows = node.value if node is not None and isinstance(node.value, list) else []
    for i, (row, name) in enumerate(zip(rows, names, strict=True)):
        if name and name in names[:i]:
            reader.fault(message.format(name), row.span, help)


def _children(reader: _Reader, node: Node | None, what: str) -> dict[str, Node]:
    return {} if node is None else reader.mapping(node, None, what)


def _source(reader: _Reader, key: str, node: Node) -> Source:
    fields = reader.mapping(node, _SOURCE, f"source `{key}`")
    day = reader.text(fields.get("date"), f"date of source `{key}`")
    if "date" in fields:
        try:
            date.fromisoformat(day)
        except ValueError:
            reader.fault(f"date of source `{key}` must be a date such as `2026-11-22`, not `{day}`", fields["date"].span)
    confidence = reader.choice(fields.get("confidence"), CONFIDENCES, f"confidence of source `{key}`")
    note = reader.text(fields.get("note"), "`note`")
    return Source(reader.text(fields.get("title"), f"title of source `{key}`"), day, confidence, note)


def _facts(reader: _Reader, node: Node | None, kind: str, sources: dict[str, Source]) -> dict[str, Fact]:
    schemas = kind_schema(kind)
    facts: dict[str, Fact] = {}
    rows = _children(reader, node, "`facts`")
    for name, row in rows.items():
        if name not in schemas:
            reader.fault(f"`{name}` is not a fact of kind `{kind}`", row.key, suggest(name, schemas) or f"a {kind} may have {_listed(schemas)}")
            continue
        fact = _fact(reader, schemas[name], row, sources)
        if fact is not None:
            facts[name] = fact
    for schema in schemas.values():
        if node is not None and schema.is_required and schema.fact not in rows:
            reader.fault(f"fact `{schema.fact}` is missing, which every {kind} must have", node.key, f"{schema.fact}: {schema.description}")
    for name, text in mismatched(facts) if kind == "coolant" else ():
        reader.fault(text, rows[name].key)
    return facts


def _fact(reader: _Reader, schema: FactSchema, node: Node, sources: dict[str, Source]) -> Fact | None:
    fields = reader.mapping(node, _FACT, f"fact `{schema.fact}`")
    before = len(reader.found)
    text = " ".join(reader.text(fields.get("value"), f"value of `{schema.fact}`").split())
    read: dict[str, float | None] = {}
    for end in ("value", "low", "high"):
        if end in fields and isinstance(fields[end].value, str):
            try:
                read[end] = read_value(reader.text(fields[end], end), schema)
            except ValueError as fault:
                reader.fault(str(fault) if schema.fact in str(fault) else f"`{schema.fact}`: {fault}", fields[end].span)
    value, low, high = read.get("value"), read.get("low"), read.get("high")
    for end, is_wrong, side in (
        ("low", value is not None and low is not None and low > value, "above"),
        ("high", value is not None and high is not None and high < value, "below"),
    ):  # fmt: skip
        if is_wrong:
            wrong = f"`{end}` of `{schema.fact}`, {fields[end].value}, is {side} its value, {text}"
            reader.fault(wrong, fields[end].span, notes=(Note(fields["value"].span, "value here"),))
    key = reader.text(fields.get("from"), f"source of `{schema.fact}`")
    if "from" in fields and key not in sources:
        reader.fault(f"`{key}` is not a source of this file", fields["from"].span, suggest(key, sources) or "add it under `sources`")
    if len(reader.found) > before or key not in sources or "value" not in fields:
        return None
    source = sources[key]
    note = reader.text(fields.get("note"), "note") or source.note
    return Fact(schema.fact, value, text, schema.unit, low, high, source.title, source.date, source.confidence, note)


def _content(reader: _Reader, node: Node, missing: Callable[[str], str | None]) -> Content:
    fields = reader.mapping(node, _CONTENT, "a content")
    part = reader.text(fields.get("part"), "`part`")
    help = missing(part) if "part" in fields else None
    if help is not None:
        reader.fault(f"there is no part `{part}`", fields["part"].span, help)
    return Content(part, reader.whole(fields.get("count"), "`count`", 1), reader.text(fields.get("as"), "`as`"))


def _port(reader: _Reader, node: Node, contains: tuple[Content, ...]) -> PortGroup:
    fields = reader.mapping(node, _PORT, "a group of ports")
    kind = reader.choice(fields.get("kind"), PORT_KINDS, "kind of port")
    of = reader.text(fields.get("of"), "`of`")
    chips = next((c.count for c in contains if c.alias == of), 0) if of else 1
    if not chips:
        known = [c.alias for c in contains]
        reader.fault(f"nothing in `contains` is called `{of}`", fields["of"].span, suggest(of, known) or "write its `as` name")
    for name in ("speed", "lanes"):
        if kind != "power" and name not in fields and node.kind == "map":
            reader.fault(f"a group of {kind} ports lacks `{name}`", node.span)
    count = reader.whole(fields.get("count"), "`count`", 1)
    if count * chips > MOST:
        reader.fault(f"{count * chips:,} ports of one group are more than the {MOST:,} that one part may have", fields["count"].span)
    x = tuple(reader.quantity(row, "mm", "`x`") for row in reader.rows(fields.get("x"), "`x`"))
    if "x" in fields and fields["x"].kind == "list" and chips and (not x or count * chips % len(x)):
        reader.fault(f"{count * chips} ports cannot be split evenly over {len(x)} connectors", fields["x"].span)
    return PortGroup(
        kind,
        reader.text(fields.get("name"), "`name`"),
        of,
        count,
        reader.quantity(fields.get("speed"), "Gb/s", "`speed`"),
        reader.whole(fields.get("lanes"), "`lanes`", 0),
        reader.text(fields.get("connector"), "`connector`"),
        reader.choice(fields.get("face"), FACES, "face"),
        x,
        reader.quantity(fields.get("z"), "mm", "`z`"),
        reader.text(fields.get("prints"), "`prints`"),
        reader.whole(fields.get("first"), "`first`", 0),
    )
