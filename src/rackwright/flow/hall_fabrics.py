"""Fabrics of a hall spec: which ports of the designs each joins, and its plan; whatever stands in the way is told with lines and numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from rackwright.base.findings import Note
from rackwright.base.findings import meant as did_you_mean
from rackwright.build.fabrics import topology
from rackwright.build.fabrics.fabric import Problem
from rackwright.build.fabrics.torus import TOPOLOGY as TORUS
from rackwright.build.hall import managed, outside, wire
from rackwright.build.hall.template import Template, has_rails, meant, ports_of, template
from rackwright.build.hall.unlike import across, pod_first
from rackwright.build.hall.wire import Wired
from rackwright.build.hall.wishes import wrong_wishes
from rackwright.catalog.loader import SHIPPED
from rackwright.catalog.part import Part
from rackwright.flow.hall_cures import Cures, passes_light
from rackwright.flow.pipeline import Design
from rackwright.spec.document import Document
from rackwright.spec.fabric import Fabric
from rackwright.spec.hall import HallSpec

Blame: TypeAlias = Callable[..., Any]  # (code, name, message, path, help, notes)
_UNHELPED = {  # where nothing that was tried helps
    "NET301": "no change of one field that was tried helps: take another topology, other ports, or a switch of your own (`parts`)",
    "NET307": "give the slower ports a class of their own under `classes`, or a fabric of their own",
}
_CAGES = "write the facts `cages`, `cage_speed`, `cage_connector` and `breakouts` of its data sheet under `facts` in {}"
TURNS = 8  # of planning fabrics that join each other's switches


class Fabrics:
    """The fabrics of one compilation. `part` finds a part named at a path, `blame` keeps a finding, `stop` raises what was kept."""

    def __init__(
        self,
        document: Document[HallSpec],
        part: Callable[[str, str], Part],
        blame: Blame,
        stop: Callable[[], None],
        progress: Callable[[str], None],
        cures: Cures,
    ) -> None:
        self.document, self.spec, self.part, self.blame, self.stop, self.progress = document, document.spec, part, blame, stop, progress
        self.cures = cures

    def templates(self, designs: dict[str, Design]) -> list[list[Template]]:
        """For each fabric, the ports it takes of each design."""
        self.wishes()
        self.modules_outside()
        made = []
        for name, wish in self.spec.fabrics.items():
            railed = wire.deals_rails(wish) and any(has_rails(d.tables, wire.selectors(wish)) for d in designs.values())
            own = {name: template(d.tables, wire.selectors(wish), railed) for name, d in designs.items()}
            paths = [f"fabrics.{name}.ports", *(f"fabrics.{name}.classes.{c}.ports" for c in wish.classes)]
            for path, wanted in zip(paths, wire.selectors(wish), strict=True):
                for i, text in enumerate(wanted):
                    self.selector(designs, name, f"{path}.{i}", text)
            if problem := wire.uneven(name, wish, list(own.values())):
                self.tell("NET307", "endpoint-speeds-differ", self.parted(designs, name, wish, problem), f"fabrics.{name}")
            made.append(list(own.values()))
        return made

    def parted(self, designs: dict[str, Design], name: str, wish: Fabric, problem: Problem) -> Problem:
        """Ports of unequal speed with the selectors that name the slower ones, if those that are left make a fabric."""
        if wish.speed is not None or wish.classes:
            return problem
        railed = wire.deals_rails(wish)
        found = {text: [template(d.tables, [[text]], railed).speed_gbps for d in designs.values()] for text in wish.ports}
        most = {text: max((float(s.max()) for s in speeds if len(s)), default=0.0) for text, speeds in found.items()}
        slow = [text for text, speed in most.items() if speed < max(most.values())]
        kept = wish.model_copy(update={"ports": [text for text in wish.ports if text not in slow]})
        left = [template(d.tables, wire.selectors(kept), railed) for d in designs.values()]
        joined = self.switches(kept, {})
        if not slow or not (made := self.cures.plan(name, kept, left, joined)) or not self.cures.is_served(made, left, {}):
            return problem
        return replace(problem, change=f"take {' and '.join(f'`{s}`' for s in slow)} out of `ports`, into a fabric of their own", field="ports")

    def wishes(self) -> None:
        """Wishes that are wrong whatever the ports and parts."""
        for w in wrong_wishes(self.spec):
            notes = (Note(self.document.span(w.note[0]), w.note[1]),) if w.note else ()
            self.blame(w.code, w.name, w.message, w.path, w.help, notes)

    def modules_outside(self) -> None:
        """Whether modules in ports that lead out of the hall fit their cages."""
        for name, wish in self.spec.fabrics.items():
            for to, each in wish.outside.items():
                if each.module:
                    path = f"fabrics.{name}.outside.{to}.module"
                    switch, module = self.parts(name, wish)[outside.TIERS[each.at]], self.part(path, each.module)
                    if message := outside.misfit(to, each, switch, wire.model(switch), module):
                        self.blame("SPC107", "wrong-part-kind", message, path, "`rackwright part` lists modules with connector and speed")

    def selector(self, designs: dict[str, Design], fabric: str, path: str, text: str) -> None:
        """Whether a selector names any port, and none that is cabled inside its rack already."""
        if text.startswith(managed.PREFIX):
            other, slash, port = text.removeprefix(managed.PREFIX).partition("/")
            known = [f for f in self.spec.fabrics if f != fabric]
            if slash:
                self.uplink(known, fabric, path, other, port)
            elif other != "*" and other not in known:
                hint = "fabrics here: " + ", ".join(f"`{f}`" for f in known)
                self.blame("SPC122", "unknown-ports", f"there is no other fabric `{other}`", path, hint)
            elif other != "*" and joins_switches(self.spec.fabrics[other]):
                text = f"`{other}` joins switches itself, so its own are not known before"
                self.blame("SPC122", "unknown-ports", text, path, "join its switches from a fabric that joins no others, or leave them out")
            return
        found = {name: ports_of(d.tables, text) for name, d in designs.items()}
        if not any(count for count, _ in found.values()):
            close = [c for d in designs.values() for c in meant(d.tables, text)]
            hint = did_you_mean(list(dict.fromkeys(close))) or "write GROUP.ALIAS, such as compute.nic"
            self.blame("SPC122", "unknown-ports", f"no design has ports `{text}`", path, hint)
        for name, (count, taken) in found.items():
            if taken:
                message = f"fabric `{fabric}` takes ports `{text}`, and {taken} of {count} in a rack of design `{name}` are cabled inside it"
                hint = "take other ports, such as the uplinks of the switch in the rack, or a design that leaves these free"
                self.blame("NET309", "port-already-cabled", message, path, hint, (Note(self.document.span(f"designs.{name}"), "design here"),))

    def uplink(self, known: list[str], fabric: str, path: str, other: str, port: str) -> None:
        """Whether `fabrics.OTHER/uplink` names uplinks that can end in the fabric."""
        if port != "uplink":
            hint = f"`fabrics.{other}/uplink` are the uplinks of its leaves, `fabrics.{other}` the management ports of its switches"
            self.blame("SPC122", "unknown-ports", f"switches have no ports `{port}` to join", path, hint)
        elif other not in known:
            hint = "fabrics here: " + ", ".join(f"`{f}`" for f in known)
            self.blame("SPC122", "unknown-ports", f"there is no other fabric `{other}`", path, hint)
        elif self.spec.fabrics[other].topology not in topology.may_end_at_leaves():
            able = ", ".join(f"`{n}`" for n in sorted(topology.may_end_at_leaves()))
            text = f"`{other}` is no fabric that may end at its leaves: its topology is `{self.spec.fabrics[other].topology}`"
            self.blame("SPC122", "unknown-ports", text, path, f"topologies that may: {able}", self.note(f"fabrics.{other}.topology", "topology here"))
        elif (planes := self.spec.fabrics[fabric].planes) > 1:
            text = f"an uplink of `{other}` would be broken out over the {planes} planes of `{fabric}`"
            note = self.note(f"fabrics.{fabric}.planes", "planes here")
            self.blame("SPC108", "contradiction", text, path, "take the uplinks into a fabric of one plane", note)
        elif circle := self.lifts(fabric, other):
            way = ", and there in ".join(f"`{c}`" for c in circle)
            text = f"uplinks of `{other}` end in `{fabric}`, whose own end in {way}: a circle without a top"
            self.blame("SPC122", "unknown-ports", text, path, f"take `fabrics.{fabric}/uplink` out of the ports of `{circle[0]}`, or this")
        elif self.spec.fabrics[other].spine:
            text = f"leaves of `{other}` have their uplinks to `{fabric}`, so that a `spine` of its own has nothing to join"
            self.blame("SPC108", "contradiction", text, f"fabrics.{other}.spine", "remove it, or those ports", self.note(path, "joined here"))

    def note(self, path: str, text: str) -> tuple[Note, ...]:
        """Another place that a fault has to do with."""
        return (Note(self.document.span(path), text),)

    def lifts(self, fabric: str, other: str) -> list[str]:
        """Fabrics in which uplinks of `fabric` end, and theirs in turn, if that leads to `other`."""
        above = {low: high for high, wish in self.spec.fabrics.items() for low, _ in managed.lifted_fabrics(wire.selectors(wish))}
        chain = list[str]()
        while fabric in above and above[fabric] not in chain:
            fabric = above[fabric]
            chain.append(fabric)
            if fabric == other:
                return chain
        return []

    def wired(self, templates: list[list[Template]]) -> list[wire.Wired]:
        """Every fabric planned, in the order of the spec.

        Those that join switches of others come after them. A fabric that manages the switches in which its uplinks end depends on itself: both are
        planned until neither changes.
        """
        made, seen = dict[str, wire.Wired](), dict[str, managed.Managed]()
        own, lifted = dict(zip(self.spec.fabrics, templates, strict=True)), self.lifted()
        rank = {n: 2 if joins_switches(w) else int(bool(managed.lifted_fabrics(wire.selectors(w)))) for n, w in self.spec.fabrics.items()}
        for turn in range(TURNS):
            changed = list[str]()
            for level in range(3):
                for name in (n for n in rank if rank[n] == level):
                    joined = self.switches(self.spec.fabrics[name], made)
                    if name not in seen or not joined.is_same(seen[name]):
                        changed.append(name)
                        seen[name] = joined
                        self.planned(name, own[name], joined, made, is_last=turn > 0 or not lifted)
                self.stop()
            if not lifted or not changed:
                return [made[name] for name in self.spec.fabrics]
        text = f"fabrics {' and '.join(f'`{n}`' for n in changed)} each take switches of the other, and their sizes do not settle"
        self.blame("NET301", "fabric-impossible", text, f"fabrics.{changed[0]}", "say how many `leaves` one of them has")
        self.stop()
        return []

    def planned(self, name: str, own: list[Template], joined: managed.Managed, made: dict[str, wire.Wired], is_last: bool) -> None:
        """One fabric planned, into `made`; not yet (unless `is_last`) where all its endpoints are switches that are not known."""
        wish = self.spec.fabrics[name]
        self.progress(f"fabric {name}")
        parts, ends = self.parts(name, wish), wire.ends(own, *across(self.spec), wish, joined)
        if not len(ends.endpoints):
            if is_last:
                self.empty(name, wish, own)
            return
        if managed.lifted_fabrics(wire.selectors(wish)) and (problem := wire.uneven(name, wish, own, joined)):
            self.tell("NET307", "endpoint-speeds-differ", problem, f"fabrics.{name}")
            return
        found = wire.planned(name, wish, ends, parts, name in self.lifted())
        if isinstance(found, Wired):
            made[name] = found
            return
        if found.field in ("", "switch"):
            better, field = self.cures.of_switch(name, wish, own, joined, name in self.lifted())
            if better:
                found = replace(found, change=better, field=field)
            elif found.field:
                found = replace(found, change=f"{found.change}; the catalogue has no such switch")
        self.tell("NET301", "fabric-impossible", found, f"fabrics.{name}")

    def empty(self, name: str, wish: Fabric, own: list[Template]) -> None:
        """A fabric whose ports no rack of the hall has."""
        able = {design for design, ports in zip(self.spec.designs, own, strict=True) if len(ports)}
        text, path = f"fabric `{name}` joins nothing: no rack here has any of its ports", f"fabrics.{name}"
        groups = [n for n, g in self.spec.racks.items() if g.design in able]
        if groups:
            text += f", and `count` of `{groups[0]}`, which would, is {self.spec.racks[groups[0]].count}"
            path, hint = f"racks.{groups[0]}.count", f"`racks.{groups[0]}.count: 1` or more, or no fabric `{name}`"
            self.blame("NET301", "fabric-impossible", text, path, hint, self.note(f"fabrics.{name}", "fabric here"))
        else:
            hint = f"racks of design {' or '.join(f'`{n}`' for n in sorted(able))}, or no fabric `{name}`" if able else ""
            self.blame("NET301", "fabric-impossible", text, path, hint)

    def lifted(self) -> set[str]:
        """Fabrics whose uplinks end in another."""
        return {low for wish in self.spec.fabrics.values() for low, _ in managed.lifted_fabrics(wire.selectors(wish))}

    def switches(self, wish: Fabric, made: dict[str, wire.Wired]) -> managed.Managed:
        """Ports of the switches that a fabric joins, of the fabrics that are planned by now."""
        order, wanted = list(self.spec.fabrics), wire.selectors(wish)
        found = []
        for text, kind in managed.meant_fabrics(wanted):
            names = [n for n in order if not joins_switches(self.spec.fabrics[n])] if text == "*" else [text]
            found += [managed.Joined(order.index(n), kind, made[n].plan, made[n].parts) for n in names if n in made]
        for n, kind in managed.lifted_fabrics(wanted):
            if n in made:
                found.append(managed.Joined(order.index(n), kind, made[n].plan, made[n].parts, wire.uplink_gbps(made[n])))
        return managed.managed(found, pod_first(self.spec))

    def parts(self, name: str, wish: Fabric) -> tuple[Part, Part, Part]:
        """Switch parts of a fabric by tier."""
        leaf = self.part(f"fabrics.{name}.switch", wish.switch)
        spine = self.part(f"fabrics.{name}.spine", wish.spine) if wish.spine else leaf
        core = self.part(f"fabrics.{name}.core", wish.core) if wish.core else spine
        for field, p in (("switch", leaf), ("spine", spine), ("core", core)):
            if not p.number("cages"):
                text = f"`{p.name}` has no `cages`; a switch of a fabric says how many"
                self.blame("SPC107", "wrong-part-kind", text, f"fabrics.{name}.{field}", self.with_cages(p))
                self.stop()
        is_torus = wish.topology == TORUS
        if passes_light(leaf) != is_torus and not (is_torus and not wish.circuits):
            if is_torus:
                text = f"`{leaf.name}` switches packets, and a torus is closed by optical circuit switches"
                help = "take one such as `generic/ocs-136`, or `circuits: false` for blocks wired straight to each other"
            else:
                text = f"`{leaf.name}` joins pairs of fibres and no packets, which a fabric of topology `{wish.topology}` needs"
                help = "take a switch of packets; `rackwright part` lists them"
            self.blame("SPC107", "wrong-part-kind", text, f"fabrics.{name}.switch", help, self.note(f"fabrics.{name}.topology", "topology here"))
            self.stop()
        speaks = leaf.text("protocol")
        for field, p in (("spine", spine), ("core", core)):
            if speaks and p.text("protocol") not in ("", speaks) and getattr(wish, field):
                text = f"`{p.name}` speaks {p.text('protocol')} and the leaves of fabric `{name}` (`{leaf.name}`) {speaks}: no link comes up"
                help = f"take a {field} that speaks {speaks}, or leaves that speak {p.text('protocol')}"
                self.blame("SPC108", "contradiction", text, f"fabrics.{name}.{field}", help, self.note(f"fabrics.{name}.switch", "leaves here"))
                self.stop()
        return leaf, spine, core

    def with_cages(self, part: Part) -> str:
        """What to do about a part that does not say what cages it has: tell of one's own, take another for one of ours."""
        if part.kind == "switch" and not part.file.startswith(SHIPPED):
            return _CAGES.format(part.file)
        return f"switches that say so: {', '.join(f'`{p.name}`' for p in self.cures.switches(False, float('inf')))}"

    def tell(self, code: str, rule: str, found: Problem, path: str) -> None:
        """A fabric that cannot be, with what is short and the smallest change that helps."""
        text = f"fabric `{found.subject}`: {found.message}"
        if found.unit and found.short > 0 and f"{found.value:g}" not in found.message:
            text += f", {found.value:,.0f} {found.unit} needed and {found.limit:,.0f} there"
        asked = f"{path}.{found.field}"
        at = asked if found.field and asked in self.document.spans else path
        notes = self.note(path, "fabric here") if self.document.span(self.document.changed(at)).file != self.document.span(path).file else ()
        self.blame(code, rule, text, at, f"the smallest change that helps: {found.change}" if found.change else _UNHELPED[code], notes)


def joins_switches(wish: Fabric) -> bool:
    """Whether a fabric joins management ports of other fabrics' switches."""
    return bool(managed.meant_fabrics(wire.selectors(wish)))
