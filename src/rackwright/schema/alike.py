"""What stayed the same stays the same object, so that whoever made something from it sees at a glance that it need not be made again."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

import numpy as np
import polars as pl

T = TypeVar("T")
_PLAIN = (bool, int, float, str, bytes, type(None))


def alike(old: Any, new: T) -> T:
    """`new`, with every part of it that says the same as that part of `old` taken from there: all of `old` where nothing differs.

    Looks into arrays, tables, tuples, lists, dictionaries and frozen dataclasses; a number must have the same bits (0.0 is not -0.0). Of anything
    else only the very same object is the same. Nobody may change what is given here afterwards.
    """
    return cast(T, _alike(old, new))


def _alike(old: Any, new: Any) -> Any:
    if old is new or type(old) is not type(new):
        return new
    if isinstance(new, np.ndarray):
        return old if _is_same_array(old, new) else new
    if isinstance(new, pl.DataFrame):
        return old if _is_same_table(old, new) else new
    if isinstance(new, (_PLAIN, np.generic)):
        return old if repr(old) == repr(new) else new
    if isinstance(new, (tuple, list)):
        made = [_alike(a, b) for a, b in zip(old, new, strict=False)] + list(new[len(old) :])
        is_all = len(old) == len(new) and all(a is b for a, b in zip(old, made, strict=True))
        return old if is_all else type(new)(made)
    if isinstance(new, dict):
        found = {key: _alike(old.get(key), value) for key, value in new.items()}
        is_all = list(old) == list(new) and all(old[key] is value for key, value in found.items())
        return old if is_all else found
    if is_dataclass(new) and getattr(new, "__dataclass_params__").frozen:  # noqa: B009  mypy knows no such attribute
        return _fields(old, new)
    return new


def _fields(old: Any, new: Any) -> Any:
    """A frozen dataclass, field by field."""
    names = [f.name for f in fields(new)]
    is_all = True
    for name in names:
        before, now = getattr(old, name), getattr(new, name)
        kept = _alike(before, now)
        is_all &= kept is before
        if kept is not now:
            object.__setattr__(new, name, kept)  # says the same, so that nobody can see the difference
    return old if is_all else new


def _is_same_array(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind == "f":
        a, b = (x.view(f"u{x.itemsize}") for x in (a, b))
    return bool(np.array_equal(a, b))


def _is_same_table(a: pl.DataFrame, b: pl.DataFrame) -> bool:
    if a.shape != b.shape or a.columns != b.columns or a.dtypes != b.dtypes or not a.equals(b):
        return False
    # null is the same not-a-number in both, and stands at the same places
    return all(_is_same_array(x.to_numpy(), y.to_numpy()) for x, y in zip(a, b, strict=True) if y.dtype.is_float())


def is_alike(old: Any, new: Any) -> bool:
    """Whether two say the same, as `alike` looks at them."""
    return alike(old, new) is old if old is not new else True
