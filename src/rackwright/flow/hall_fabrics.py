"""Fabrics of a hall spec: which ports of the designs each joins, and its plan; whatever stands in the way is told with lines and numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from rackwright.base.findings import Note
from rackwright.build.fabrics.fabric import Problem
from rackwright.build.hall import managed, wire
from rackwright.build.hall import site as sites
from rackwright.build.hall.template import Template, has_rails, meant, template
from rackwright.build.hall.units import across
from rackwright.build.hall.wishes import wrong_wishes
from rackwright.catalog.part import Part
from rackwright.flow.pipeline import Design
from rackwright.spec.document import Document
from rackwright.spec.fabric import Fabric
from rackwright.spec.hall import HallSpec

Blame: TypeAlias = Callable[..., Any]  # (code, name, message, path, help, notes)


class Fabrics:
    """The fabrics of one compilation. `part` finds a part named at a path, `blame` keeps a finding, `stop` raises what was kept."""

    def __init__(
        self, document: Document[HallSpec], part: Callable[[str, str], Part], blame: Blame, stop: Callable[[], None], progress: Callable[[str], None]
    ) -> None:
        self.document, self.spec, self.part, self.blame, self.stop, self.progress = document, document.spec, part, blame, stop, progress

    def templates(self, designs: dict[str, Design]) -> list[list[Template]]:
        """For each fabric, the ports it takes of each design."""
        self.wishes()
        made = []
        for name, wish in self.spec.fabrics.items():
            railed = wire.deals_rails(wish) and any(has_rails(d.tables, wire.selectors(wish)) for d in designs.values())
            own = {name: template(d.tables, wire.selectors(wish), railed) for name, d in designs.items()}
            paths = [f"fabrics.{name}.ports", *(f"fabrics.{name}.classes.{c}.ports" for c in wish.classes)]
            for path, wanted in zip(paths, wire.selectors(wish), strict=True):
                for i, text in enumerate(wanted):
                    self.selector(designs, name, f"{path}.{i}", text)
            if problem := wire.uneven(name, wish, list(own.values())):
                self.tell("NET307", "endpoint-speeds-differ", problem, f"fabrics.{name}")
            made.append(list(own.values()))
        return made

    def wishes(self) -> None:
        """Wishes that are wrong whatever the ports and parts."""
        for w in wrong_wishes(self.spec):
            notes = (Note(self.document.span(w.note[0]), w.note[1]),) if w.note else ()
            self.blame(w.code, w.name, w.message, w.path, w.help, notes)

    def selector(self, designs: dict[str, Design], fabric: str, path: str, text: str) -> None:
        """Whether a selector names any port, and none that is cabled inside its rack already."""
        if text.startswith(managed.PREFIX):
            other = text.removeprefix(managed.PREFIX)
            known = [f for f in self.spec.fabrics if f != fabric]
            if other != "*" and other not in known:
                hint = "fabrics here: " + ", ".join(f"`{f}`" for f in known)
                self.blame("SPC122", "unknown-ports", f"there is no other fabric `{other}`", path, hint)
            elif other != "*" and joins_switches(self.spec.fabrics[other]):
                text = f"`{other}` joins switches itself, so its own are not known before"
                self.blame("SPC122", "unknown-ports", text, path, "join its switches from a fabric that joins no others, or leave them out")
            return
        found = {name: template(d.tables, [[text]]) for name, d in designs.items()}
        if not any(len(x) for x in found.values()):
            close = [c for d in designs.values() for c in meant(d.tables, text)]
            hint = f"did you mean {' or '.join(f'`{c}`' for c in dict.fromkeys(close))}?" if close else "write GROUP.ALIAS, such as compute.nic"
            self.blame("SPC122", "unknown-ports", f"no design has ports `{text}`", path, hint)
        for name, x in found.items():
            if taken := int(x.taken.sum()):
                message = f"fabric `{fabric}` takes ports `{text}`, and {taken} of {len(x)} in a rack of design `{name}` are cabled inside it"
                hint = "take other ports, such as the uplinks of the switch in the rack, or a design that leaves these free"
                self.blame("NET309", "port-already-cabled", message, path, hint, (Note(self.document.span(f"designs.{name}"), "design here"),))

    def wired(self, templates: list[list[Template]]) -> list[wire.Wired]:
        """Every fabric planned, those that join switches of others last; returned in the order of the spec."""
        made: dict[str, wire.Wired] = {}
        wishes = list(zip(self.spec.fabrics.items(), templates, strict=True))
        sketch = across(self.spec)
        for last in (False, True):
            for (name, wish), own in wishes:
                if joins_switches(wish) == last:
                    self.progress(f"fabric {name}")
                    parts = self.parts(name, wish)
                    found = wire.planned(name, wish, wire.ends(own, *sketch, wish, self.switches(wish, made)), parts)
                    if isinstance(found, Problem):
                        self.tell("NET301", "fabric-impossible", found, f"fabrics.{name}")
                    else:
                        made[name] = found
            self.stop()
        return [made[name] for name in self.spec.fabrics]

    def switches(self, wish: Fabric, made: dict[str, wire.Wired]) -> managed.Managed:
        """Management ports of the switches that a fabric joins."""
        order = list(self.spec.fabrics)
        found = []
        for text, kind in managed.meant_fabrics(wire.selectors(wish)):
            names = [n for n in order if not joins_switches(self.spec.fabrics[n])] if text == "*" else [text]
            found += [(order.index(n), kind, made[n].plan.switches, made[n].parts) for n in names]
        return managed.managed(found, self.spec.halls, sites.pods_per_hall(self.spec))

    def parts(self, name: str, wish: Fabric) -> tuple[Part, Part, Part]:
        """Switch parts of a fabric by tier."""
        leaf = self.part(f"fabrics.{name}.switch", wish.switch)
        spine = self.part(f"fabrics.{name}.spine", wish.spine) if wish.spine else leaf
        core = self.part(f"fabrics.{name}.core", wish.core) if wish.core else spine
        for field, p in (("switch", leaf), ("spine", spine), ("core", core)):
            if not p.number("cages"):
                text = f"`{p.name}` has no `cages`; a switch of a fabric says how many"
                self.blame("SPC107", "wrong-part-kind", text, f"fabrics.{name}.{field}")
                self.stop()
        return leaf, spine, core

    def tell(self, code: str, rule: str, found: Problem, path: str) -> None:
        """A fabric that cannot be, with what is short and the smallest change that helps."""
        text = f"fabric `{found.subject}`: {found.message}"
        if found.unit and found.short > 0 and f"{found.value:g}" not in found.message:
            text += f", {found.value:,.0f} {found.unit} needed and {found.limit:,.0f} there"
        self.blame(code, rule, text, path, f"the smallest change that helps: {found.change}" if found.change else "")


def joins_switches(wish: Fabric) -> bool:
    """Whether a fabric joins management ports of other fabrics' switches."""
    return bool(managed.meant_fabrics(wire.selectors(wish)))
