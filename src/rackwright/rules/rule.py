"""What a rule is, and how rules are found: one file `rules/<family>/<rule_name>.py` each, no list to edit.

A rule file holds, in this order: a docstring with the sections What, Why, Fix, Source and Limits; `RULE`; `BAD` and `GOOD`, two
complete specs (`# error: CODE` stands on the line of BAD that must be named); and `check`, a pure function of tables, unless the
finding is raised before there are tables. `check` returns a row per finding: subject, value, limit (in the rule's unit), src, and
where they help related_src, related_note, help and further text columns that the message names. Modules that begin with an
underscore are shared by rules of their family and are no rules.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache, partial
from types import ModuleType
from typing import cast

import polars as pl

from rackwright.base.findings import SEVERITIES, Finding, Note
from rackwright.base.spans import Span
from rackwright.rules.figures import fill
from rackwright.schema.tables import Tables, empty, frame, table_schema

_WANTED = ("subject", "value", "limit", "src")
_KEYS = ("code", "name", "severity", "subject", "message", "label", "help", "value", "limit", "unit", "src", "related_src", "related_note", "waiver")
FAMILIES = {
    "mec": "space and mass",
    "pwr": "power",
    "thm": "cooling",
    "net": "network",
    "cab": "cabling",
    "bom": "parts and cost",
    "red": "redundancy",
    "spc": "the spec",
}
SECTIONS = ("What", "Why", "Fix", "Source", "Limits")
_MARK = re.compile(r"\s*# \w+: \w+$", re.MULTILINE)
Check = Callable[[Tables], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. A rule file gives the first eight; the rest is filled in from that file when it is found.

    `message` and `help` may hold {subject}, {value}, {limit}, {excess} (the distance of the two) and the name of any text column that
    `check` returns. `unit` is a base unit of `base.units`, empty for counts. `name` says the bad thing. `options` are further
    arguments for compiling BAD and GOOD (a variant, `--set` changes), `files` the files beside them, `along`
    the codes that BAD cannot be free of because they tell of the same cause. `plant` makes the fault in the tables of BAD, for what a
    spec cannot say and only tables that were edited or taken over from elsewhere can hold.
    """

    code: str
    name: str
    severity: str
    message: str
    unit: str = ""
    label: str = ""
    help: str = ""
    since: str = "0.1.0"
    check: Check | None = None
    reads: tuple[str, ...] = ()
    title: str = ""
    sections: dict[str, str] = field(default_factory=dict)
    bad: str = ""
    good: str = ""
    options: dict[str, object] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    along: tuple[str, ...] = ()
    plant: Callable[[Tables], Tables] | None = None
    module: str = ""

    @property
    def planted(self) -> str:
        """What `plant` makes of the tables of BAD; empty where the fault stands in the spec."""
        which = "the good spec" if self.shown_bad != self.bad else "this spec"
        return f"Of {which}, with a fault planted in its tables: {' '.join((self.plant.__doc__ or '').split())}" if self.plant else ""

    @property
    def shown_bad(self) -> str:
        """BAD as a reader needs it: empty where it is GOOD and only its tables are another's."""
        return "" if self.plant and _MARK.sub("", self.bad) == self.good else self.bad

    @property
    def source(self) -> str:
        """Where the limit comes from: clause, datasheet, or whose judgement."""
        return self.sections.get("Source", "")


def _sections(doc: str) -> tuple[str, dict[str, str]]:
    """First line and named sections of a rule's docstring."""
    title, _, body = doc.strip().partition("\n")
    pieces = re.split(rf"^({'|'.join(SECTIONS)}): ", body, flags=re.MULTILINE)
    return title.strip(), {name: " ".join(text.split()) for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def _load(module: ModuleType) -> Rule:
    title, sections = _sections(module.__doc__ or "")
    check = cast("Check | None", getattr(module, "check", None))
    return replace(
        cast(Rule, module.RULE),
        check=check,
        reads=getattr(check, "reads", ()),
        title=title,
        sections=sections,
        bad=module.BAD,
        good=module.GOOD,
        options=getattr(module, "OPTIONS", {}),
        files=getattr(module, "FILES", {}),
        along=getattr(module, "ALONG", ()),
        plant=getattr(module, "plant", None),
        module=module.__name__,
    )


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule there is, by code."""
    found = []
    for family in FAMILIES:
        package = importlib.import_module(f"rackwright.rules.{family}")
        for info in pkgutil.iter_modules(package.__path__):
            if not info.name.startswith("_"):
                found.append(_load(importlib.import_module(f"{package.__name__}.{info.name}")))
    return tuple(sorted(found, key=lambda r: r.code))


def find_rule(name: str) -> Rule | None:
    """The rule of that code (any case) or name."""
    return next((r for r in all_rules() if name in (r.name, r.code) or name.upper() == r.code), None)


def rows(frame: pl.DataFrame, /, **columns: pl.Expr | str | float | int) -> pl.DataFrame:
    """What a `check` returns: `frame` with the given columns computed, subject, value, limit and src typed, the rest text."""
    made = {k: v if isinstance(v, pl.Expr) else pl.lit(v) for k, v in columns.items()}
    types: dict[str, type[pl.DataType]] = {"value": pl.Float64, "limit": pl.Float64, "src": pl.Int32, "related_src": pl.Int32}
    if frame.is_empty():
        return pl.DataFrame(schema={name: types.get(name, pl.String) for name in made})
    # with_columns first: a select of nothing but literals would make one row
    return frame.with_columns([expr.cast(types.get(name, pl.String)).alias(name) for name, expr in made.items()]).select(list(made))


@cache
def nothing() -> pl.DataFrame:
    """What a `check` returns that finds nothing, where it is seen without a row for each column."""
    return rows(pl.DataFrame(), **dict.fromkeys(_WANTED, ""))


def run(t: Tables, as_of: str) -> dict[str, pl.DataFrame]:
    """The `findings` of a design on the day `as_of` (ISO 8601), which decides whether a waiver still holds.

    Rules that read `findings` (those about waivers) run after the others; a waiver marks the findings it covers and removes none. A rule
    whose tables were never written (the rack could not be placed) is left out, and so are those about the power chain where there is none.
    Rows are sorted by severity, code, src, subject and message; `finding_id` follows that order. Checks see the day as the input `as_of`.
    """
    written = set(t) | {"waivers"}
    seen = dated(t, as_of)
    checks = [r for r in all_rules() if r.check is not None]
    left_out = set() if t.height("supply_nodes") else {r.code for r in checks if any(name.startswith("supply_") for name in r.reads)}
    first = [r for r in checks if "findings" not in r.reads and r.code not in left_out and written.issuperset(r.reads)]
    found = _findings([waived(seen.derived(_judge(r.code)), seen["waivers"], as_of) for r in first])
    # a waiver of a rule that could judge this kind of design but could not run here is not known to be unused
    idle = [r for r in checks if "findings" not in r.reads and not written.issuperset(r.reads) and _is_of_halls(r) == ("halls" in written)]
    judged = seen.put({"findings": found, "waivers": seen["waivers"].filter(~pl.col("code").is_in([r.code for r in idle]))})
    of_waivers = [rows for r in checks if "findings" in r.reads and (rows := _rows(r, judged)).height]
    return {"findings": _findings([found.drop("finding_id"), *of_waivers]) if of_waivers else found}


def late(made: Iterable[str]) -> tuple[Rule, ...]:
    """Rules that read any of these tables, which a study made after the build; those about waivers never."""
    tables = set(made)
    return tuple(r for r in all_rules() if r.check is not None and tables.intersection(r.reads) and "findings" not in r.reads)


def run_late(t: Tables, made: Iterable[str], as_of: str) -> dict[str, pl.DataFrame]:
    """The `findings` of `late` rules alone; waivers count as in `run`."""
    return {"findings": judge(t, late(made), as_of)}


def with_late(t: Tables, made: Iterable[str], as_of: str) -> dict[str, pl.DataFrame]:
    """The `findings` of a build with those of `late` rules beside them, in place of what these said before the study."""
    rules = late(made)
    own = t["findings"].filter(~pl.col("code").is_in([r.code for r in rules]))
    return {"findings": _findings([x.drop("finding_id") for x in (own, judge(t, rules, as_of))])}


def judge(t: Tables, rules: Iterable[Rule], as_of: str) -> pl.DataFrame:
    """The `findings` of these rules; waivers count as in `run`."""
    seen = dated(t, as_of)
    return _findings([_no_findings(), *(waived(_rows(r, seen), seen["waivers"], as_of) for r in rules)])


_OF_HALLS = ("supply_", "fault_levels", "arc_flashes")  # made by `sim`, of halls alone


def _is_of_halls(rule: Rule) -> bool:
    """The rule reads a table that only halls have."""
    return any(table_schema(name).columns[0].origin == "build.hall" or name.startswith(_OF_HALLS) for name in rule.reads)


def dated(t: Tables, as_of: str) -> Tables:
    """The same design with the day of the check as input `as_of`, as checks see it."""
    own = t["inputs"]
    if "as_of" in own["path"]:
        own = own.filter(pl.col("path") != "as_of")
    return t.put({"inputs": pl.concat([own, _day(as_of)])})


@cache
def _day(as_of: str) -> pl.DataFrame:
    day = {"path": "as_of", "text": as_of, "unit": "", "origin": "set", "description": "Day on which waivers are judged", "src": 0}
    return frame("inputs", [day])


@cache
def _judge(code: str) -> Callable[[Tables], pl.DataFrame]:
    """What a rule makes of tables; always the same function, so that tables know what it made of them."""
    return partial(_rows, next(r for r in all_rules() if r.code == code))


def _rows(rule: Rule, t: Tables) -> pl.DataFrame:
    assert rule.check is not None
    made = rule.check(t)
    lost = [c for c in _WANTED if c not in made.columns]
    if lost:
        raise TypeError(f"{rule.module}: check gives no column {lost}; this is a bug of the rule")
    if made.is_empty():
        return _no_findings()
    endless = [c for c in ("value", "limit") if not made[c].is_finite().all()]
    made = made.with_columns(pl.when(pl.col(c).is_finite()).then(pl.col(c)).alias(c) for c in endless) if endless else made
    own = fill(rule.help, rule.unit)
    texts = {
        "code": pl.lit(rule.code),
        "name": pl.lit(rule.name),
        "severity": pl.lit(rule.severity),
        "message": fill(rule.message, rule.unit),
        "label": pl.lit(rule.label),
        "help": pl.coalesce(pl.col("help"), own) if "help" in made.columns else own,
        "unit": pl.lit(rule.unit),
        "waiver": pl.lit(None, pl.String),
    }
    made = made.with_columns([expr.alias(name) for name, expr in texts.items()])
    return frame("findings", made.select([c for c in _KEYS if c in made.columns])).drop("finding_id")


@cache
def _no_findings() -> pl.DataFrame:
    return empty("findings").drop("finding_id")


def waived(found: pl.DataFrame, waivers: pl.DataFrame, as_of: str) -> pl.DataFrame:
    """`found` with `waiver` filled where a waiver of the same code, a matching subject and a day not before `as_of` stands (the first, by line)."""
    if found.is_empty() or waivers.is_empty():
        return found
    numbered = found.with_row_index("_row")
    first = covered(numbered, waivers.filter(pl.col("until") >= as_of)).sort("line").unique("_row", keep="first", maintain_order=True)
    text = pl.concat_str([pl.col("because"), pl.lit(" (until "), pl.col("until"), pl.lit(")")])
    held = numbered.join(first.select("_row", text.alias("_waiver")), on="_row", how="left", maintain_order="left")
    return held.with_columns(pl.coalesce("waiver", "_waiver").alias("waiver")).select(found.columns)


def covered(found: pl.DataFrame, waivers: pl.DataFrame) -> pl.DataFrame:
    """Every pair of a finding and a waiver that covers it: equal code, and the waiver's subject open, equal, or a beginning with `*`."""
    pairs = found.join(waivers.select("line", "code", "until", "because", pattern="subject"), on="code")
    pattern, subject = pl.col("pattern"), pl.col("subject")
    begins = pattern.str.ends_with("*") & subject.str.starts_with(pattern.str.strip_suffix("*"))
    return pairs.filter(pattern.is_null() | (pattern == subject) | begins)


def _findings(pieces: list[pl.DataFrame]) -> pl.DataFrame:
    """Pieces as one sorted table with dense ids."""
    whole = pl.concat([p for p in pieces if p.height] or pieces[:1])
    rank = pl.col("severity").replace_strict({s: i for i, s in enumerate(SEVERITIES)}, return_dtype=pl.Int32)
    ordered = whole.sort([rank, "code", "src", "subject", "message"], maintain_order=True)
    return frame("findings", ordered.with_row_index("finding_id"))


def grouped(t: Tables) -> list[Finding]:
    """The design's findings for people: rows of one rule and one place (waived or not) are one, the worst; `more` counts the others."""
    table = t["findings"]
    if table.is_empty():
        return []
    keys = ["code", "src", "waiver"]
    count = pl.len().over(keys).alias("_count")
    excess = (pl.col("value") - pl.col("limit")).abs().alias("_excess")
    worst = table.with_columns(count, excess).sort("_excess", descending=True, nulls_last=True, maintain_order=True)
    heads = worst.unique(keys, keep="first", maintain_order=True).sort("finding_id").drop("_excess")
    where, seen = {*heads["src"], *heads["related_src"]}, t["spans"].select("src", "file", "line", "column", "end_line", "end_column")
    spans = {src: Span(*place) for src, *place in seen.iter_rows() if src in where}
    defaults = {src: path for src, path, origin in t["inputs"].select("src", "path", "origin").iter_rows() if origin == "default"}
    return [_finding(row, spans, defaults) for row in heads.iter_rows(named=True)]


def _finding(row: dict[str, object], spans: dict[int, Span], defaults: dict[int, str]) -> Finding:
    """One row of `findings` (with `_count`) as a `Finding`. A place where nothing was written is not called "set here"."""
    other = row["related_src"]
    notes = (Note(spans[other], str(row["related_note"] or "")),) if isinstance(other, int) else ()
    text = {k: str(row[k] or "") for k in ("code", "name", "severity", "message", "label", "help", "unit", "subject", "waiver")}
    value, limit, src, count = row["value"], row["limit"], row["src"], row["_count"]
    assert isinstance(src, int)
    assert isinstance(count, int)
    if src in defaults:
        text["label"] = f"`{defaults[src]}` is left to its default"
    return Finding(
        span=spans[src],
        notes=notes,
        more=count - 1,
        value=value if isinstance(value, float) else None,
        limit=limit if isinstance(limit, float) else None,
        **text,
    )
