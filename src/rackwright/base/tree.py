"""YAML as a tree of nodes that know where they stand. Scalars stay text, so `1:4`, `no`, `0123` and `1.10` stay what they are.

Both the spec and the part files are read with this. Finds (as `DesignError`): SPC001 not YAML, SPC002 duplicate key,
SPC003 anchors, aliases, tags, merge keys and other YAML that a spec does not use.

The tree is built from the parser's events, not from PyYAML's own nodes: composing those recurses in C and ends the process
where a file opens some ten thousand brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from rackwright.base.findings import DesignError, Finding, Note, quoted
from rackwright.base.spans import Span

_LOADER: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
MAX_BYTES = 4_000_000
MAX_DEPTH = 60

type_names = {"map": "a mapping", "list": "a list", "scalar": "a value"}

# Characters that no editor shows, and those that YAML takes for a line end while editors do not: lines would be counted differently.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]|\r(?!\n)")
# What libyaml says, what it means, how to mend it, and whether the place is where a bracket or quote was opened.
_PROBLEMS = (
    ("scanning a quoted scalar", "the quote that opens here is never closed", "close it on the same line", True),
    ("unknown escape", "a backslash in double quotes begins an escape that YAML does not know", "use single quotes, or double the backslash", False),
    ("escape code", "a backslash in double quotes begins an escape that YAML does not know", "use single quotes, or double the backslash", False),
    ("expected ',' or ']'", "the list that opens here is not closed, or a comma is missing in it", "add `]`, or the comma", True),
    ("expected ',' or '}'", "the mapping that opens here is not closed, or a comma is missing in it", "add `}`, or the comma", True),
    ("could not find expected ':'", "a line without `name:` stands among names", "write `name: value`, or take the line out", True),
    ("expected '-' indicator", "a line that does not begin with `-` stands in a list", "move the line in or out, or begin it with `-`", False),
    ("sequence entries are not allowed", "a `-` stands where no list can begin", "begin each item of a list on a line of its own", False),
    (
        "expected key",
        "this does not fit what stands above it",
        "begin the line as far in as its neighbours; look for stray brackets and quotes",
        False,
    ),
    ("expected <document start>", "text stands after the end of the document", "take it out; one file holds one document", False),
    ("expected node content", "a value is missing before this", "write the value, or take out the bracket or comma before it", False),
)


@dataclass(slots=True)
class Node:
    """One node: `kind` is map, list or scalar. `value` is dict[str, Node], list[Node] or str; `key` is where its name stands."""

    kind: str
    value: dict[str, Node] | list[Node] | str
    span: Span
    key: Span

    def items(self) -> Iterator[tuple[str, Node]]:
        """Children with their names (list children by position)."""
        if isinstance(self.value, dict):
            yield from self.value.items()
        elif isinstance(self.value, list):
            yield from ((str(i), child) for i, child in enumerate(self.value))

    def copy(self) -> Node:
        """The same in nodes of its own; `copy.deepcopy` takes ten times as long."""
        if isinstance(self.value, dict):
            return Node(self.kind, {k: v.copy() for k, v in self.value.items()}, self.span, self.key)
        if isinstance(self.value, list):
            return Node(self.kind, [v.copy() for v in self.value], self.span, self.key)
        return Node(self.kind, self.value, self.span, self.key)

    def plain(self) -> object:
        """The same as plain dicts, lists and strings."""
        if isinstance(self.value, dict):
            return {k: v.plain() for k, v in self.value.items()}
        if isinstance(self.value, list):
            return [v.plain() for v in self.value]
        return self.value


def spec_error(code: str, name: str, message: str, span: Span, help: str = "", notes: tuple[Note, ...] = (), label: str = "") -> DesignError:
    """A `DesignError` with one finding of severity error."""
    return DesignError([Finding(code, name, "error", message, span, label=label, notes=notes, help=help)])


def read_text(path: Path, shown: str) -> str:
    """The text of a file, or SPC001 where it cannot be read as UTF-8 text of a sane size."""
    top = Span(shown, 1, 1, 1, 1)

    def fault(message: str, help: str) -> DesignError:
        return spec_error("SPC001", "not-a-spec", message, top, help)

    try:
        with path.open("rb") as handle:
            data = handle.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise fault(f"the file has {path.stat().st_size:,} bytes, over the {MAX_BYTES:,} that a spec may have", "name a rack spec")
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        raise fault(f"there is no file {quoted(shown)}", "check the path; `rackwright new FILE` writes a starter") from None
    except (IsADirectoryError, NotADirectoryError):
        raise fault(f"{quoted(shown)} is no file", "name a YAML file") from None
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        at = Span(shown, line, wrong.start - data.rfind(b"\n", 0, wrong.start), line, wrong.start - data.rfind(b"\n", 0, wrong.start) + 1)
        raise spec_error("SPC001", "not-a-spec", f"the file is not UTF-8 text (byte {wrong.start + 1:,})", at, "save the file as UTF-8") from None
    except (OSError, ValueError) as wrong:
        raise fault(f"cannot read {quoted(shown)}: {getattr(wrong, 'strerror', None) or wrong}", "check the path and its permissions") from None


def parse(text: str, file: str) -> list[Node]:
    """Every document of a YAML text as a node tree. Empty documents are left out.

    Raises:
        DesignError: SPC001, SPC002 or SPC003; where it is YAML at all, with everything the file has of these at once.
    """
    text = text.removeprefix("\ufeff")
    unseen = _UNSEEN.search(text)
    if unseen is not None:
        raise _unseen(text, unseen.start(), file)
    reader = _Reader(yaml.parse(text, Loader=_LOADER), file)
    try:
        roots = list(reader.documents())
    except yaml.MarkedYAMLError as fault:
        raise _not_yaml(fault, text, file) from None
    except yaml.YAMLError as fault:  # pragma: no cover - _UNSEEN leaves nothing that has no mark
        raise spec_error("SPC001", "not-a-spec", f"this is not YAML: {str(fault).splitlines()[0]}", Span(file, 1, 1, 1, 2)) from None
    if reader.found:
        raise DesignError(sorted(reader.found, key=lambda f: (f.span.line, f.span.column)))
    return roots


def _unseen(text: str, at: int, file: str) -> DesignError:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    where = Span(file, line, column, line, column + 1)
    if text[at] == "\r":
        return spec_error("SPC001", "not-a-spec", "a line ends with a carriage return alone", where, "save the file with Unix or Windows line ends")
    help = "save the file as UTF-8 text" if text[at] == "\0" else "take it out; most editors do not show it"
    return spec_error("SPC001", "not-a-spec", f"the invisible character U+{ord(text[at]):04X} is no part of a spec", where, help)


def _not_yaml(fault: yaml.MarkedYAMLError, text: str, file: str) -> DesignError:
    """What the YAML parser found, in words of this project where they are clearer than its own."""
    said = f"{fault.context or ''} {fault.problem or ''}".strip()
    lines = text.split("\n")
    here, opened = (_place(mark, lines, file) for mark in (fault.problem_mark or fault.context_mark, fault.context_mark or fault.problem_mark))
    line, sign = lines[here.line - 1], lines[here.line - 1][here.column - 1 : here.column]
    for part, message, help, is_open in _PROBLEMS:
        if part in said:
            span, other = (opened, here) if is_open else (here, opened)
            notes = (Note(other, "noticed here"),) if is_open and other.line != span.line else ()
            return spec_error("SPC001", "not-a-spec", message, span, help, notes)
    if sign == "\t" or "tab" in said:
        message, help = "a tab stands where only spaces may", "indent with spaces"
    elif "cannot start any token" in said:
        message, help = f"a value cannot begin with {'a backtick' if sign == '`' else f'`{sign}`'}", "put the value in quotes"
    elif "mapping values are not allowed" in said and ":" in line[: here.column - 1]:
        message, help = "a second `:` stands in this value", "put a value that holds `: ` in quotes, or begin the second name on a line of its own"
    elif "mapping values are not allowed" in said:
        here = replace(here, column=len(line) - len(line.lstrip()) + 1)
        message, help = "this line does not fit the one above", "begin it as far in as its neighbours; see that the line above has its `:`"
    else:
        message, help = f"this is not YAML: {said}", "check indentation, quotes and brackets here and on the line above"
    return spec_error("SPC001", "not-a-spec", message, here, help)


def _place(mark: yaml.Mark | None, lines: list[str], file: str) -> Span:
    """A mark as a span inside the file; the parser's mark for the end of the text lies behind its last line."""
    line = min(mark.line, len(lines) - 1) if mark else 0
    column = min(mark.column, len(lines[line])) if mark and mark.line == line else len(lines[line]) if mark else 0
    return Span(file, line + 1, column + 1, line + 1, column + 2)


class _Reader:
    """Nodes from parser events; what a spec does not use is kept in `found` and replaced by an empty value."""

    def __init__(self, events: Iterator[yaml.Event], file: str) -> None:
        self.events, self.file = events, file
        self.found: list[Finding] = []

    def documents(self) -> Iterator[Node]:
        for event in self.events:
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event, None, 0)
                if root.value != "":
                    yield root

    def _span(self, first: yaml.Event, last: yaml.Event) -> Span:
        start, end = first.start_mark, last.end_mark
        assert start is not None
        assert end is not None
        return Span(self.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def _refuse(self, message: str, span: Span, help: str) -> None:
        self.found.append(Finding("SPC003", "yaml-not-plain", "error", message, span, help=help))

    def _node(self, event: yaml.Event, key: Span | None, depth: int) -> Node:
        span = self._span(event, event)
        key = key or span
        if depth > MAX_DEPTH:
            text = f"brackets or indentation are nested deeper than {MAX_DEPTH} levels"
            raise spec_error("SPC003", "yaml-not-plain", text, span, "no spec needs more than a handful")
        if isinstance(event, yaml.AliasEvent):
            self._refuse(f"the alias `*{event.anchor}` is YAML that a spec does not use", span, "write the value out, or use `variants`")
            return Node("scalar", "", span, key)
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor is not None:
            self._refuse(f"the anchor `&{anchor}` is YAML that a spec does not use", span, "take it out")
        if tag is not None:
            name = str(tag).replace("tag:yaml.org,2002:", "!!")
            self._refuse(f"the tag `{name}` is YAML that a spec does not use", span, "take it out; the field says how its value is read")
        if isinstance(event, yaml.MappingStartEvent):
            return self._map(event, key, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            rows = []
            while not isinstance(inner := next(self.events), yaml.SequenceEndEvent):
                rows.append(self._node(inner, None, depth + 1))
            return Node("list", rows, self._span(event, inner), key)
        assert isinstance(event, yaml.ScalarEvent)
        return Node("scalar", str(event.value), span, key)

    def _map(self, event: yaml.Event, key: Span, depth: int) -> Node:
        children: dict[str, Node] = {}
        while not isinstance(inner := next(self.events), yaml.MappingEndEvent):
            named = self._node(inner, None, depth + 1)
            name, where = named.value, named.span
            child = self._node(next(self.events), where, depth + 1)
            if not isinstance(name, str):
                self._refuse(f"{type_names[named.kind]} stands where a name is expected", where, "write a plain name")
            elif name == "<<":
                self._refuse("the merge key `<<` is YAML that a spec does not use", where, "write the values out, or use `variants`")
            elif name in children:
                self.found.append(
                    Finding(
                        "SPC002",
                        "duplicate-key",
                        "error",
                        f"{quoted(name)} is given twice",
                        where,
                        label="second time here",
                        notes=(Note(children[name].key, "first time here"),),
                        help="keep one of the two",
                    )
                )
            else:
                children[name] = child
        return Node("map", children, self._span(event, inner), key)
