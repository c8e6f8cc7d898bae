"""The page of the rack spec and its JSON Schema, from the spec model."""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from rackwright.base.units import units_of
from rackwright.spec.fields import Dim
from rackwright.spec.rack import RackSpec
from reference.markdown import code, table

TITLE = "Rack spec"
ABOUT = "every section and field of a rack spec; [rack.schema.json](rack.schema.json) is the same for editors"
HEAD = """# Rack spec

A spec is one YAML mapping. Quantities are written with their unit (`120 kW`, `600 mm`, `40 degC`); a number without one is refused. Anchors,
aliases, merge keys and tags are not used. `rackwright explain` shows every value a design used and who decided it.
"""


def _words(annotation: Any, marks: tuple[Any, ...] = ()) -> str:
    """What may be written for a field, in words."""
    for mark in marks:
        if isinstance(mark, Dim):
            return "quantity in " + ", ".join(f"`{u}`" for u in units_of(mark.dimension))
        if isinstance(mark, WithJsonSchema):
            return str((mark.json_schema or {}).get("description", ""))
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(args[0], args[1:])
    if origin in (Union, types.UnionType):
        return " or ".join(_words(a) for a in args if a is not type(None))
    if origin is Literal:
        return ", ".join(f"`{a}`" for a in args)
    if origin is list:
        return f"list of {_words(args[0])}"
    if origin is dict:
        return f"{_words(args[0])}: {_words(args[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return "text"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default if field.default is not PydanticUndefined else field.get_default(call_default_factory=True)
    if value is None or isinstance(value, BaseModel) or value in ([], {}, ""):
        return ""
    if isinstance(value, list):
        return code(f"[{', '.join(str(v) for v in value)}]")
    return code(str(value).lower() if isinstance(value, bool) else value)


def _sections(model: type[BaseModel], seen: list[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """The model and every section below it, each once, in the order of the fields."""
    if model in seen:
        return
    seen.append(model)
    yield model
    for field in model.model_fields.values():
        todo = [field.annotation]
        while todo:
            here = todo.pop()
            todo += get_args(here)
            if isinstance(here, type) and issubclass(here, BaseModel):
                yield from _sections(here, seen)


def _page(model: type[BaseModel]) -> str:
    rows = [
        (code(f.alias or name), _words(f.annotation, tuple(f.metadata)), _default(f), f.description or "") for name, f in model.model_fields.items()
    ]
    return f"## {model.__name__}\n\n{inspect.getdoc(model)}\n\n" + table(("field", "write", "default", "meaning"), rows) + "\n"


def page_and_schema(model: type[BaseModel], page: str, head: str) -> dict[str, str]:
    """The page of a spec model and its JSON Schema, named after its first field."""
    schema = model.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    text = "\n".join([head, *(_page(m) for m in _sections(model, []))])
    return {page: text, f"{next(iter(model.model_fields))}.schema.json": json.dumps(schema, indent=1, sort_keys=True)}


def pages() -> dict[str, str]:
    """`spec.md` and `rack.schema.json`."""
    return page_and_schema(RackSpec, "spec.md", HEAD)
