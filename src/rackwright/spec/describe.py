"""What the spec model itself says: the names known at a path, and a row for every input with its value, unit and origin."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel

from rackwright.base.units import show
from rackwright.spec.fields import Dim

Input: TypeAlias = tuple[str, float | None, str, str, str]


def _strip(annotation: Any) -> Any:
    """The annotation without Optional and Annotated."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            annotation = next(a for a in get_args(annotation) if a is not type(None))
        else:
            return annotation


def fields_at(model: type[BaseModel], steps: list[str]) -> dict[str, str]:
    """Names that may stand under the path `steps` of a spec of that model with their descriptions; `*` where any name may."""
    here = _at(model, steps)
    if isinstance(here, type) and issubclass(here, BaseModel):
        return {(f.alias or n): f.description or "" for n, f in here.model_fields.items()}
    return {"*": ""} if get_origin(here) is dict else {}


def least_at(model: type[BaseModel], steps: list[str]) -> int:
    """The least that a count at the path `steps` may be."""
    here = _at(model, steps[:-1])
    fields = here.model_fields if isinstance(here, type) and issubclass(here, BaseModel) else {}
    found = next((f for n, f in fields.items() if (f.alias or n) == steps[-1]), None)
    return max((least for mark in found.metadata if isinstance(least := getattr(mark, "ge", None), int)), default=0) if found else 0


def _at(model: type[BaseModel], steps: list[str]) -> Any:
    """What stands at the path `steps`; None where nothing may."""
    here: Any = model
    for step in steps:
        here = _strip(here)
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = {(f.alias or n): f for n, f in here.model_fields.items()}.get(step)
            if field is None:
                return None
            here = field.annotation
        elif get_origin(here) is dict:
            here = get_args(here)[1]
        elif get_origin(here) is list and step.isdigit():
            here = get_args(here)[0]
        else:
            return None
    return _strip(here)


def dimension(metadata: list[Any], annotation: Any) -> str:
    """Base unit of a quantity field, or the empty string."""
    for mark in metadata:
        if isinstance(mark, Dim):
            return mark.dimension
    for arg in get_args(annotation):
        if get_origin(arg) is Annotated:
            found = dimension(list(get_args(arg)[1:]), None)
            if found:
                return found
    return ""


def inputs(model: BaseModel, path: str = "") -> Iterator[Input]:
    """Every input of a section and those below it: (path, value, text, unit, description). Sections left out give their defaults too."""
    for name in type(model).model_fields:
        yield from field_inputs(model, name, path)


def field_inputs(model: BaseModel, name: str, path: str = "") -> Iterator[Input]:
    """The input that one field of a section is, or those below it."""
    value, field = getattr(model, name), type(model).model_fields[name]
    below = f"{path}.{field.alias or name}" if path else field.alias or name
    if isinstance(value, BaseModel):
        yield from inputs(value, below)
    elif isinstance(value, dict) and value and all(isinstance(v, BaseModel) for v in value.values()):
        for key, section in value.items():
            yield from inputs(section, f"{below}.{key}")
    elif isinstance(value, list) and value and all(isinstance(v, BaseModel) for v in value):
        for i, section in enumerate(value):
            yield from inputs(section, f"{below}.{i}")
    elif path or name not in ("variants", "overrides"):
        unit = dimension(list(field.metadata), field.annotation)
        yield below, *_shown(value, unit), unit, field.description or ""


def _shown(value: Any, unit: str) -> tuple[float | None, str]:
    if value is None:
        return None, "not given"
    if isinstance(value, bool):
        return float(value), "true" if value else "false"
    if isinstance(value, int | float):
        return float(value), show(float(value), unit) if unit else f"{value:g}" if isinstance(value, float) else f"{value}"
    if isinstance(value, list):
        return None, ", ".join(" with ".join(v) if isinstance(v, list) else str(v) for v in value) or "none"
    if isinstance(value, dict):
        return None, "; ".join(f"{k}: {_shown(v, '')[1]}" for k, v in value.items()) or "none"
    return None, str(value)
