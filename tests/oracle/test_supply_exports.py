"""The exports of a power chain read by the tools they are for, and by readers written here from the formats' own documents.

pandapower 3.5 and power-grid-model 1.12 load the files and solve them: voltages within 1e-6 p.u. of our load flow is asked, 1e-9 is held; loading by
current of every line within 1e-6. DPS: field list of docs.nvidia.com/datacenter/dps (0.8), and the oversubscribed topology of its SDK simulator.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandapower
import polars as pl
import pytest
import yaml
from power_grid_model import PowerGridModel
from power_grid_model.utils import json_deserialize
from power_grid_model.validation import validate_input_data

from rackwright.export import chain, dps, pandapower_json, power_grid_model
from rackwright.export.only import ChoiceError, Only
from rackwright.flow.hall import compile_hall
from rackwright.schema.supply import normal_ways
from rackwright.schema.tables import Tables

pytestmark = pytest.mark.oracle

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"
GB200, H100 = str(HALLS / "gb200-superpod-2su.yaml"), str(HALLS / "h100-superpod-1su.yaml")
CASES: dict[str, Callable[[], Tables]] = {
    "AC": lambda: compile_hall(GB200, as_of="2026-01-01").tables,
    "DC": lambda: compile_hall(GB200, variant="dc-800v", as_of="2026-01-01").tables,
    "UPS": lambda: compile_hall(H100, as_of="2026-01-01", sets=["power.redundancy=2N", "power.ties=open"]).tables,
    "ties": lambda: compile_hall(H100, as_of="2026-01-01", sets=["power.redundancy=2N", "power.ties=closed"]).tables,
    "storage": lambda: compile_hall(GB200, as_of="2026-01-01", sets=["power.redundancy=block", "power.ups=generic/bess-2500kw"]).tables,
}


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES)
def tables(request: pytest.FixtureRequest) -> Tables:
    made: Tables = request.param()
    return made


def ours(t: Tables) -> np.ndarray:
    """Voltages p.u. by node."""
    return t["supply_node_states"].sort("node_id")["voltage_share"].to_numpy()


def made(room: Any, t: Tables, path: str) -> bytes:
    return dict(room.files_of(t, Only()))[path]()


def test_pandapower_gives_our_voltages(tables: Tables, tmp_path: Path) -> None:
    """The file as it is, solved with what it asks for itself. Storage in line is out of the loadings: its no-load loss is a shunt beside its line."""
    file = tmp_path / "net.json"
    file.write_bytes(made(pandapower_json, tables, "pandapower.json"))
    net = pandapower.from_json(str(file))
    pandapower.runpp(net, numba=False)
    assert net.name == tables.input_text("hall")
    assert net.bus.name.tolist() == tables["supply_nodes"].sort("node_id")["name"].to_list()
    assert np.abs(net.res_bus.vm_pu.to_numpy() - ours(tables)).max() < 1e-9
    states = tables["supply_branches"].join(tables["supply_branch_states"], on="branch_id").filter(pl.col("rank") == 0, pl.col("kind") != "bess")
    expected = dict(states.drop_nulls("loading_current").select("name", "loading_current").iter_rows())
    seen = {n: x / 100 for n, x, on in zip(net.line.name, net.res_line.loading_percent, net.line.in_service, strict=True) if on and n in expected}
    assert len(seen) >= 60
    assert seen == pytest.approx({n: expected[n] for n in seen}, abs=1e-6)


def test_power_grid_model_gives_our_voltages(tables: Tables) -> None:
    data = json_deserialize(made(power_grid_model, tables, "power-grid-model.json").decode())
    assert validate_input_data(data, symmetric=True) is None
    found = PowerGridModel(data).calculate_power_flow()
    assert np.abs(found["node"]["u_pu"] - ours(tables)).max() < 1e-9
    ids = pl.read_csv(made(power_grid_model, tables, "power-grid-model-ids.csv"))
    named = {str(k): sorted(rows["id"].to_list()) for (k,), rows in ids.group_by("component")}
    assert named == {k.value: sorted(x["id"].tolist()) for k, x in data.items()}


WATTS = {
    "type": "object",
    "additionalProperties": False,
    "required": ["Value", "Type"],
    "properties": {"Value": {"type": "number"}, "Type": {"const": "W"}},
}
LIMIT = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"PowerValue": WATTS, "PowerFactor": {"type": "number", "minimum": 0, "maximum": 1}},
}
ENTITY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["Type", "Name"],
    "properties": {
        "Type": {"enum": ["ComputerSystem", "PowerDistribution", "PowerDomain", "PowerSupply"]},
        "Model": {"type": "string"},
        "Name": {"type": "string", "minLength": 1},
        "Policy": {"type": "string"},
        "Constraints": LIMIT,
        "StaticLoad": WATTS,
        "TelemetryID": {"type": "string"},
        "Redfish": {"type": "object", "additionalProperties": False, "properties": {"URL": {"type": "string"}, "SecretName": {"type": "string"}}},
    },
}
LINK = {
    "type": "object",
    "additionalProperties": False,
    "required": ["Name", "Children"],
    "properties": {"Name": {"type": "string"}, "FeedTag": {"type": "string"}, "Children": {"type": "array", "uniqueItems": True, "minItems": 1}},
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["Entities", "Topology"],
    "properties": {
        "Entities": {"type": "array", "items": ENTITY},
        "Topology": {
            "type": "object",
            "additionalProperties": False,
            "required": ["Name"],
            "properties": {"Name": {"type": "string", "minLength": 1}, "Entities": {"type": "array", "items": LINK}},
        },
        "Policies": {"type": "array"},
    },
}  # fmt: skip


class Reader:
    """A topology as DPS documents it: what hangs on every entity, nodes with several parents shared evenly over them."""

    def __init__(self, data: dict[str, Any], node_w: float | None = None) -> None:
        self.entities = {e["Name"]: e for e in data["Entities"]}
        self.children = {e["Name"]: e["Children"] for e in data["Topology"]["Entities"]}
        every = [c for own in self.children.values() for c in own]
        self.parents = {c: every.count(c) for c in set(every)}
        self.node_w, self.known = node_w, dict[str, float]()

    def load(self, name: str) -> float:
        """Watt; with `node_w` that for every node and nothing else."""
        if name not in self.known:
            entity = self.entities[name]
            if entity["Type"] == "ComputerSystem":
                whole = entity["Constraints"]["PowerValue"]["Value"] if self.node_w is None else self.node_w
                self.known[name] = whole / self.parents[name]
            else:
                static = entity.get("StaticLoad", {"Value": 0.0})["Value"] if self.node_w is None else 0.0
                self.known[name] = static + sum(self.load(c) for c in self.children.get(name, ()))
        return self.known[name]

    def over(self) -> dict[str, float]:
        """Entities that are loaded over their limit, and by how much."""
        limits = {
            n: e["Constraints"]["PowerValue"]["Value"] for n, e in self.entities.items() if "Constraints" in e and e["Type"] != "ComputerSystem"
        }
        return {n: self.load(n) - most for n, most in limits.items() if self.load(n) > most}


def test_dps_topology_adds_up_to_what_our_feeds_draw(tables: Tables) -> None:
    """Every entity's load is that of our feeds below it, to the rounding of static loads (0.05 W a feed); limits are ratings of our ways."""
    data = json.loads(made(dps, tables, "dps-topology.json"))
    jsonschema.validate(data, SCHEMA)
    reader = Reader(data)
    names = [e["Name"] for e in data["Entities"]]
    assert len(set(names)) == len(names)
    assert {c for own in reader.children.values() for c in own} | {"utility"} == set(names)
    nodes, (parent, _) = tables["supply_nodes"], normal_ways(tables)
    feeds = tables["supply_feeds"]
    drawn = dict(zip(nodes["name"], chain.below(parent, feeds["node_id"].to_numpy(), feeds.select("power_w").to_numpy())[:, 0], strict=True))
    panels = [n for n, e in reader.entities.items() if e["Type"] != "ComputerSystem"]
    assert {n: reader.load(n) for n in panels} == pytest.approx({n: drawn[n] for n in panels}, abs=0.05 * feeds.height + 1e-6)
    steered = [e for e in data["Entities"] if e["Type"] == "ComputerSystem"]
    assert len(steered) == {"gb200-superpod-2su": 288, "h100-superpod-1su": 32}[tables.input_text("hall").partition(",")[0]]
    assert reader.over() == {}
    feed = nodes.filter(kind="rack").row(0, named=True)
    whip = tables["supply_branches"].filter(b_node_id=feed["node_id"]).row(0, named=True)
    limit = reader.entities[feed["name"]]["Constraints"]["PowerValue"]["Value"]
    ways = 3**0.5 * 0.97 if feed["is_ac"] else 1.0
    assert whip["current_rated_a"] * feed["voltage_nominal_v"] * ways <= limit <= whip["current_rated_a"] * feed["voltage_nominal_v"] * 3**0.5


def test_dps_devices_describe_every_model_that_dps_does_not_ship(tables: Tables) -> None:
    """And DPS 0.9 gets the same limits under their new name, none on nodes."""
    old, new = (json.loads(made(dps, tables, path)) for path in ("dps-topology.json", "dps-topology-0.9.json"))
    specs = {d["model"]: d for d in yaml.safe_load(made(dps, tables, "dps-devices.yaml"))}
    models = {e["Model"]: e["Type"] for e in old["Entities"] if "Model" in e}
    shipped = {"DGX_H100", "DGX_B200", "DGX_B300", "DGX_GB200", "DGX_GB300"}
    assert {m: k for m, k in models.items() if m not in shipped} == {m: d["type"] for m, d in specs.items()}
    assert all(0.9 < d["spec"]["efficiencyFactor"] <= 1 for d in specs.values() if d["type"] == "PowerDistribution")
    assert all(d["spec"]["maxLoadWatts"] > 0 for d in specs.values())
    assert old["Topology"] == new["Topology"]
    for a, b in zip(old["Entities"], new["Entities"], strict=True):
        assert "Constraints" not in b
        assert b.get("OperatingLimit") == (None if a["Type"] == "ComputerSystem" else a.get("Constraints"))


def published() -> dict[str, Any]:
    """SDK simulator topology of DPS: utility 750 kW, switchboard 1.6 MW, four floor PDUs of 450 kW with two racks of 18 GB300 nodes each."""

    def panel(name: str, watts: float, kind: str = "PowerDistribution") -> dict[str, Any]:
        return {"Type": kind, "Name": name, "Constraints": {"PowerValue": {"Value": watts, "Type": "W"}, "PowerFactor": 1.0}}

    racks = {f"rack{r}": [f"rack{r}-node{i:02d}" for i in range(1, 19)] for r in range(1, 9)}
    floors = {f"FloorPDU-{k}": [*racks[f"rack{k}"], *racks[f"rack{k + 4}"]] for k in range(1, 5)}
    nodes = [{"Type": "ComputerSystem", "Model": "DGX_GB300", "Name": n} for own in racks.values() for n in own]
    entities = [panel("Utility", 750e3, "PowerDomain"), panel("Switchboard", 1.6e6), *(panel(n, 450e3) for n in floors), *nodes]
    ways = {"Utility": ["Switchboard"], "Switchboard": list(floors), **floors}
    return {"Entities": entities, "Topology": {"Name": "sdk", "Entities": [{"Name": n, "Children": c} for n, c in ways.items()]}, "Policies": []}


def test_the_published_oversubscribed_topology_and_ours_get_the_same_verdict(tmp_path: Path) -> None:
    """144 GB300 nodes on 750 kW, 5,600 W each by its policy GB300-High: 806.4 kW, 56.4 kW too much at the utility and nowhere else (at
    3,200 W, GB300-Med, nothing). A hall of ours with as many nodes and that contract is judged alike.
    """
    fixture = published()
    jsonschema.validate(fixture, SCHEMA)
    assert Reader(fixture, 5600.0).over() == pytest.approx({"Utility": 56_400.0})
    assert Reader(fixture, 3200.0).over() == {}
    spec = tmp_path / "hall.yaml"
    rack = Path(__file__).resolve().parents[2] / "examples" / "racks" / "gb200-nvl72.yaml"
    spec.write_text(f"""\
hall: sdk
designs: {{gpu: {rack.as_posix()}@gb300}}
floor: {{rows: 1, places: 16}}
racks:
  gpu: {{design: gpu, count: 8}}
fabrics:
  compute: {{topology: rail-optimized, ports: [compute.nic], switch: nvidia/sn5600}}
power: {{redundancy: N, utility: {{contract: 750 kW}}}}
""")
    t = compile_hall(str(spec), as_of="2026-01-01").tables
    data = json.loads(made(dps, t, "dps-topology.json"))
    assert sum(e["Type"] == "ComputerSystem" and e["Model"] == "DGX_GB300" for e in data["Entities"]) == 144
    assert Reader(data, 5600.0).over() == pytest.approx({"utility": 56_400.0})
    assert Reader(data, 3200.0).over() == {}
    assert set(Reader(data).over()) == {"utility"}  # by our own figures too: PWR404
    assert t["findings"].filter(code="PWR404").height == 1


@pytest.mark.parametrize("room", [dps, pandapower_json, power_grid_model])
def test_a_chain_that_collapsed_is_not_handed_over(tables: Tables, room: Any) -> None:
    states = tables["supply_node_states"].with_columns(is_collapsed=pl.col("node_id") == 3)
    broken = tables.put({"supply_node_states": states})
    name = tables["supply_nodes"].filter(node_id=3)["name"].item()
    with pytest.raises(ChoiceError, match=f"`{name}` collapsed"):
        [make() for _, make in room.files_of(broken, Only())]
