"""A hall from lists of its links, on one page.

seen     = read(files)                    devices and links, each once
nets     = links -> networks              tiers, planes
standing = hosts -> racks of designs      by name, unit, ports
wished   = network -> topology            measured, tried, the one whose plan has most of the links
laid     = network on its plan            which switch is which, numbers of ports
as-built = plan with what is there        what the spec grows from
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from rackwright.base.findings import DesignError, Finding
from rackwright.base.spans import Span
from rackwright.catalog.loader import Catalog
from rackwright.flow import hall, pipeline
from rackwright.flow.imported import endpoints, ports, wishes
from rackwright.flow.imported.matched import Onto, Plan, hosts_onto, onto
from rackwright.flow.imported.nets import Net, in_planes, nets
from rackwright.flow.imported.places import Floor, floor
from rackwright.flow.imported.racks import Standing, bays, standing
from rackwright.flow.imported.seen import MANAGEMENT, Seen, joined, natural, noted, refused, seen
from rackwright.flow.imported.spec import Wished
from rackwright.flow.imported.units import units
from rackwright.flow.imported.wishes import Wish
from rackwright.schema.tables import Tables
from rackwright.spec.document import Document, one_root, read_tree
from rackwright.spec.hall import HallSpec

_GOOD = 0.9999  # of the links on their plan: no other topology is tried
_MORE_ROWS = 12
_NO_ROOM = "MEC401"
_LEFT = "IMP103"
_HELP = "wire it in `hall.yaml` by hand, or give its switches with --switch {}=PART"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user says beside the files: rack designs by name (path with `@variant`), part by pattern of device names, switch part by `FABRIC` or
    `FABRIC.spine`, ports by fabric, the hall's name.
    """

    designs: Mapping[str, str]
    parts: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


@dataclass(slots=True)
class Imported:
    """What came out: the spec, its plan, and the networks on it by fabric."""

    seen: Seen
    nets: dict[str, Net]
    standing: Standing
    floor: Floor
    wished: Wished
    plan: Plan
    laid: dict[str, Onto]
    racks: pl.DataFrame
    findings: list[Finding]


def imported(files: Sequence[str], asked: Asked, folder: Path, *, as_of: str, progress: Callable[[str], None] = lambda stage: None) -> Imported:
    """The hall that files describe, as a spec in `folder` would say it. Raises DesignError with what is missing."""
    progress("read")
    catalog = Catalog()
    if unknown := ports.unknown([*asked.parts.values(), *asked.switches.values()], catalog):
        close = catalog.close(unknown[0])
        raise refused("command line", f"there is no part `{unknown[0]}`", f"did you mean `{close[0]}`?" if close else "`rackwright part` lists them")
    designs: dict[str, Tables] = {}
    for name, text in asked.designs.items():
        path, _, variant = text.partition("@")
        progress(f"design {name}")
        designs[name] = pipeline.compile_file(str(folder / path), variant=variant or None, as_of=as_of).tables
    s = seen(files, asked.parts, catalog, list(designs.values()))
    found, lost = nets(s)
    if not found:
        raise refused(files[0], "no link leads from a host to a switch", "name the switches' part, such as --part 'leaf*=nvidia/qm9700'")
    named = _named(in_planes(found, {p for t in designs.values() for b in bays(t) for p in b.ports}))
    st = standing(s, list(named.values()), designs)
    fl = floor(pl.concat([st.racks["name"], s.devices.filter("is_switch")["rack"]]), st.racks.height)
    work = _Work(s, _placed(st, fl, list(named.values())), fl, catalog, asked, folder, as_of, progress, designs, named)
    for part in asked.switches.values():
        if not catalog.part(part).number("cages"):
            raise refused("command line", f"`{part}` is no switch with cages", "`rackwright part` lists them")
    for option, asked_of in (("--switch", asked.switches), ("--ports", asked.ports)):
        if strange := sorted({key.partition(".")[0] for key in asked_of} - named.keys()):
            raise refused("command line", f"`{option}` names no network: {joined(strange)}", f"networks here are {joined(named)}")
    work.name_parts()
    return work.result(work.hall(), lost)


def _named(found: Sequence[Net]) -> dict[str, Net]:
    """Networks by the name of their fabric."""
    made: dict[str, Net] = {}
    for net in found:
        name = _slug(net.name, "net")
        while name in made:
            name += "-2"
        made[name] = net
    return made


def _slug(text: str, first: str) -> str:
    """A name as specs have them: lower case, digits and hyphens, after a letter."""
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-")
    return slug if slug[:1].isalpha() else f"{first}-{slug}".strip("-")


def _placed(st: Standing, fl: Floor, found: Sequence[Net]) -> Standing:
    """Racks with hall, row, place (by their names, else in order) and scalable unit (null: in none)."""
    at = fl.at if fl.is_told else pl.DataFrame(schema={"name": pl.String, "hall": pl.Int64, "row": pl.Int64, "place": pl.Int64})
    racks = st.racks.join(at, on="name", how="left", maintain_order="left").with_columns(
        pl.col("hall").fill_null(0), pl.col("row").fill_null(0), place=pl.coalesce("place", pl.col("rack").cast(pl.Int64))
    )
    for net in found:
        if wishes.measured(net, st).has_rails or net.count(2):
            of = units(net, st).racks
            if 1 < of["pod"].n_unique() < of.height:
                return replace(st, racks=racks.join(of, on="rack", how="left", maintain_order="left"))
    return replace(st, racks=racks.with_columns(pod=pl.lit(0, pl.Int64)))


@dataclass
class _Work:
    """One import: what is known of the hall, and the compilations that are tried."""

    seen: Seen
    standing: Standing
    floor: Floor
    catalog: Catalog
    asked: Asked
    folder: Path
    as_of: str
    progress: Callable[[str], None]
    designs: Mapping[str, Tables]
    nets: dict[str, Net]
    session: hall.Session = field(default_factory=hall.Session)
    laid: dict[str, Onto] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    parts: dict[str, Wish] = field(default_factory=dict)

    def name_parts(self) -> None:
        """The switch parts of every network. Raises DesignError with those that nothing tells."""
        faults: list[Finding] = []
        for name, net in self.nets.items():
            try:
                self.parts[name] = self._parts(name, net)
            except DesignError as fault:
                faults += fault.findings
        if faults:
            raise DesignError(faults)

    def hall(self) -> Wished:
        """Floor and racks."""
        racks, fl = self.standing.racks, self.floor
        counts = racks.group_by("hall", "design").len().group_by("design").agg(pl.col("len").max(), even=pl.col("len").n_unique() == 1)
        each = {d: int(n) for d, n in counts.select("design", "len").iter_rows()}
        own = [name for name in self.designs if name in each]
        frames = [self._frame(self.designs[name]) for name in own]
        files = ", ".join(dict.fromkeys(Path(f).name for f in self.seen.files))
        made = Wished(
            _slug(self.asked.name or Path(self.seen.files[0]).stem, "hall"), f"Imported from {files}", {d: self.asked.designs[d] for d in own},
            fl.rows, fl.places, max(w for w, _ in frames), max(d for _, d in frames), [], fl.halls,
        )  # fmt: skip
        made.groups = [(d, d, each[d], self._unit(d, made)) for d in own]
        if self.standing.assumed:
            made.say("racks", "ASSUMED: no file says in which racks all hosts are; they fill racks in the order of their names.")
        if not fl.is_told:
            made.say("floor", "ASSUMED: names of racks do not say where they stand. Write rows and places as they are.")
        if not counts["even"].all():
            made.say("halls", "ASSUMED: halls are not alike in the files; all are given the racks of the fullest.")
        return made

    def _frame(self, t: Tables) -> tuple[int, int]:
        """Width of a place and depth of a row that its racks take, mm."""
        wide, deep = (t.fact(t["racks"]["part"][0], f) or 0 for f in ("width", "depth"))
        return max(600, -(-int(wide) // 50) * 50), max(1200, -(-int(deep) // 50) * 50)

    def _unit(self, design: str, made: Wished) -> int | None:
        """Where racks of a design do not follow the scalable units in their order: the unit of all of them, or 0. Sets the size of units."""
        racks = self.standing.racks
        if racks.drop_nulls("pod").group_by("hall").agg(pl.col("pod").n_unique())["pod"].max() == 1:
            return None
        has = self.designs[design]["summary"].filter(pl.col("key") == "accelerators")["value"].sum()
        own = racks.filter(pl.col("design") == design)["pod"]
        if has:
            dealt = [d for d, t in self.designs.items() if t["summary"].filter(pl.col("key") == "accelerators")["value"].sum()]
            made.unit = int(racks.filter(pl.col("design").is_in(dealt)).group_by("hall", "pod").len()["len"].max())  # type: ignore[arg-type]
            return None
        known = own.drop_nulls().unique()
        return int(known[0]) + 1 if known.len() == 1 and not own.has_nulls() else 0

    def result(self, wished: Wished, lost: pl.DataFrame) -> Imported:
        """Every network as a fabric, laid onto the plan of all. A network that no topology plans is left out, and told."""
        plan: Plan | None = None
        taken: set[str] = set()
        for name, net in list(self.nets.items()):
            self.progress(f"fabric {name}")
            try:
                found = self._chosen(name, net, wished, taken)
            except DesignError as fault:
                if fault.findings[0].code != _LEFT:
                    raise
                self.findings += fault.findings
                del self.nets[name]
                continue
            _, wished.fabrics, plan, self.laid[name] = found
            taken |= set(wished.fabrics[name]["ports"])
        if plan is None:
            raise DesignError([replace(f, code="IMP101", name="not-importable", severity="error") for f in self.findings])
        hosts = hosts_onto(self.standing, plan)
        for name, net in self.nets.items():
            self.laid[name] = onto(net, name, plan, hosts, self._known(name), self.catalog)
        file = self.seen.files[0]
        findings = [*self.seen.findings, *self.findings]
        if self.standing.left:
            message = f"{len(self.standing.left):,} hosts have no place in any design: {joined(self.standing.left)}"
            findings.append(noted(file, message, "give the design of their racks with --design"))
        if self.standing.elsewhere:
            text = f"{len(self.standing.elsewhere):,} hosts stand in other units than their design has: {joined(self.standing.elsewhere, 2)}"
            findings.append(Finding("IMP104", "stands-elsewhere", "warning", text, self._span(), help="change `placement` of the rack spec"))
        if lost.height:
            message = f"{lost.height:,} links are of no network: they join two hosts, or two networks"
            findings.append(noted(file, message, "name the part of the switches with --part", int(lost["line"][0])))
        racks = hosts.join(self.standing.hosts, on="dev").join(plan.devices.select("id", "rack_id"), on="id").select("rack", "rack_id").unique()
        return Imported(self.seen, self.nets, self.standing, self.floor, wished, plan, self.laid, racks.sort("rack"), findings)

    def _known(self, name: str) -> pl.DataFrame:
        """Switches of the networks laid before one: dev, id."""
        before = [o.devices for n, o in self.laid.items() if n != name]
        return pl.concat(before) if before else pl.DataFrame(schema={"dev": pl.Int32, "id": pl.Int32})

    def _chosen(self, name: str, net: Net, wished: Wished, taken: set[str]) -> tuple[float, dict[str, Wish], Plan, Onto]:
        """The topology whose plan has most of a network's links; part of them, all fabrics, plan, and the network on it. Raises DesignError."""
        best: tuple[float, dict[str, Wish], Plan, Onto] | None = None
        why = ""
        found = self._joined(name, net, taken, wished)
        before = self._ending(name, wished)
        for base, m, main in self._bases(name, net, found):
            queue = [{"topology": w["topology"], **base, **w} for w in wishes.candidates(m)]
            tried: list[Wish] = []
            while queue and (best is None or best[0] < _GOOD):
                wish = queue.pop(0)
                if wish in tried:
                    continue
                tried.append(wish)
                fabrics = {**before, name: wish}
                try:
                    plan = self._compiled(wished, fabrics)
                except DesignError as fault:
                    why = why or fault.findings[0].message
                    continue
                laid = onto(net, name, plan, hosts_onto(self.standing, plan), self._known(name), self.catalog)
                share = laid.right / max(net.hosts.height + net.trunks.height, laid.planned, 1)
                if best is None or share > best[0] + 1e-9:
                    best = share, fabrics, plan, laid
                counts, uplinks = laid.counts(plan, net.hosts.join(main, on="link", how="semi")["leaf"])
                pods = self.standing.racks.drop_nulls("pod").select("hall", "pod").n_unique()
                queue.insert(0, wishes.closer(wish, m, counts, uplinks, pods))
        if best is None:
            raise DesignError([Finding(_LEFT, "left-out", "warning", f"network `{name}` is left out: {why}", self._span(), help=_HELP.format(name))])
        return best

    def _span(self) -> Span:
        return Span(self.seen.files[0], 1, 1, 1, 1)

    def _joined(self, name: str, net: Net, taken: set[str], wished: Wished) -> pl.DataFrame:
        """Links of endpoints with their selectors, but uplinks of networks that are not there yet. Raises DesignError where there are none."""
        found = endpoints.joined(net, {n: o for n, o in self.nets.items() if n != name}, self.standing, self.designs, taken)
        if name in self.asked.ports:
            speed = found["speed_gbps"].max() or 0.0
            asked = [net.hosts.select("link", "leaf", selector=pl.lit(p), speed_gbps=pl.lit(speed)) for p in self.asked.ports[name].split(",")]
            return pl.concat(asked, how="vertical_relaxed")
        ends = pl.col("selector").str.extract(r"^fabrics\.(.+)/uplink$")
        found = found.filter(ends.is_null() | ends.is_in(list(wished.fabrics)))
        if found.is_empty():
            few = joined(net.hosts["port"].unique().sort(), 3)
            message = f"network `{name}` is left out: its hosts' ports ({few}) are none that the designs have, and not as many as any of theirs"
            raise DesignError([Finding(_LEFT, "left-out", "warning", message, self._span(), help=f"say which they are: --ports {name}=GROUP.ALIAS")])
        return found

    def _ending(self, name: str, wished: Wished) -> dict[str, Wish]:
        """The fabrics so far; one that the uplinks of network `name` end in joins them from now on."""
        own = self.nets[name].switches.select("dev")
        made = dict(wished.fabrics)
        for other, wish in made.items():
            tied = self.nets[other].hosts.join(own, on="dev", how="semi").filter(~pl.col("port").str.contains(MANAGEMENT))
            word = f"fabrics.{name}/uplink"
            if 2 * tied["dev"].n_unique() >= self.nets[name].count(0) > 0 and word not in wish["ports"]:
                made[other] = {**wish, "ports": [*wish["ports"], word]}
        return made

    def _bases(self, name: str, net: Net, found: pl.DataFrame) -> Iterator[tuple[Wish, wishes.Measured, pl.DataFrame]]:
        """Ports, parts, planes and speeds of a network, what its leaves show, and its links: all endpoints alike, then those that share no leaf with
        the others as a class of their own. Raises DesignError.
        """
        groups = endpoints.classes(found)
        every = found["selector"].unique(maintain_order=True).to_list()
        parts = self.parts[name]
        leaf = self.catalog.part(parts["switch"])
        planes = {"planes": net.planes} if net.planes > 1 else {}
        uplinks = self._uplinks(name, net)
        yield {"ports": every, **parts, **wishes.speeds(net, leaf, found), **planes, **uplinks}, wishes.measured(net, self.standing), found
        if len(groups) > 1:
            (names, own), *rest = ((g, found.filter(pl.col("selector").is_in(g))) for g in groups)
            top = float(found["speed_gbps"].max() or 0.0)  # type: ignore[arg-type]
            classes = {g[0].partition(".")[0].replace("*", "switches"): {"ports": g, **wishes.of_class(net, of, leaf, top)} for g, of in rest}
            base = {"ports": names, **parts, **wishes.speeds(net, leaf, own), **planes, **uplinks, "classes": classes}
            yield base, wishes.measured(net, self.standing, own), own

    def _uplinks(self, name: str, net: Net) -> Wish:
        """Uplinks of a switch of a network that ends in another."""
        guests = [o.hosts.filter(pl.col("is_managed") & ~pl.col("port").str.contains(MANAGEMENT)) for n, o in self.nets.items() if n != name]
        own = pl.concat([g.join(net.switches, on="dev", how="semi").select("dev") for g in guests]) if guests else pl.DataFrame({"dev": []})
        many = int(own.group_by("dev").len()["len"].mode().max()) if 2 * own["dev"].n_unique() >= net.count(0) else 1  # type: ignore[arg-type]
        return {"uplinks": many} if many > 1 else {}

    def _compiled(self, wished: Wished, fabrics: Mapping[str, Wish]) -> Plan:
        """The plan of a hall with those fabrics; where the floor lacks places, rows are added. Raises DesignError."""
        for more in range(_MORE_ROWS):
            tried = replace(wished, fabrics=dict(fabrics), rows=wished.rows + more, places=wished.places + (more > 0))
            try:
                made = Plan.of(self.session.compiled(document(tried.text(stands=False), self.folder), as_of=self.as_of).tables)
            except DesignError as fault:
                if more == _MORE_ROWS - 1 or all(f.code != _NO_ROOM for f in fault.findings):
                    raise
            else:
                wished.rows, wished.places = tried.rows, tried.places
                return made
        raise AssertionError

    def _parts(self, name: str, net: Net) -> Wish:
        """Switch parts of its tiers. Raises DesignError where several fit."""
        made: Wish = {}
        for tier, word in enumerate(("switch", "spine", "core")):
            own = net.switches.filter(pl.col("tier") == tier)
            if own.height:
                part = self._part(name, net, own, word if tier else "", str(made.get("switch", "")))
                if not tier or part != made.get("spine", made["switch"]):
                    made[word] = part
        return made

    def _part(self, name: str, net: Net, own: pl.DataFrame, word: str, leaf: str) -> str:
        above = {"spine": [f"{name}.spine"], "core": [f"{name}.core", f"{name}.spine"]}
        for key in (*above.get(word, ()), name):
            if key in self.asked.switches:
                return self.asked.switches[key]
        told = own.join(self.seen.devices.select("dev", "part"), on="dev")["part"].drop_nulls()
        if told.len():
            return str(told.mode().sort()[0])
        used = [net.hosts.select(dev="leaf", port="leaf_port"), *(net.trunks.select(dev=c, port=f"{c}_port") for c in ("low", "high"))]
        names = pl.concat(used).join(own, on="dev", how="semi").sort(natural("port"))["port"].unique(maintain_order=True).to_list()
        fits = ports.fitting(names, self.catalog)
        if len(fits) == 1 or leaf in fits:
            return leaf if leaf in fits else fits[0]
        what = f"ports `{names[0]}` to `{names[-1]}` fit {joined(fits, 8)}" if fits else f"no part writes its ports `{names[0]}`"
        where = f"{name}.{word}" if word else name
        message = f"nothing says which part the {word or 'leave'}s of network `{name}` are: {what}"
        raise refused(self.seen.files[0], message, f"name it: --switch {where}={fits[0] if fits else 'nvidia/qm9700'}")


def document(text: str, folder: Path) -> Document[HallSpec]:
    """A hall spec from its text, as `hall.yaml` in that folder. Raises DesignError."""
    file = str(folder / "hall.yaml")
    return read_tree(one_root(text, file), file, folder, text, HallSpec)
