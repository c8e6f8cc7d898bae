"""3-D torus of accelerators, in blocks whose inner links are fixed and whose faces go to optical circuit switches (or straight to the next block).

Every accelerator is a NIC with six subports: +x, -x, +y, -y, +z, -z. With circuit switches there is one for every position on a face and dimension,
so that both ends of every line through a block meet on one switch, which can then close the line to any other block: 64 blocks of 4 x 4 x 4 are
4,096 accelerators and 48 switches with 128 ports in use (Jouppi et al., TPU v4, ISCA 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackwright.build.fabrics.fabric import Array, FabricSpec, LinkArrays, Problem, SwitchModel, link_arrays
from rackwright.build.fabrics.plan import Plan, level, made
from rackwright.build.fabrics.ports import legs_for
from rackwright.build.fabrics.shape import Shape
from rackwright.build.fabrics.stage import ALONE, Bundle, GroupIds, group_ids
from rackwright.schema.links import HOST, TORUS

TOPOLOGY = "torus"
WISHES = frozenset({"cube", "cubes", "circuits"})
SIDES = 6


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Links of the torus. Accelerators are numbered block by block, in a block x fastest, then y, then z; blocks likewise.

    Attributes:
        block: accelerators of a block along x, y, z.
        blocks: blocks along x, y, z.
        circuits: whether faces go to circuit switches.
        first: first endpoint of each cell.
        legs: legs of a switch cage.
        speed_gbps: of a link.
        ids, switches: for cable groups; links between accelerators are a cable each and are numbered after all switches.
        tier: as other stages have it; links to circuit switches are of tier HOST.
    """

    block: tuple[int, int, int]
    blocks: tuple[int, int, int]
    circuits: bool
    first: Array
    legs: int
    speed_gbps: float
    ids: GroupIds
    switches: int
    tier: int = TORUS

    def total(self) -> int:
        """Links between accelerators."""
        whole = [n * m for n, m in zip(self.block, self.blocks)]
        volume = whole[0] * whole[1] * whole[2]
        if not self.circuits:
            return sum(volume for n in whole if n > 1)
        return sum(volume - volume // n for n in self.block)

    def links(self, plane: int, cell: int) -> LinkArrays:
        """Links of a cell: its faces, and those in + direction of its accelerators."""
        row = np.arange(self.first[cell], self.first[cell + 1])
        unit, side = np.divmod(row, SIDES)
        axis, back = np.divmod(side, 2)
        sizes = np.array(self.block)
        where = self._inside(unit)
        at = np.take_along_axis(where, axis[:, None], 1)[:, 0]
        on_face = at == np.where(back == 1, 0, sizes[axis] - 1)
        inner = ~on_face & (back == 0)
        stride = np.cumprod([1, *self.block[:2]])
        parts = [self._direct(cell, row[inner], (unit + stride[axis])[inner] * SIDES + side[inner] + 1)]
        if self.circuits:
            parts.append(self._faces(cell, row[on_face], unit[on_face], axis[on_face], back[on_face], where[on_face]))
        else:
            out = on_face & (back == 0)
            far = self._next(unit[out], axis[out], where[out])
            apart = far != unit[out]
            parts.append(self._direct(cell, row[out][apart], (far * SIDES + side[out] + 1)[apart]))
        return LinkArrays.join(parts)

    def _inside(self, unit: Array) -> Array:
        x, y, z = self.block
        own = unit % (x * y * z)
        return np.stack([own % x, own // x % y, own // (x * y)], axis=1)

    def _next(self, unit: Array, axis: Array, where: Array) -> Array:
        """Accelerator on the opposite face of the next block along an axis."""
        sizes, counts = np.array(self.block), np.array(self.blocks)
        volume = int(sizes.prod())
        block = unit // volume
        along = np.cumprod([1, *self.blocks[:2]])[axis]
        position = block // along % counts[axis]
        block = block + ((position + 1) % counts[axis] - position) * along
        stride = np.cumprod([1, *self.block[:2]])[axis]
        inside = unit % volume - np.take_along_axis(where, axis[:, None], 1)[:, 0] * stride
        out: Array = block * volume + inside
        return out

    def _direct(self, cell: int, a: Array, b: Array) -> LinkArrays:
        group = a + self.switches * self.ids.span
        return link_arrays(
            a, a_port=a % SIDES, b=b, b_port=b % SIDES, tier=TORUS, speed_gbps=self.speed_gbps, plane=0, rail=-1, cell=cell, cable_group=group,
            a_legs=1, b_legs=1,
        )  # fmt: skip

    def _faces(self, cell: int, row: Array, unit: Array, axis: Array, back: Array, where: Array) -> LinkArrays:
        x, y, z = self.block
        # Position on the face: the other two coordinates, the lower axis fastest.
        across = np.choose(axis, [where[:, 1] + where[:, 2] * y, where[:, 0] + where[:, 2] * x, where[:, 0] + where[:, 1] * x])
        switch = np.array([0, y * z, y * z + x * z])[axis] + across
        port = unit // (x * y * z) * 2 + back
        return link_arrays(
            row, a_port=row % SIDES, b=switch, b_port=port, tier=HOST, speed_gbps=self.speed_gbps, plane=0, rail=-1, cell=cell,
            cable_group=self.ids.of(switch, port // self.legs, port % self.legs), a_legs=1, b_legs=self.legs,
        )  # fmt: skip

    def bundle(self) -> Bundle:
        """Every link leads elsewhere."""
        return ALONE

    def circuit_table(self) -> tuple[Array, Array, Array]:
        """Circuits that close the torus: switch, port of a block's + face, port of the - face of the next block along the axis."""
        x, y, z = self.block
        faces = (y * z, x * z, x * y)
        number = int(np.prod(self.blocks))
        block = np.arange(number)
        parts: list[tuple[Array, Array, Array]] = []
        for axis in range(3):
            along = int(np.prod(self.blocks[:axis]))
            position = block // along % self.blocks[axis]
            far = block + ((position + 1) % self.blocks[axis] - position) * along
            switch = sum(faces[:axis]) + np.repeat(np.arange(faces[axis]), number)
            parts.append((switch, np.tile(block * 2, faces[axis]), np.tile(far * 2 + 1, faces[axis])))
        columns = [np.concatenate(column).astype(np.int32) for column in zip(*parts)]
        return columns[0], columns[1], columns[2]


def plan(spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape) -> Plan | Problem:
    """The torus of all accelerators, as even as their number allows unless `cubes` says otherwise."""
    per_side = np.bincount(shape.subport, weights=shape.ports, minlength=SIDES).astype(np.int64)
    if len(per_side) > SIDES or per_side.min() != per_side.max():
        sides = int(np.count_nonzero(per_side))
        if sides != SIDES:
            return Problem(spec.name, f"a torus needs {SIDES} ports of every accelerator, they have {sides}", SIDES, sides, "ports")
        text = f"a torus needs {SIDES} ports of every accelerator, and those of a server do not come in sixes: taken as one accelerator each"
        return Problem(spec.name, text, SIDES * int(per_side.sum()), int(per_side.sum()), "ports")
    volume, units = int(np.prod(spec.cube)), int(per_side[0])
    number = -(-units // volume)
    blocks = spec.cubes or _even(number)
    if int(np.prod(blocks)) * volume != units:
        whole = int(np.prod(blocks)) * volume
        text = f"{units} accelerators do not fill {' x '.join(map(str, blocks))} blocks of {' x '.join(map(str, spec.cube))}, which hold {whole}"
        if spec.cubes and units % volume == 0:
            return Problem(spec.name, text, max(whole, units), min(whole, units), "accelerators", fix=(("cubes", _near(number, spec.cubes)),))
        change = f"{abs(whole - units):,} accelerators {'more' if whole > units else 'fewer'}"
        return Problem(spec.name, text, max(whole, units), min(whole, units), "accelerators", change)
    gbps, ids = float(shape.speed_gbps.max()), group_ids(models)
    legs = legs_for(spec, models[0], gbps)
    if isinstance(legs, Problem):
        return legs
    x, y, z = spec.cube
    switches = x * y + y * z + x * z if spec.circuits else 0
    ports = models[0].cages * legs
    if spec.circuits and number * 2 > ports:
        text = f"each circuit switch takes both faces of {number} blocks; `{models[0].part}` has {ports} ports"
        return Problem(spec.name, text, number * 2, ports, "ports")
    lattice = Lattice(spec.cube, blocks, spec.circuits, shape.first, legs, gbps, ids, switches)
    return Plan(spec, models, shape.pods, shape.first, made([level(0, switches)], 1), None, (lattice,))


def _even(number: int) -> tuple[int, int, int]:
    """Three factors of `number` with the smallest sum, ascending."""
    found = [(a, b, number // a // b) for a in range(1, number + 1) if a**3 <= number and number % a == 0 for b in _factors(number // a) if a <= b]
    return min((f for f in found if f[1] <= f[2]), key=sum)


def _near(number: int, asked: tuple[int, int, int]) -> tuple[int, int, int]:
    """Three factors of `number`, in the order that comes nearest to `asked`."""
    found = [(a, b, number // a // b) for a in range(1, number + 1) if number % a == 0 for b in range(1, number // a + 1) if number // a % b == 0]
    return min(found, key=lambda f: (sum(abs(n - m) for n, m in zip(f, asked, strict=True)), sum(f)))


def _factors(number: int) -> list[int]:
    return [b for b in range(1, int(number**0.5) + 1) if number % b == 0]


def circuits(plan: Plan) -> tuple[Array, Array, Array]:
    """Circuits (switch, port, port) that close a torus of blocks; empty without circuit switches."""
    lattice = plan.stages[0] if plan.stages else None
    if not isinstance(lattice, Lattice) or not lattice.circuits:
        none = np.zeros(0, np.int32)
        return none, none, none
    return lattice.circuit_table()
