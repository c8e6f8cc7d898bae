"""One page per design rule, and their index, from the rule files."""

from __future__ import annotations

from rackwright.rules.rule import FAMILIES, SECTIONS, Rule, all_rules
from rackwright.verify.kinds import KINDS, Kind
from reference.markdown import block, code, table

TITLE = "Rules"
ABOUT = "every design rule: what, why, a bad and a good spec, how to mend, source, limits; what `verify` and `import` find"
_OTHERS = {"VER": "the built thing against its design", "IMP": "what others wrote down of a hall"}


def _page(rule: Rule) -> str:
    facts = [f"severity {rule.severity}", f"since {rule.since}"]
    facts.append("reads " + ", ".join(f"[{t}](../tables.md#{t})" for t in rule.reads) if rule.reads else "found while the spec is read or compiled")
    lines = [f"# {rule.code} {rule.name}", "", rule.title, "", "; ".join(facts) + ".", ""]
    for name in SECTIONS:
        if rule.sections.get(name):
            lines += [f"## {name}", "", rule.sections[name], ""]
    if rule.options:
        lines += ["Both specs are compiled with " + ", ".join(f"`{k}={v}`" for k, v in sorted(rule.options.items())) + ".", ""]
    for name, text in sorted(rule.files.items()):
        lines += [f"## Part file `{name}` of both specs", "", block(text, "yaml"), ""]
    bad = [*([rule.planted] if rule.planted else []), *([block(rule.shown_bad, "yaml")] if rule.shown_bad else [])]
    lines += ["## Bad", "", *(line for text in bad for line in (text, "")), "## Good", "", block(rule.good, "yaml"), ""]
    return "\n".join(lines)


def _other(kind: Kind) -> str:
    """A page of a finding that no rule makes."""
    made = f"severity {kind.severity}; of `rackwright {kind.command}`, see [{kind.command}.md](../../{kind.command}.md)."
    lines = [f"# {kind.code} {kind.name}", "", kind.title, "", made, ""]
    for name, text in kind.sections.items():
        lines += [f"## {name}", "", text, ""]
    return "\n".join(lines)


def pages() -> dict[str, str]:
    """`rules/README.md` and `rules/<code>.md`."""
    lines = ["# Rules", ""]
    for family, about in FAMILIES.items():
        mine = [r for r in all_rules() if r.code.lower().startswith(family)]
        if mine:
            rows = [(f"[{r.code}]({r.code}.md)", code(r.name), r.severity, r.title) for r in mine]
            lines += [f"## {family.upper()}: {about}", "", table(("code", "name", "severity", "what it finds"), rows), ""]
    for family, about in _OTHERS.items():
        rows = [(f"[{k.code}]({k.code}.md)", code(k.name), k.severity, k.title) for k in KINDS if k.code.startswith(family)]
        lines += [f"## {family}: {about}", "", table(("code", "name", "severity", "what it finds"), rows), ""]
    made = {"rules/README.md": "\n".join(lines)}
    return made | {f"rules/{r.code}.md": _page(r) for r in all_rules()} | {f"rules/{k.code}.md": _other(k) for k in KINDS}
