"""A spec with its lines: text or Python in, a typed spec out, and for every path the place where it was written.

Finds (as `DesignError`): SPC001..SPC003 from the node tree, SPC101 unknown field, SPC102 wrong value, SPC103 missing field,
SPC106 unknown variant or path.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from rackwright.base.findings import DesignError, Finding, meant, quoted
from rackwright.base.spans import Span
from rackwright.base.tree import Node, parse, read_text, spec_error, type_names
from rackwright.spec.describe import fields_at, least_at
from rackwright.spec.fields import kind_of
from rackwright.spec.rack import RackSpec, Spec

SET = "--set"
SHOWN = 20  # faults of one file that are told one by one
HEADS = ("rack", "hall")  # the field that says what a spec describes
HEADS_HELP = "add `rack: NAME` for one rack, or `hall: NAME` for racks on a floor"


S = TypeVar("S", bound=Spec)


@dataclass(frozen=True, slots=True)
class Document(Generic[S]):
    """A validated spec. `spans` maps spec paths to values, `keys` to names; `origins` says which paths a variant or `--set` wrote."""

    file: str
    folder: Path
    spec: S
    spans: dict[str, Span]
    keys: dict[str, Span]
    origins: dict[str, str]
    text: str

    def span(self, path: str) -> Span:
        """Where `path` was written; for one that was not, the name of the section it would stand in."""
        if path in self.spans:
            return self.spans[path]
        while path := path.rpartition(".")[0]:
            if path in self.keys:
                return self.keys[path]
        return self.spans[""]

    def changed(self, path: str) -> str:
        """The path that a `--set` or a variant gave last at `path` or under it, else `path`: where the fault of a whole section most likely is."""
        under = [p for p in self.origins if p == path or p.startswith(f"{path}.")] if path else []
        return under[-1] if under else path


def read_file(path: Path, shown: str, *, variant: str | None = None, sets: Sequence[str] = ()) -> Document[RackSpec]:
    """The rack spec in a YAML file. Raises DesignError."""
    return read_yaml(read_text(path, shown), shown, path.parent, variant=variant, sets=sets)


def read_yaml(text: str, file: str, folder: Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> Document[RackSpec]:
    """The rack spec in a YAML text. Raises DesignError."""
    return read_tree(one_root(text, file), file, folder, text, RackSpec, variant=variant, sets=sets)


def one_root(text: str, file: str) -> Node:
    """The one document of a YAML text. Raises DesignError."""
    roots = parse(text, file)
    top = Span(file, 1, 1, 1, 1)
    if not roots:
        raise spec_error("SPC001", "not-a-spec", "the file is empty", top, "`rackwright new FILE` writes a starter")
    if len(roots) > 1:
        raise spec_error("SPC001", "not-a-spec", f"{len(roots)} documents in one file, one is wanted", roots[1].span, "split the file at `---`")
    return roots[0]


def read_tree(root: Node, file: str, folder: Path, text: str, model: type[S], *, variant: str | None = None, sets: Sequence[str] = ()) -> Document[S]:
    """The spec of that model in a node tree, with a variant and `--set` changes applied in that order. Raises DesignError."""
    if root.kind != "map":
        raise spec_error(
            "SPC001",
            "not-a-spec",
            f"a spec is a mapping that begins with `rack:` or `hall:`, not {type_names[root.kind]}",
            root.span,
            "`rackwright new FILE` writes a starter",
        )
    _check_variants(model, root)
    origins: dict[str, str] = {}
    if variant is not None or sets:
        root = root.copy()  # a spec made in Python may be read again with other changes
    if variant is not None:
        for path, node in _variant(model, root, variant, file).items():
            _assign(model, root, path, node, f"variant `{variant}`", node.key)
            origins[path] = "variant"
    for i, change in enumerate(sets):
        path, equals, value = change.partition("=")
        path, span = path.strip(), Span(SET, i + 1, 1, i + 1, len(change) + 1)
        if not equals or not path:
            text = f"`--set` wants `path=value`, not {quoted(change)}" if change.strip() else "`--set` wants `path=value`, not nothing"
            raise spec_error("SPC106", "unknown-variant", text, span, f"write for example `--set {model.example}=16`")
        _assign(model, root, path, _value(value.strip(), span), "`--set`", span)
        origins[path] = "set"
    spans, keys = {"": root.span}, {"": root.key}
    _places(root, "", spans, keys)
    try:
        spec = model.model_validate(root.plain())
    except ValidationError as fault:
        raise DesignError(_findings(model, fault, spans, keys)) from None
    return Document(file, folder, spec, spans, keys, origins, text)


def _value(text: str, span: Span) -> Node:
    """A `--set` value: YAML flow text whose every node stands at `span`."""
    try:
        nodes = parse(text, SET)
    except DesignError as fault:
        raise DesignError([replace(f, span=span, notes=()) for f in fault.findings]) from None
    if len(nodes) > 1:
        raise spec_error("SPC106", "unknown-variant", f"`--set` gives {len(nodes)} values, one is wanted", span, "give each its own `--set`")
    return _moved(nodes[0] if nodes else Node("scalar", "", span, span), span)


def _moved(node: Node, span: Span) -> Node:
    value = node.value
    if isinstance(value, dict):
        value = {k: _moved(v, span) for k, v in value.items()}
    elif isinstance(value, list):
        value = [_moved(v, span) for v in value]
    return replace(node, value=value, span=span, key=span)


def _variants(root: Node) -> dict[str, Node]:
    assert isinstance(root.value, dict)
    table = root.value.get("variants")
    return table.value if table is not None and isinstance(table.value, dict) else {}


def _variant(model: type[Spec], root: Node, name: str, file: str) -> dict[str, Node]:
    variants = _variants(root)
    if name not in variants:
        assert isinstance(root.value, dict)
        table, known = root.value.get("variants"), [f"`{k}`" for k in variants]
        raise spec_error(
            "SPC106",
            "unknown-variant",
            f"there is no variant {quoted(name)}",
            table.key if table else Span(file, 1, 1, 1, 2),
            _meant(name, list(variants)) or (f"variants here: {', '.join(known)}" if known else "this spec has no `variants`"),
        )
    chosen = variants[name]
    if not isinstance(chosen.value, dict):
        text = f"variant `{name}` is {type_names[chosen.kind]}, not a mapping of spec paths to values"
        raise spec_error("SPC102", "wrong-value", text, chosen.span, f"write for example `{model.example}: 16`")
    return chosen.value


def _check_variants(model: type[Spec], root: Node) -> None:
    """A path in any variant that leads nowhere is found at once, not when the variant is first taken."""
    found = []
    for name, variant in _variants(root).items():
        for path, node in variant.value.items() if isinstance(variant.value, dict) else ():
            fault = _astray(model, root, path, f"variant `{name}`", node.key)
            if fault is not None:
                found.append(fault)
    if found:
        raise DesignError(found)


def _steps(path: str) -> list[str]:
    """The steps of a spec path; a part's name is one step, whatever dots it holds."""
    first, dot, rest = path.partition(".")
    return [first, *rest.rsplit(".", 1)] if first == "overrides" and dot else path.split(".")


def _astray(model: type[Spec], root: Node, path: str, by: str, where: Span) -> Finding | None:
    """Why `path` is no path of this spec; None where it is one. A new group may be named only by the last step."""
    here: Node | None = root
    steps = _steps(path)
    for i, step in enumerate(steps):
        fields = fields_at(model, steps[:i])
        inside = dict(here.items()) if here is not None else {}
        if step in inside:
            here = inside[step]
        elif (here is None or here.kind == "map") and (
            step in fields or ("*" in fields and step and (i == len(steps) - 1 or steps[0] == "overrides"))
        ):
            here = None
        else:
            known = [k for k in {**inside, **fields} if k != "*"]
            place = _place(model, ".".join(steps[:i]))
            hint = _meant(step, known) or (f"known here: {', '.join(f'`{k}`' for k in known)}" if known else f"give {place} its value as a whole")
            return Finding(
                "SPC106", "unknown-variant", "error", f"{by} changes {quoted(path)}, but there is no {quoted(step)} in {place}", where, help=hint
            )
    return None


def _assign(model: type[Spec], root: Node, path: str, node: Node, by: str, where: Span) -> None:
    """Put `node` at `path`; sections on the way that the spec left out are made."""
    fault = _astray(model, root, path, by, where)
    if fault is not None:
        raise DesignError([fault])
    *way, last = _steps(path)
    here = root
    for step in way:
        if isinstance(here.value, list):
            here = here.value[int(step)]
        else:
            assert isinstance(here.value, dict)
            here = here.value.setdefault(step, Node("map", {}, where, where))
    if isinstance(here.value, list):
        here.value[int(last)] = node
    else:
        assert isinstance(here.value, dict)
        here.value[last] = replace(node, key=where)


def _meant(word: str, known: list[str]) -> str:
    return meant(difflib.get_close_matches(word, known, 2, 0.6))


def _places(node: Node, path: str, spans: dict[str, Span], keys: dict[str, Span]) -> None:
    for name, child in node.items():
        below = f"{path}.{name}" if path else name
        spans[below], keys[below] = child.span, child.key
        _places(child, below, spans, keys)


def _findings(model: type[Spec], fault: ValidationError, spans: dict[str, Span], keys: dict[str, Span]) -> list[Finding]:
    found: dict[tuple[str, str], Finding] = {}
    errors = fault.errors(include_url=False)
    for error in errors[:SHOWN]:
        loc = [str(p) for p in error["loc"] if not str(p).startswith("[")]  # marks of keys and of kinds
        while loc and ".".join(loc) not in spans and error["type"] != "missing":
            loc.pop()
        path = ".".join(loc)
        made = _finding(model, error, path, spans, keys)
        found.setdefault((made.code, path), made)
    ordered = sorted(found.values(), key=lambda f: (f.span.line, f.span.column, f.code))
    if len(errors) > SHOWN:
        ordered[-1] = replace(ordered[-1], more=len(errors) - SHOWN)
    return ordered


def _finding(model: type[Spec], error: Any, path: str, spans: dict[str, Span], keys: dict[str, Span]) -> Finding:
    parent, _, name = path.rpartition(".")
    fields = fields_at(model, parent.split(".") if parent else [])
    if error["type"] == "extra_forbidden":
        known = [k for k in fields if k != "*"]
        hint = _meant(name, known) or f"known here: {', '.join(f'`{k}`' for k in known)}"
        return Finding("SPC101", "unknown-field", "error", f"{quoted(name)} is not known in {_place(model, parent)}", keys[path], help=hint)
    meaning = fields.get(name, "")
    if error["type"] == "missing":
        at = keys.get(parent, spans[""]) if parent else _start(spans[""])
        if not parent and name in HEADS:
            return Finding(
                "SPC103", "missing-field", "error", "neither `rack` nor `hall` is here; one of them says what the spec is of", at, help=HEADS_HELP
            )
        text = f"`{name}` is missing in {_place(model, parent)}"
        return Finding("SPC103", "missing-field", "error", text, at, help=f"add `{name}:`, {_small(meaning)}")
    if "[key]" in error["loc"]:
        return Finding("SPC102", "wrong-value", "error", _text(error), keys.get(path, spans[""]))
    label = name if not name.isdigit() else path
    said = _text(error, least_at(model, path.split(".")))
    text = f"{quoted(label)}: {said}" if path else said
    return Finding("SPC102", "wrong-value", "error", text, spans.get(path, spans[""]), help=f"`{label}` is: {_small(meaning)}" if meaning else "")


def _start(span: Span) -> Span:
    return Span(span.file, span.line, span.column, span.line, span.column + 1)


def _small(text: str) -> str:
    """A description as part of a sentence; an abbreviation keeps its capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _place(model: type[Spec], path: str) -> str:
    return quoted(path) if path else model.noun


def _written(value: Any, expected: str) -> str:
    """The word that was meant, where it differs by capitals, hyphens or spaces alone."""

    def bare(word: str) -> str:
        return re.sub(r"[\s_-]", "", word).casefold()

    near = [w for w in re.findall(r"'([^']*)'", expected) if isinstance(value, str) and bare(w) == bare(value)]
    return f"; did you mean `{near[0]}`?" if near else ""


def _text(error: Any, least: int = 0) -> str:
    """A validation error in a sentence; `least` that a count may be there."""
    kind, context, shown = error["type"], error.get("ctx", {}), kind_of(error.get("input"))
    if kind == "spec":
        return str(context["text"]).replace(" from 0 to ", f" from {least} to ") if "most" in context else str(context["text"])
    if kind == "literal_error":
        return f"{shown} is not one of {context['expected'].replace(chr(39), '`')}{_written(error.get('input'), context['expected'])}"
    if kind in ("model_type", "dict_type", "model_attributes_type") and shown == "nothing":
        return "nothing stands below it; write its fields there, or take it out"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"a mapping is wanted here, not {shown}"
    if kind == "list_type":
        return f"a list is wanted here, not {shown}"
    if kind == "string_too_short":
        return f"{shown} is shorter than the {context['min_length']} characters wanted"
    if kind == "greater_than_equal":
        return f"{shown} is below {context['ge']}, the least allowed here"
    if kind == "less_than_equal":
        return f"{shown} is above {context['le']}, the most allowed here"
    if kind == "too_short":
        return f"it is empty; at least {context['min_length']} entry is wanted"
    return str(error["msg"])
