"""Fields of a hall's `power` that are written and that nothing takes notice of, read off the spec alone."""

from __future__ import annotations

from collections.abc import Iterator

from rackwright.spec.supply import Supply

CODE = ("PWR437", "power-wish-without-effect")


def without_effect(p: Supply) -> Iterator[tuple[str, str, str, str]]:
    """Path below `power`, why it says nothing, what would give it a meaning, and the path of what takes that from it; one for each such field."""
    own, ties = p.model_fields_set, "substation.ties" if p.substation and "ties" not in p.model_fields_set else "ties"
    is_open = p.ties == "open" or (p.substation is not None and p.substation.ties == "open" and p.substation.transformers > 1)
    is_switched = p.transfer != "none" or p.redundancy in ("block", "catcher", "2N")  # of 2N an odd feed has a switch: known when the chain stands
    for name, works, why, cure, at in (
        ("modules", p.redundancy == "N+1", "transformers work in parallel only with `N+1`", "`redundancy: N+1`", "redundancy"),
        ("tie_transfer", is_open, "no tie is open", "`ties: open`", ties),
        ("ring_section", p.medium == "ring", "the medium voltage is radial", "`medium: ring`", "medium"),
        ("switching", p.medium == "ring", "the medium voltage is radial", "`medium: ring`", "medium"),
        ("generator", p.generators != "none", "there are no generators", "`generators: block` or `common`", "generators"),
        ("start", p.generators != "none", "there are no generators", "`generators: block` or `common`", "generators"),
        ("transfer_switch", is_switched, "nothing is transferred", "`transfer: board` or `row`", "transfer"),
        ("dc_busway", p.sidecar is not None, "every rack takes AC", "`sidecar: ocp/diablo-400`", "sidecar"),
        ("dc_whip", p.sidecar is not None, "every rack takes AC", "`sidecar: ocp/diablo-400`", "sidecar"),
        ("dc_shelf", p.sidecar is not None, "every rack takes AC", "`sidecar: ocp/diablo-400`", "sidecar"),
    ):
        if name in own and getattr(p, name) is not None and not works:
            yield name, why, cure, at
    if "G" in p.rooms and p.generators == "none":
        yield "rooms.G", "there are no generators", "`generators: block` or `common`", "generators"
    s = p.substation
    if s is not None and "ties" in s.model_fields_set and s.ties != "none" and s.transformers < 2:
        yield "substation.ties", "one transformer has no neighbour", "`transformers: 2`", "substation.transformers"
