"""What the loss of one switch, cable or module costs each fabric, at worst: ports cut off, and what the others lose.

Reads network_failures, fabrics, halls, inputs.
"""

from __future__ import annotations

import polars as pl

from rackwright.render.charts import across, heading, ticks
from rackwright.render.content import text_input
from rackwright.render.scene import Canvas, Scene, fit, text_width
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "network_losses", "Throughput lost with one switch, cable or module", "network", 0
_WIDTH, _LABEL, _RIGHT, _BAR, _SIZE = 940.0, 190.0, 300.0, 20.0, 10.0
_NOTE = "share of all throughput under the hard permutation that is lost, one plane; ports cut off count as lost"
_KEYS = (("over", "ports cut off from the others"), ("bar", "throughput that the others lose"))


def draw(t: Tables) -> Scene | None:
    """A panel a fabric, a bar a kind: the worst of its members, in two parts that end at the total. None where nothing was simulated."""
    if t["network_failures"].is_empty():
        return None
    kinds = worst(t)
    names = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    marks = ticks(0, max(1.0, 100 * float(kinds.select(pl.col("lost").max()).item())), 6)
    canvas, about = Canvas(), []
    _legend(canvas)
    top = 26.0
    for (fabric,), own in kinds.group_by(["fabric_id"], maintain_order=True):
        name, rows = str(names[fabric]), own.to_dicts()
        heading(canvas, 12, top + 14, _WIDTH - 24, name, _NOTE, 11)
        head, bottom = top + 40, top + 40 + _BAR * len(rows)
        scale = across(canvas, _LABEL, _WIDTH - _LABEL - _RIGHT, head, bottom, marks, "lost at worst, %")
        for i, r in enumerate(rows):
            y = head + i * _BAR
            told = said(r)
            label = fit(f"1 of {r['count']:,} · {r['what']}", _LABEL - 16, _SIZE)
            canvas.text("names", _LABEL - 8, y + _BAR / 2, label, _SIZE, "t", "end")
            ends = [scale(100 * v) for v in (0.0, r["cut"], r["lost"])]
            for css, low, high in zip(("over", "bar"), ends[:2], ends[1:], strict=True):
                ref = f"network_failures:{name}-{r['what']}" + ("-cut" if css == "over" else "")
                canvas.rect("bars", low, y + 4, max(high - low, 0.0), _BAR - 8, css, f"{r['what']}: {told}", ref)
            canvas.text("names", _WIDTH - _RIGHT + 10, y + _BAR / 2, fit(told, _RIGHT - 22, _SIZE), _SIZE, "t soft")
            about.append(f"{name}, {r['what']}: {told}")
        top = bottom + 40
    return Scene(NAME, TITLE, "; ".join(about), _WIDTH, top + 4, "px", 1.0, canvas.frame(), (("hall", text_input(t, "hall")),))


def worst(t: Tables) -> pl.DataFrame:
    """Of every fabric and kind of thing lost the worst member, those that cost most first: `lost`, share of all throughput, of which `cut` went with
    the ports cut off; `is_known` where the others' loss was computed.
    """
    cut = pl.col("endpoints_lost") / pl.col("endpoints")
    each = t["network_failures"].with_columns(cut=cut, lost=1 - (1 - cut) * pl.col("share_permutation").fill_null(1.0))
    each = each.with_columns(is_known=pl.col("share_permutation").is_not_null(), count=pl.col("count").sum().over("fabric_id", "what"))
    order = ["fabric_id", "lost", "endpoints_lost", "failure_id"]
    each = each.sort(order, descending=[False, True, True, False])
    return each.unique(["fabric_id", "what"], keep="first", maintain_order=True)


def said(r: dict[str, object]) -> str:
    """What one loss costs, in words."""
    ports, share = int(str(r["endpoints_lost"])), f"{100 * float(str(r['lost'])):.2f} %"
    total = share if r["is_known"] else f"at least {share}" if ports else "not computed"
    return f"{total}; {ports:,} of {r['endpoints']:,} ports cut off" if ports else total


def _legend(canvas: Canvas) -> None:
    x = 12.0
    for css, text in _KEYS:
        canvas.rect("legend", x, 9, 12, 12, css)
        canvas.text("legend", x + 18, 15, text, _SIZE, "t soft")
        x += 18 + text_width(text, _SIZE) + 24
