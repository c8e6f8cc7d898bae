"""Links as designed against links as seen: which are right, wrong, down, silent or not seen at all. Evidence of both ends is joined, and one is
enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.schema.links import MANAGEMENT
from rackwright.verify.designed import Designed
from rackwright.verify.match import ALIKE, DEVICE, Matched
from rackwright.verify.observed import DOWN, LLDP, UP
from rackwright.verify.ports import is_none
from rackwright.verify.unknown import Unknown, parted

Array: TypeAlias = NDArray[Any]
OK, UNSEEN, WRONG, IS_DOWN, NO_NEIGHBOUR, SILENT, TWICE, NOT_KNOWN = range(8)


@dataclass(slots=True)
class Compared:
    """`status` of every link (OK ... NOT_KNOWN). `target` of every end: the end it is joined to instead of its own, -1 where nothing is known, -2 for
    a port that is no end of the design. `claims`: end, target, `row` of the evidence, text of the far side, and where that is a device of ours its
    number (`host`), the `word` for its port, and whether it has none of that name (`is_none`); `twice`: ends with several neighbours. `is_seen` of
    every end, `by_device` of every end that was found by its device alone, `alike` by what other machines call it. `strange`: rows between ports
    that the design leaves free. `unknown`: what was seen and is not judged.
    """

    status: Array
    target: Array
    claims: pl.DataFrame
    twice: Array
    is_seen: Array
    by_device: Array
    alike: Array
    strange: pl.DataFrame
    unknown: Unknown


def compared(d: Designed, m: Matched) -> Compared:
    """The status of every link."""
    count = 2 * d.links.height
    rows = m.rows.with_row_index("row")
    claims, strange, unknown = parted(d, rows, _once(d, _claims(d, rows, count)), _strange(d, rows))
    end, aim = claims["end"].to_numpy(), claims["target"].to_numpy()
    is_right = aim == (end ^ 1)
    ok = _marked(count, end[is_right])
    ok |= ok[np.arange(count) ^ 1]
    twice = _twice(claims, count)
    # a claim on an end that is where it belongs tells of two neighbours there, not of a wrong cable here
    contested = ~is_right & ((aim >= 0) & ok[np.maximum(aim, 0)])
    is_wrong = ~is_right & ~contested & ~ok[end]
    wrong, disputed = _marked(count, end[is_wrong]), _marked(count, end[contested & ~ok[end]])
    target = np.full(count, -1, np.int32)
    first = np.flatnonzero(is_wrong)[::-1]  # of an end with several the first claim: the last one written stays
    target[end[first]] = aim[first]
    told = {s: _marked(count, m.states.filter(pl.col("state") == s)["end"].to_numpy()) for s in (UP, DOWN)}
    down = told[DOWN] & ~told[UP]
    looked = _looked(d, m, _marked(count, end) | unknown.ends)
    status = np.full(count // 2, UNSEEN, np.uint8)
    known = ((SILENT, looked), (NO_NEIGHBOUR, told[UP]), (NOT_KNOWN, unknown.ends), (IS_DOWN, down))
    for code, marked in (*known, (TWICE, disputed), (WRONG, wrong), (OK, ok & ~down)):
        status[_pairs(marked)] = code
    status[_pairs(down) & _pairs(ok)] = IS_DOWN
    alike, by_device = (
        _marked(count, np.r_[*(rows.filter(pl.col(f"{s}_how") == how)[s].to_numpy() for s in ("near", "far"))]) for how in (ALIKE, DEVICE)
    )
    seen = _marked(count, end) | told[DOWN] | ((looked | told[UP]) & ~unknown.ends)
    return Compared(status, target, claims, twice, seen, by_device, alike, strange, unknown)


def _claims(d: Designed, rows: pl.DataFrame, count: int) -> pl.DataFrame:
    """What each end is joined to, seen from it or from the other one. A port of a known device by an unknown name stands for the one end there that
    nobody else claims and whose link is not right, if there is just one. `stranger` is the name of a far device that nobody knows, `is_nameless`
    says that it sent none.
    """
    names = d.devices["end"]
    named = rows.filter(pl.any_horizontal(pl.col("far_device", "far_mac", "far_chassis").is_not_null()))
    named = named.with_columns(_called(names, "device", "near_dev"), _called(names, "far_device", "far_dev"))
    far = pl.concat_str(pl.coalesce("far_device", pl.lit("?")), pl.lit(":"), pl.coalesce("far_port", "far_alias", "far_mac", pl.lit("?")))
    near = pl.concat_str("device", pl.lit(":"), pl.col("port").fill_null("?"))
    lone = pl.col("far_dev") < 0
    named = named.with_columns(
        far_is_none=is_none(d, named, "far_dev", "far_port", "far_is_free"), near_is_none=is_none(d, named, "near_dev", "port", "near_is_free")
    )
    one = named.filter(pl.col("near") >= 0).select(
        "row", end="near", target=pl.col("far"), dev=pl.when("far_is_free").then(-1).otherwise("far_dev"), text=far, host="far_dev", word="far_port",
        is_none="far_is_none", stranger=pl.when(lone).then("far_device"), is_nameless=lone & pl.col("far_device").is_null(),
    )  # fmt: skip
    two = named.filter(pl.col("far") >= 0).select(
        "row", end="far", target=pl.col("near"), dev=pl.when("near_is_free").then(-1).otherwise("near_dev"), text=near, host="near_dev", word="port",
        is_none="near_is_none", stranger=pl.when(pl.col("near_dev") < 0).then("device"), is_nameless=pl.lit(value=False),
    )  # fmt: skip
    made = pl.concat([one, two]).sort("row", maintain_order=True)
    lost = made.filter((pl.col("target") < 0) & (pl.col("dev") >= 0))
    if lost.height:
        settled = pl.concat([made.filter(pl.col("target") >= 0)[c] for c in ("end", "target")])
        free = d.ends.filter(~pl.col("end").is_in(settled.unique().implode())).select("dev", "fabric", guess="end")
        free = free.join(made.select(partner="end").unique(), left_on=pl.col("guess").xor(1), right_on="partner", how="semi")
        alone = free.filter(pl.len().over("dev", "fabric") == 1)
        fabrics = d.ends.select("end", "fabric")
        guessed = made.join(fabrics, on="end", how="left", maintain_order="left").join(alone, on=["dev", "fabric"], how="left", maintain_order="left")
        guessed = guessed.with_columns(pl.when(pl.col("target") < 0).then("guess").alias("guess"))
        taken = pl.col("end").n_unique().over("guess") == 1
        made = guessed.with_columns(pl.when(pl.col("guess").is_not_null() & taken).then("guess").otherwise("target").alias("target")).drop(
            "guess", "fabric"
        )
        back = made.filter((pl.col("target") >= 0) & pl.col("row").is_in(lost["row"].unique().implode()))
        mirrored = back.select("row", end="target", target="end", dev=pl.lit(-1, pl.Int32), text=pl.lit(""), host=pl.lit(-1, pl.Int32),
                               word=pl.lit(None, pl.String), is_none=pl.lit(value=False), stranger=pl.lit(None, pl.String),
                               is_nameless=pl.lit(value=False))  # fmt: skip
        made = pl.concat([made, mirrored]).unique(["row", "end", "target"], keep="first", maintain_order=True)
    return made.with_columns(pl.col("target").fill_null(-1)).with_columns(
        pl.when(pl.col("target") < 0).then(-2).otherwise("target").cast(pl.Int32).alias("target")
    )


def _once(d: Designed, claims: pl.DataFrame) -> pl.DataFrame:
    """Claims without ports by unknown names of a device to which the same end is known to go: one neighbour in two words, as where an adapter's
    firmware speaks beside its system, or CDP beside LLDP.
    """
    owner = d.ends.select(target="end", dev="dev")
    known = claims.filter(pl.col("target") >= 0).select("end", "target").join(owner, on="target").select("end", "dev", is_known=pl.lit(value=True))
    made = claims.join(known.unique(), on=["end", "dev"], how="left", maintain_order="left")
    return made.filter((pl.col("target") >= 0) | pl.col("is_known").is_null()).drop("is_known")


def _called(names: pl.Series, device: str, dev: str) -> pl.Expr:
    """A device by its name on labels, where it is one of ours."""
    at = pl.col(dev).clip(0).map_batches(lambda s: names.gather(s), return_dtype=pl.String)
    return pl.when(pl.col(dev) >= 0).then(at).otherwise(device).alias(device)


def _marked(count: int, at: Array) -> Array:
    made = np.zeros(count, np.bool_)
    made[at[at >= 0]] = True
    return made


def _pairs(marked: Array) -> Array:
    """Links with either end marked."""
    return marked[0::2] | marked[1::2]


def _twice(claims: pl.DataFrame, count: int) -> Array:
    """Ends that are said to be joined to several others."""
    seen = pl.col("text").filter(pl.col("target") < 0).n_unique() + pl.col("target").filter(pl.col("target") >= 0).n_unique()
    found = claims.group_by("end").agg(seen.alias("n")).filter(pl.col("n") > 1)
    return _marked(count, found["end"].to_numpy())


def _looked(d: Designed, m: Matched, claimed: Array) -> Array:
    """Ends that their device would have told of had they a neighbour: of switches that told everything, and of the fabrics of which a host told
    anything.
    """
    told = m.told.filter(pl.col("reader") == LLDP).select("dev")
    ends = d.ends.with_columns(claimed=pl.Series(claimed)).join(told, on="dev", how="semi")
    ends = ends.join(d.devices.select("dev", "is_switch"), on="dev", how="left", maintain_order="left")
    is_told = (pl.col("claimed").any().over("dev", "fabric") | (pl.col("is_switch") & (pl.col("number") < MANAGEMENT))) & (
        pl.col("protocol").fill_null("ethernet") == "ethernet"
    )
    return _marked(len(claimed), ends.filter(is_told)["end"].to_numpy())


def _strange(d: Designed, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a device of ours, both of whose ends are no port that the design joins, without those that lead out of the hall; each pair once."""
    named = pl.any_horizontal(pl.col("far_device", "far_mac", "far_chassis").is_not_null())
    found = rows.filter((pl.col("near") < 0) & (pl.col("far") < 0) & named & ((pl.col("near_dev") >= 0) | (pl.col("far_dev") >= 0)))
    found = found.join(d.outside, left_on=["near_dev", "port"], right_on=["dev", "port"], how="anti").join(
        d.outside, left_on=["far_dev", "far_port"], right_on=["dev", "port"], how="anti"
    )
    names, far_port = d.devices["end"], pl.coalesce("far_port", "far_alias", "far_mac", pl.lit("?"))
    found = found.with_columns(_called(names, "device", "near_dev"), _called(names, "far_device", "far_dev").fill_null("?"))
    found = found.with_columns(pl.col("port").fill_null("?"), far_port.alias("far_port"))
    here, there = (pl.concat_str(*side, separator="\t") for side in (("near_dev", "device", "port"), ("far_dev", "far_device", "far_port")))
    pair = pl.when(here < there).then(pl.concat_str(here, there, separator="\n")).otherwise(pl.concat_str(there, here, separator="\n"))
    lacks = {f"{s}_is_none": is_none(d, found, f"{s}_dev", p, f"{s}_is_free") for s, p in (("near", "port"), ("far", "far_port"))}
    found = found.with_columns(pair=pair, **lacks)
    return found.sort("row").unique("pair", keep="first", maintain_order=True).drop("pair")
