"""Machines, or adapters of one machine, that stand in each other's place as wholes: one fault and one job where every cable of them is wrong."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.verify.compare import OK, WRONG, Compared
from rackwright.verify.designed import Designed
from rackwright.verify.task import EXCHANGE, ROTATE, Job, together

Array: TypeAlias = NDArray[Any]
LEAST_PART = 4  # cables of a device that are at another one before a part of its networks counts as exchanged
LEAST_ALIKE = 4  # and of adapters of one link each, where their names are known from other machines


def swapped(d: Designed, c: Compared) -> list[Job]:
    """Jobs with a message of their own, which stands for the findings of all their links."""
    wrong = (c.status == WRONG).nonzero()[0]
    ends = np.r_[2 * wrong, 2 * wrong + 1]
    ends = ends[c.target[ends] >= 0].astype(np.int32)
    if not len(ends):
        return []
    should, goes = ends ^ 1, c.target[ends]
    of = d.ends.select("dev", "port", "fabric")
    here, there = of[should], of[goes]
    frame = pl.DataFrame({
        "link": ends // 2, "dev": here["dev"], "other": there["dev"], "port": here["port"], "other_port": there["port"], "fabric": here["fabric"],
        "end": should, "is_alike": c.alike[should] | c.alike[goes],
    })  # fmt: skip
    made = _machines(d, c, frame.filter(pl.col("dev") != pl.col("other")))
    taken = pl.Series([link for job in made for link in job.links], dtype=pl.Int32).implode()
    return made + _adapters(d, c, frame.filter((pl.col("dev") == pl.col("other")) & ~pl.col("link").is_in(taken)))


def _seen(d: Designed, c: Compared, devices: pl.Series) -> pl.DataFrame:
    """Ends of some devices whose links are right or wrong: dev, port, fabric."""
    told = d.ends.select("dev", "port", "fabric", status=pl.Series(np.repeat(c.status, 2)))
    return told.filter(pl.col("dev").is_in(devices.unique().implode()) & pl.col("status").is_in([OK, WRONG]))


def _machines(d: Designed, c: Compared, frame: pl.DataFrame) -> list[Job]:
    """Two devices each of whose cables, two or more, is at the port of that name of the other one; or is so in some of their networks."""
    groups = frame.group_by("dev", "other", "fabric").agg((pl.col("port") == pl.col("other_port")).all().alias("same"), pl.col("link").unique())
    groups = groups.filter("same").with_columns(n=pl.col("link").list.len())
    pairs = groups.join(groups, left_on=["dev", "other", "fabric"], right_on=["other", "dev", "fabric"]).filter(pl.col("dev") < pl.col("other"))
    if pairs.is_empty():
        return []
    count = _seen(d, c, pl.concat([pairs["dev"], pairs["other"]])).group_by("dev", "fabric").agg(pl.len().alias("seen"))
    for s, n in (("dev", "seen"), ("other", "seen_right")):
        pairs = pairs.join(count.rename({"dev": s, "seen": n}), on=[s, "fabric"], how="left")
    pairs = pairs.filter((pl.col("n") == pl.col("seen")) & (pl.col("n_right") == pl.col("seen_right"))).sort("dev", "other", "fabric")
    every: dict[int, dict[str, int]] = {}
    for dev, fabric, n in count.sort("fabric").iter_rows():
        every.setdefault(dev, {})[fabric] = n
    names, made = d.devices["end"], []
    both = pairs.group_by("dev", "other", maintain_order=True).agg("fabric", "link", "link_right", pl.col("n", "n_right").sum())
    for one, two, fabrics, mine, its, n, of in both.iter_rows():
        rest = sorted({*every[one], *every[two]} - {*fabrics})
        if min(n, of) < (LEAST_PART if rest else 2):
            continue
        links = sorted({link for part in (*mine, *its) for link in part})
        a, b = names[one], names[two]
        if rest:
            where = together(fabrics)
            message = f"{a} and {b} are exchanged in {where}: all {n} cables seen of {a} there are at the ports of {b}, and the reverse"
            text = f"{a} and {b} are exchanged in {where}, and not in {together(rest)}. "
            text += f"Exchange their plugs of {where}, each with that of the same name."
        else:
            message = f"{a} and {b} are exchanged, or their names are: all {n} cables seen of {a} are at the ports of {b}, and the reverse"
            text = f"{a} and {b} are exchanged, or their names are: every cable seen of each is at the other one. "
            text += "Put each machine, or its name, where the other is."
        made.append(Job(EXCHANGE, ((a, one), (b, two)), text, links, message=message, subject=(a, "", b, "")))
    return made


def _adapters(d: Designed, c: Compared, frame: pl.DataFrame) -> list[Job]:
    """Adapters of one machine each of whose cables is at the like port of another one."""
    hosts = d.devices.filter(~pl.col("is_switch")).select("dev")
    split = {s: pl.col(p).str.split_exact("/", 1).struct.field("field_0") for s, p in (("a", "port"), ("b", "other_port"))}
    rest = [pl.col(p).str.strip_prefix(split[s]) for s, p in (("a", "port"), ("b", "other_port"))]
    frame = frame.join(hosts, on="dev", how="semi").with_columns(**split, same=(rest[0] == rest[1]) & pl.col("port").str.contains("/"))
    if frame.is_empty():
        return []
    groups = frame.group_by("dev", "a").agg(
        pl.col("b").first(), is_one=pl.col("b").n_unique() == 1, same=pl.col("same").all(), n=pl.col("link").n_unique(),
        links=pl.col("link").unique(), ends=pl.col("end").unique(), is_alike=pl.col("is_alike").any(),
    )  # fmt: skip
    seen = _seen(d, c, frame["dev"]).with_columns(a=pl.col("port").str.split_exact("/", 1).struct.field("field_0")).group_by("dev", "a").len("seen")
    groups = groups.join(seen, on=["dev", "a"], how="left").with_columns(is_all=pl.col("n") == pl.col("seen"))
    whole = pl.col("is_one", "same", "is_all").all().over("dev")
    closed = (pl.col("b").is_in(pl.col("a").implode().over("dev"))).all().over("dev") & (pl.col("b").n_unique() == pl.len()).over("dev")
    many = (pl.col("n").min() > 1).over("dev") | (pl.col("is_alike").any() & (pl.col("n").sum() >= LEAST_ALIKE)).over("dev")
    groups = groups.filter(pl.all_horizontal(whole) & closed & many)
    made = []
    for (dev,), own in groups.group_by(["dev"], maintain_order=True):
        made.append(_adapter(d, int(str(dev)), own))
    return sorted(made, key=lambda j: j.links[0])


def _adapter(d: Designed, dev: int, own: pl.DataFrame) -> Job:
    """The job of one machine; `own` has a row for each adapter `a` whose cables are at `b`."""
    name = d.devices["end"][dev]
    to: dict[str, str] = dict(sorted(own.select("a", "b").iter_rows(), key=lambda p: (len(p[0]), p[0])))
    is_pairs = all(to[b] == a for a, b in to.items())
    if is_pairs:
        what = f"{together([f'{a} and {b}' for a, b in to.items() if (len(a), a) < (len(b), b)])} of {name} are exchanged"
    else:
        what = f"at {name} the cables of {together([f'{a} are at {b}' for a, b in to.items()])}"
    message = f"{what}, or the names are others: every cable seen of them is at the port of that name of the other one"
    text = f"{what[0].upper() if not is_pairs else what[0]}{what[1:]}, or the names are others than those of the other machines of its kind. "
    text += "Put each plug where it should be, or mend the names."
    if own["is_alike"].any():
        text += " Ports here are known by what most machines of the part call them; a list `device,port,alias` says otherwise."
    ends = sorted({e for part in own["ends"].to_list() for e in part})
    plugs = tuple(dict.fromkeys((p, dev) for p in d.ends["plug"].gather(ends)))
    links = sorted({n for part in own["links"].to_list() for n in part})
    ports = d.ends["port"].gather(ends).sort()
    return Job(EXCHANGE if is_pairs else ROTATE, plugs, text, links, message=message, subject=(name, ports[0], name, ports[-1]))
