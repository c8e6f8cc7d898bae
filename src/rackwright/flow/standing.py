"""The package of a hall as it stands, which a new hall is grown from: read, and refused where it is of another hall."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from rackwright.base.findings import DesignError
from rackwright.base.tree import spec_error
from rackwright.build.hall import standing
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.site import Site
from rackwright.build.hall.stand import Stand
from rackwright.build.hall.standing import Grown
from rackwright.build.hall.wire import Wired
from rackwright.build.labels import row_letters
from rackwright.flow import manifest, store
from rackwright.flow.manifest import PackageError
from rackwright.flow.pipeline import Design
from rackwright.schema.tables import Tables
from rackwright.spec.document import Document
from rackwright.spec.hall import HallSpec


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands: its tables, the hash of its manifest (which lists the hash of every file), and what it is in the new hall once that is known."""

    tables: Tables
    sha256: str
    grown: Grown | None = None

    def addressed(self) -> list[str]:
        """Fabrics that have addresses, in the order of their parts of the pools."""
        rows = self.tables["address_pools"].join(self.tables["fabrics"].select("fabric_id", "fabric"), on="fabric_id").sort("slot")
        return rows["fabric"].unique(maintain_order=True).to_list()


def read(document: Document[HallSpec], designs: Mapping[str, Design]) -> Standing | None:
    """The package that `standing` names; None where nothing stands. Raises DesignError."""
    text = document.spec.standing
    if not text:
        return None
    folder = document.folder / text
    try:
        tables = store.read(folder, standing.READS).tables
    except PackageError as fault:
        raise _unusable(document, str(fault).replace(str(folder), text), "name the folder of the hall as it was built") from None
    if tables["halls"].is_empty():
        raise _unusable(document, f"`{text}` is the package of a rack, and a hall grows from a hall", "name the folder of the hall as it was built")
    _same_designs(document, text, tables, designs)
    return Standing(tables, hashlib.sha256((folder / manifest.FILE).read_bytes()).hexdigest())


def _unusable(document: Document[HallSpec], message: str, help: str) -> DesignError:
    return spec_error("NET323", "standing-not-usable", message, document.span("standing"), help)


def _same_designs(document: Document[HallSpec], text: str, old: Tables, designs: Mapping[str, Design]) -> None:
    """Racks that stand are of designs that the new hall has as well, with the same devices; one that it leaves out is taken away."""
    stood = old["designs"].filter(pl.col("racks") > 0)
    common = [name for name in stood["design"] if name in designs]
    if not common:
        names = ", ".join(f"`{name}`" for name in stood["design"])
        raise _unusable(
            document, f"`{text}` is of another hall: its racks are of designs {names}, none of which is here", "name designs as they were"
        )
    for name in common:
        of = old["design_devices"].filter(pl.col("design_id") == stood.filter(pl.col("design") == name)["design_id"][0]).sort("device")
        before, now = of.select("name", "part"), designs[name].tables["devices"].sort("device_id").select("name", "part")
        if not before.equals(now):
            here = f"{before.height} devices then and {now.height} now" if before.height != now.height else "other devices now"
            raise _unusable(
                document,
                f"`{text}` is of another hall: design `{name}` has {here}",
                "give the changed racks a design of their own, under another name",
            )


def rewired(stands: Standing | None, ground: Ground, wired: list[Wired]) -> list[Wired]:
    """Fabrics with the links that stand where they stand."""
    return standing.rewired(stands.grown, ground, wired) if stands and stands.grown else wired


def grown(document: Document[HallSpec], stands: Standing, wired: list[Wired], site: Site, stand: Stand) -> tuple[Standing, Stand, Site]:
    """What stands, and switches and racks where they stand. Raises DesignError for a rack whose place is gone."""
    heights = [np.array([int(p.number("height_units") or 1) for p in w.parts])[np.minimum(w.plan.switches.tier, len(w.parts) - 1)] for w in wired]
    found = standing.grown(document.spec, stands.tables, wired, site, stand, np.concatenate([*heights, np.zeros(0, np.int64)]))
    if isinstance(found, Grown):
        return replace(stands, grown=found), found.stand, found.site
    one = found[0]
    others = f", and {len(found) - 1} more stand at such places" if len(found) > 1 else ""
    where = f"place {one.place + 1} of row {row_letters(one.row)} in hall {one.hall + 1}"
    message = f"rack `{one.name}` stands at {where}, which is no place of the new floor{others}"
    help = "keep that place free of keep-outs, and inside the rows"
    raise spec_error("NET323", "standing-not-usable", message, document.span("floor"), help)


def hash_input(stands: Standing | None, src: Callable[[str], int]) -> list[dict[str, str | float | None]]:
    """The row of `inputs` that says what the hall was grown from."""
    if stands is None:
        return []
    text = "SHA-256 of the manifest of the package that stands"
    return [{"path": "standing.sha256", "text": stands.sha256, "unit": "", "origin": "derived", "description": text, "src": src("standing")}]
