"""Names for receivers that take few characters."""

from __future__ import annotations

import re

import polars as pl

from rackwright.export import net

NASTY = ["=cmd|' /C calc'!A0", 'a,b"c\\', "line\nhostname evil", "x" * 200, "Ünïcode-架 ", "- # none", "tab\there", "a/b", "a_2fb"]


def test_safe_names_can_be_read_back_and_never_meet():
    names = pl.Series([*NASTY, *(n + "x" for n in NASTY), "H01.AB07-12", "x_y", "x_é", "_a", ".", "a b", "a-b", "a.b", "A.B", "é" * 90, "é" * 91])
    for made, most in ((net.safe(names), 60), (net.safe(names, 15), 15)):
        assert made.n_unique() == names.n_unique()
        assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", m) and len(m) <= most for m in made)
    assert dict(zip(names, net.safe(names), strict=True))["H01.AB07-12"] == "H01.AB07-12"
    for name, made in zip(names, net.safe(names, 9999), strict=True):
        body = made[1:] if re.match(r"x_[0-9a-f]{2}", made) else made
        read = b"".join(bytes.fromhex(p[1:]) if len(p) == 3 and p[0] == "_" else p.encode() for p in re.findall(r"_[0-9a-f]{2}|.", body, re.DOTALL))
        assert read.decode() == name, made
    assert net.objects(names).n_unique() == names.n_unique()
