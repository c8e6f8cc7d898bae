"""An imported hall as a folder: `hall.yaml`, the tables it grows from (`as-built/`), and what files call things (`names.csv`, `racks.csv`).

Written whole or not at all, and never over a folder that is there: its spec may have been edited.
"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from rackwright.flow import hall, store
from rackwright.flow.imported.hall import Asked, Imported, document, imported
from rackwright.flow.imported.matched import Plan
from rackwright.flow.imported.spec import STANDING
from rackwright.flow.imported.stands import as_built
from rackwright.flow.manifest import Manifest, PackageError, digest, rackwright_version, schema_version
from rackwright.flow.pipeline import Design
from rackwright.verify import reading
from rackwright.verify.check import Checked, check
from rackwright.verify.observed import Observed

SPEC, NAMES, RACKS = "hall.yaml", "names.csv", "racks.csv"
UNTOLD = "ASSUMED: the files do not say in which racks and units all switches stand; they stand as planned."


@dataclass(frozen=True, slots=True)
class Written:
    """What was made of the files, the hall as it compiles with what stands, the files held against it, and the files written."""

    made: Imported
    design: Design
    checked: Checked
    files: list[str]


def written(files: Sequence[str], asked: Asked, out: Path, *, as_of: str, progress: Callable[[str], None] = lambda stage: None) -> Written:
    """Makes the folder. Rack specs in `asked` are relative to it. Raises PackageError, DesignError."""
    free(out)
    target = out.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(prefix=f".{out.name}.rackwright-import-", dir=target.parent))
    except OSError as fault:
        raise PackageError(f"cannot write `{out}`: {fault.strerror or fault}") from None
    try:
        made = imported(files, asked, room, as_of=as_of, progress=progress)
        progress("tables")
        tables, is_told = as_built(made.plan, list(made.laid.values()), made.standing, made.seen, made.floor, made.racks)
        if not is_told:
            made.wished.say("", UNTOLD)
        text = made.wished.text(stands=True)
        about = Manifest(made.wished.name, "", (), {"rackwright": rackwright_version(), "schema": schema_version()}, digest(text.encode()), ())
        store.write(tables, room / STANDING, {}, about)
        progress("compile")
        design = hall.compile_document(document(text, room), as_of=as_of, progress=progress)
        plan = Plan.of(design.tables)
        names = _names(made, plan)
        named = [room / NAMES] if names else []
        for path in named:
            path.write_text(names, encoding="utf-8", newline="\n")
        (room / RACKS).write_text(_racks(made, plan), encoding="utf-8", newline="\n")
        progress("compare")
        checked = check(design.tables, _with(made.seen.observed, named))
        _remark(made, checked)
        (room / SPEC).write_text(made.wished.text(stands=True), encoding="utf-8", newline="\n")
        room.chmod(0o755)
        free(out)
        room.rename(target)
    except OSError as fault:
        raise PackageError(f"cannot write `{out}`: {fault.strerror or fault}") from None
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return Written(made, design, checked, [SPEC, f"{STANDING}/", *(p.name for p in named), RACKS])


def _with(observed: Observed, more: list[Path]) -> Observed:
    """What was read, with lists of other names."""
    names = reading.read(map(str, more))
    local = names.local.with_columns(pl.col("file") + len(observed.files))
    return replace(observed, files=[*observed.files, *names.files], local=pl.concat([observed.local, local]))


def _remark(made: Imported, checked: Checked) -> None:
    """Says in the spec of which networks not every link is as the hall has it."""
    right = {c.fabric: c.links["right"] for c in checked.coverage}
    for name, net in made.nets.items():
        size, planned = net.hosts.height + net.trunks.height, made.laid[name].planned
        if right.get(name, 0) < max(size, planned):
            made.wished.say(
                f"fabrics.{name}",
                f"The nearest topology found: {right.get(name, 0):,} of {size:,} links are as it has them; its plan has {planned:,}.",
            )


def free(out: Path) -> None:
    """Raises PackageError where something has that name already."""
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise PackageError(f"`{out}` is there already, and an import writes over nothing; name another folder, or remove it")
    if out.is_dir():
        out.rmdir()


def _names(made: Imported, plan: Plan) -> str:
    """What the files call devices and ports otherwise, as `verify` reads it: device, port, alias. Empty where they have our names."""
    ids = pl.concat([o.devices for o in made.laid.values()]).unique("dev", keep="first", maintain_order=True)
    label = plan.devices.select("id", device="end")
    devices = ids.join(made.seen.devices.select("dev", "name"), on="dev").join(label, on="id").filter(pl.col("device") != pl.col("name")).sort("id")
    ports = pl.concat([o.names for o in made.laid.values()]).unique(maintain_order=True).join(label, on="id").sort("id", maintain_order=True)
    rows: list[Iterable[object]] = [(d, "", n) for d, n in devices.select("device", "name").iter_rows()]
    rows += ports.select("device", "port", "observed").iter_rows()
    return _csv(("device", "port", "alias"), rows) if rows else ""


def _racks(made: Imported, plan: Plan) -> str:
    """Racks of the files and of the design: name, rack."""
    names = plan.tables["hall_racks"].select("rack_id", label="name")
    rows = made.standing.racks.join(made.racks, on="rack").join(names, on="rack_id").sort("rack_id").select(pl.col("name").fill_null(""), "label")
    return _csv(("name", "rack"), rows.iter_rows())


def _csv(head: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
