"""A hall before its cables, and how these are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rackwright.build.hall import site as sites
from rackwright.build.hall import wire
from rackwright.build.hall.amounts import covered_devices
from rackwright.build.hall.bundles import Kinds, kinds, makes
from rackwright.build.hall.cheapest import Placed
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.medium import Media
from rackwright.build.hall.stand import Stand
from rackwright.catalog.part import Part
from rackwright.flow import cabling
from rackwright.flow.cabling import Cabled, Shared
from rackwright.flow.hall_amounts import covered
from rackwright.flow.hall_ports import menus
from rackwright.flow.memory import Memory
from rackwright.flow.pipeline import Design, Progress
from rackwright.spec.hall import HallSpec


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A hall before its cables: rack designs compiled, fabrics planned with the media they may use, everything at its place."""

    designs: dict[str, Design]
    wired: list[wire.Wired]
    stand: Stand
    site: sites.Site
    placed: Placed | None
    ground: Ground
    media: list[Media]

    def inputs(self, shared: Shared, of_paths: str, memory: Memory) -> dict[tuple[int, int], str]:
        """The hash of what each cell is made from, by fabric and unit. `of_paths` is that of the paths of the ground."""
        return dict(cabling.hashed(self.ground, self.wired, self.media, {n: d.tables for n, d in self.designs.items()}, shared, of_paths, memory))

    def cabled(
        self,
        inputs: Mapping[tuple[int, int], str],
        kept: cabling.Find = cabling.nothing_kept,
        progress: Progress = lambda stage: None,
        shared: Shared | None = None,
        memory: Memory | None = None,
    ) -> Cabled:
        """Every cable cell by cell, what they sum to by fabric, and what runs in the trays; see `cabling.cabled`."""
        return cabling.cabled(self.ground, self.wired, self.media, inputs, progress, shared, memory, kept)

    def shared(self, spec: HallSpec, part: Callable[[str], Part], memory: Memory) -> Shared:
        """What cells need besides for what they are asked."""

        def found(*_: object) -> Kinds:
            skus = menus(self.media)
            return kinds(skus, makes(skus["part"].unique(), part), spec.pulling.bundle, int(spec.pathways.depth))

        made = memory.step("kinds", found, [m.kinds for m in self.media], spec.pulling, spec.pathways)
        covers = [memory.step(f"covers {n}", lambda t: covered(t, part), d.tables) for n, d in self.designs.items()]
        return Shared(made, covers, covered_devices(self.ground, self.wired, covers))
