"""Every command as a user runs it: exit codes, what goes to stdout, what to stderr, and messages for what goes wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from rackwright.base.findings import Finding
from rackwright.base.spans import Span
from rackwright.cli import commands, designs, screen
from rackwright.cli.commands.new import starter
from rackwright.cli.main import app, main
from rackwright.cli.options import Severity, exit_code

BROKEN = "rack: demo\nframe: eia/310-48u\ntrays:\n  box: {part: nvidia/dgx-h100, count: two}\n"
HERE = Span("rack.yaml", 1, 1, 1, 2)


def test_every_file_of_the_room_is_a_command(cli):
    names = sorted(p.stem.rstrip("_") for p in Path(commands.__path__[0]).glob("*.py") if p.stem != "__init__")
    assert sorted(str(c.name) for c in app().registered_commands) == names
    shown = cli("--help").out
    for name in names:
        assert f"  {name} " in shown
        assert cli(name, "--help").code == 0
    assert "..." not in shown.partition("Commands:")[2], "first sentences are short enough to be shown whole"


def test_check_of_a_clean_spec(cli, spec):
    ran = cli("check", spec)
    assert ran == (0, "", "rack.yaml: no findings\n")


def test_check_of_a_broken_spec(cli, spec):
    Path(spec).write_text(BROKEN)
    ran = cli("check", spec)
    assert ran.code == 1
    assert ran.out.startswith("error[SPC102]: `count`: ")
    assert "  --> rack.yaml:4:39\n" in ran.out
    assert ran.err == "rack.yaml: 1 error\n"


@pytest.mark.parametrize("format", ["json", "sarif", "github"])
def test_check_prints_nothing_but_the_format_on_stdout(cli, spec, format):
    Path(spec).write_text(BROKEN)
    ran = cli("check", spec, "--format", format)
    assert ran.code == 1
    if format == "github":
        assert ran.out.startswith("::error file=rack.yaml,line=4,col=39,")
    else:
        assert json.loads(ran.out)
    assert ran.err == "rack.yaml: 1 error\n"


def test_severity_decides_the_exit_code_and_waived_findings_do_not():
    def made(severity: str, waiver: str = "") -> list[Finding]:
        return [Finding("X", "x", severity, "m", HERE, waiver=waiver)]

    assert [exit_code(made("warning"), s) for s in (Severity.ERROR, Severity.WARNING, Severity.INFO)] == [0, 1, 1]
    assert [exit_code(made("info"), s) for s in (Severity.ERROR, Severity.WARNING, Severity.INFO)] == [0, 0, 1]
    assert exit_code(made("error", "agreed"), Severity.INFO) == 0
    assert exit_code([], Severity.INFO) == 0
    assert (
        designs.tally([*made("error"), Finding("X", "x", "warning", "m", HERE, more=499), *made("error", "w")]) == "1 error, 500 warnings, 1 waived"
    )


def test_severity_on_the_command_line(cli, spec):
    text = Path(spec).read_text()
    Path(spec).write_text(text.replace("origin_country: TW", "price: 1 USD", 1).replace("price: 250000 USD, price: 1 USD", "price: 250000 USD"))
    quiet, asked = cli("check", spec), cli("check", spec, "--severity", "info")
    assert (quiet.out, quiet.code) == ("", 0)
    assert "1 info (`--severity info` shows all)" in quiet.err
    assert "info[" in asked.out
    assert asked.code == 1
    assert '"info"' in cli("check", spec, "--format", "json").out


def test_set_and_variant_change_the_spec_and_are_shown_where_they_stand(cli, spec):
    assert cli("check", spec, "--variant", "small").code == 0
    assert cli("check", f"{spec}@small", "--set", "trays.box.count=1").code == 0
    ran = cli("check", spec, "--set", "cooling.room=20 degC", "--set", "trays.box.count=lots")
    assert ran.code == 1
    assert "  --> --set:2:1\n   2 | trays.box.count=lots\n     | ^^^^^^^^^^^^^^^^^^^^\n" in ran.out
    ran = cli("check", f"{spec}@smal")
    assert (ran.code, "there is no variant `smal`" in ran.out) == (1, True)
    ran = cli("check", f"{spec}@small", "--variant", "large")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: `rack.yaml@small` names variant `small` and --variant names `large`; give one of them\n"


def test_a_file_with_an_at_sign_is_a_file(cli, spec):
    Path(spec).rename("rack@home.yaml")
    assert cli("check", "rack@home.yaml").code == 0
    assert cli("check", "rack@home.yaml@small").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek", "x"], "No such command 'chek'"),
        (["check"], "Missing argument 'SPEC'"),
        (["check", "x", "--format", "xml"], "'xml' is not one of"),
        (["build", "x"], "Missing option"),
        (["show", "nowhere", "devices"], "error: there is no folder `nowhere`"),
        (["query", "nowhere", "SELECT 1"], "error: there is no folder `nowhere`"),
        (["query", ".", "SELECT 1"], "error: `.` is no package: it has no manifest.json"),
        (["show", ".", "device"], "error: there is no table `device`; did you mean `devices`"),
        (["schema", "cabels"], "did you mean `cables`"),
        (["rule", "PWR999"], "error: there is no rule `PWR999`"),
        (["part", "nvidia/dgx-h10"], "did you mean `nvidia/dgx-h100`"),
        (["part", "-o", "x"], "error: -o goes with --from-netbox"),
        (["part", "--from-netbox", "x"], "error: --from-netbox needs -o DIR"),
        (["diff", ".", ".", "--table", "device"], "error: there is no table `device` to compare"),
        (["build", "rack.yaml", "-o", "."], "error: `.` is the folder you stand in"),
        (["explain", "rack.yaml", "cooling.ris"], "did you mean `cooling.rise` or"),
        (["explain", "."], "error: `.` is no package"),
    ],
)
def test_usage_faults_exit_2_with_one_message_and_no_data(cli, spec, arguments, said):
    ran = cli(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_new_writes_a_spec_once(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli("new", "pod-7.yaml") == (0, "", "wrote pod-7.yaml; next: rackwright check pod-7.yaml\n")
    text = Path("pod-7.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=")
    assert "\nrack: pod-7\n" in text
    assert cli("check", "pod-7.yaml", "--severity", "info") == (0, "", "pod-7.yaml: no findings\n")
    assert cli("check", "pod-7.yaml@small", "--severity", "info").code == 0
    ran = cli("new", "pod-7.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "is there already" in ran.err
    assert Path("pod-7.yaml").read_text() == text
    assert cli("new", "no/such/folder/x.yaml").code == 2
    assert "\nrack: my-rack\n" in cli("new", "-").out


def test_new_writes_a_hall_and_its_racks_once(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wrote = "wrote rack.yaml, the racks of the hall\nwrote ohio-1.yaml; next: rackwright check ohio-1.yaml\n"
    assert cli("new", "--hall", "ohio-1.yaml") == (0, "", wrote)
    text = Path("ohio-1.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=hall.schema.json\n")
    assert "\nhall: ohio-1\n" in text
    assert Path("rack.yaml").read_text() == starter("rack")
    assert cli("check", "ohio-1.yaml", "--severity", "warning") == (0, "", "ohio-1.yaml: 2 infos (`--severity info` shows all)\n")
    assert cli("check", "ohio-1.yaml@double").code == 0
    Path("rack.yaml").write_text("mine")
    said = cli("new", "--hall").err
    assert "rack.yaml was there and is left as it is; see that the ports in hall.yaml are those of its groups" in said
    assert Path("rack.yaml").read_text() == "mine"
    Path("rack.yaml").unlink()
    ran = cli("new", "--hall", "ohio-1.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "is there already" in ran.err
    assert not Path("rack.yaml").exists()
    assert Path("ohio-1.yaml").read_text() == text
    assert cli("new", "--hall", "rack.yaml").code == 2
    assert "\nhall: my-hall\n" in cli("new", "--hall", "-").out


def test_new_without_a_name_writes_rack_yaml(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli("new") == (0, "", "wrote rack.yaml; next: rackwright check rack.yaml\n")
    assert "\nrack: my-rack\n" in Path("rack.yaml").read_text()


def test_starter_of_a_hall_takes_what_its_comments_offer(cli, tmp_path, monkeypatch):
    """Every line that is commented out may be taken in; together only those that do not exclude each other."""
    monkeypatch.chdir(tmp_path)
    text = starter("hall", "hall")
    Path("rack.yaml").write_text(starter("rack"))
    for comment in ("# addressing: ", "# waivers: ", "  # keep_out: ", "    # media: "):
        assert comment in text
        text = text.replace(comment, comment.replace("# ", "", 1))
    text = text.replace("#   - {rule: RED301", "  - {rule: RED301")
    Path("hall.yaml").write_text(text)
    assert cli("check", "hall.yaml", "--severity", "warning") == (0, "", "hall.yaml: 1 info, 1 waived (`--severity info` shows all)\n")


def test_schema_describes_tables_and_the_spec(cli):
    assert "devices" in cli("schema").out
    assert "position_u" in cli("schema", "devices").out
    rows = list(csv.DictReader(cli("schema", "cables", "--format", "csv").out.splitlines()))
    assert rows[0]["column"] == "cable_id"
    schema = json.loads(cli("schema", "--json-schema").out)
    assert schema["properties"]["trays"]["type"] == "object"
    assert schema["additionalProperties"] is False
    assert "from" in schema["$defs"]["ScaleUp"]["properties"]
    of_hall = json.loads(cli("schema", "--json-schema", "--hall").out)
    assert {"fabrics", "variants", "waivers", "overrides"} <= of_hall["properties"].keys()
    assert cli("schema", "--hall").code == 2


@pytest.mark.parametrize(("code", "has_own_spec"), [("NET303", False), ("PWR430", True)])
def test_rule_tells_what_is_planted_in_tables(cli, code: str, has_own_spec: bool):
    bad, good = cli("rule", code).out.split("\nBad\n")[1].split("\nGood\n")
    assert "fault planted in its tables: " in " ".join(bad.split())
    assert ("hall:" in bad) == has_own_spec
    assert "hall:" in good


def test_rule_lists_and_shows_one(cli):
    listed = json.loads(cli("rule", "--format", "json").out)
    assert len(listed) >= 25
    page = cli("rule", listed[0]["code"].lower()).out
    for word in (listed[0]["code"], listed[0]["name"], "Why", "Fix", "Source", "Bad", "Good"):
        assert word in page
    assert cli("rule", listed[0]["name"]).out == page


def test_part_lists_and_shows_one_with_sources(cli):
    assert "nvidia/dgx-h100" in cli("part").out
    page = cli("part", "nvidia/gb200-compute-tray").out
    for word in ("6667 W", "confidence", "Sources", "[1]", "Contains", "4 x nvidia/gb200-gpu", "Ports"):
        assert word in page
    assert cli("part", "gb200-compute-tray").out == page
    facts = json.loads(cli("part", "nvidia/gb200-compute-tray", "--format", "json").out)
    assert next(f for f in facts if f["fact"] == "power_max")["value"] == 6667.0


def test_part_takes_a_folder_of_the_users(cli, tmp_path):
    ran = cli("part", "--parts", tmp_path / "none")
    assert (ran.code, ran.out) == (1, "")
    assert "BOM001" in ran.err


NETBOX = """
manufacturer: Arista
model: DCS-7060X6-64PE
slug: arista-dcs-7060x6-64pe
u_height: 2
is_full_depth: true
weight: 25
weight_unit: kg
power-ports:
  - {name: PSU1, type: iec-60320-c20, maximum_draw: 1500}
  - {name: PSU2, type: iec-60320-c20, maximum_draw: 1500}
interfaces:
  - {name: Management1, type: 1000base-t, mgmt_only: true}
  - {name: Ethernet1/1, type: 800gbase-x-osfp}
"""


def test_part_from_netbox_can_be_used_and_is_not_overwritten(cli, tmp_path):
    (tmp_path / "device.yaml").write_text(NETBOX)
    ran = cli("part", "--from-netbox", tmp_path / "device.yaml", "-o", tmp_path / "parts")
    assert ran.code == 0
    made = Path(ran.out.strip())
    name = f"{made.parent.name}/{made.stem}"
    assert name == "arista/dcs-7060x6-64pe"
    assert "25 kg" in cli("part", name, "--parts", tmp_path / "parts").out
    assert cli("part", "--from-netbox", tmp_path / "device.yaml", "-o", tmp_path / "parts").code == 2
    ran = cli("part", "--from-netbox", tmp_path / "absent.yaml", "-o", tmp_path / "parts")
    assert (ran.code, ran.out) == (1, "")
    assert "there is no file" in ran.err


def test_show_prints_rows_in_every_format(cli, package):
    ran = cli("show", package, "devices")
    assert ran.code == 0
    assert ran.out.splitlines()[0].split()[:3] == ["device_id", "name", "group"]
    assert ran.err == "6 rows\n"
    rows = list(csv.DictReader(cli("show", package, "devices", "--format", "csv").out.splitlines()))
    assert [r["name"] for r in rows] == ["box-01", "box-02", "mgmt-01", "pdu-01", "pdu-02", "pdu-03"]
    assert json.loads(cli("show", package, "devices", "--format", "json").out)[0]["power_max_w"] == 10200.0
    assert json.loads(cli("show", package, "findings", "--format", "json").out) == []


def test_query_answers_in_every_format(cli, package):
    sql = "SELECT name, power_max_w AS w FROM devices WHERE role = 'compute' ORDER BY name"
    assert cli("query", package, sql) == (0, "name        w\nbox-01  10200\nbox-02  10200\n", "2 rows\n")
    assert cli("query", package, sql, "--format", "csv") == (0, "name,w\nbox-01,10200.0\nbox-02,10200.0\n", "")
    assert json.loads(cli("query", package, sql, "--format", "json").out) == [{"name": "box-01", "w": 10200.0}, {"name": "box-02", "w": 10200.0}]
    data = json.loads(cli("query", package, "SELECT 1 AS a, 2 AS a, date '2026-01-02', sum(3::DECIMAL(9,2)), NULL, [1,2]", "--format", "json").out)
    assert list(data[0].values()) == [1, 2, "2026-01-02", 3.0, None, [1, 2]]
    ran = cli("query", package, "SELEC 1")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: the query cannot be answered: Parser Error")


def test_explain_walks_a_row_back_from_spec_and_from_package(cli, spec, package):
    assert "cooling.air_rise" in cli("explain", spec).out
    ran = cli("explain", spec, "devices:box-02")
    assert ran.code == 0
    for word in (
        "build.place",
        "Asked for by  trays.box",
        "--> rack.yaml:20:9",
        "box:  {part: nvidia/dgx-h100",
        "read",
        "overrides.nvidia/dgx-h100.price",
    ):
        assert word in ran.out
    packed = cli("explain", package, "devices:box-02").out
    assert f"--> {package}/spec/rack.yaml:20:9" in packed
    assert "   20 |   box:  {part:".removeprefix(" ") in packed
    assert "Would be written here" in cli("explain", spec, "cooling.dew_margin").out
    data = json.loads(cli("explain", spec, "cooling.air_rise", "--format", "json").out)
    assert (data["table"], data["span"]["line"], data["inputs"][0]["origin"]) == ("inputs", 42, "written")
    assert {i["path"]: i["origin"] for i in json.loads(cli("explain", f"{spec}@small", "--format", "json").out)}["trays.box.count"] == "variant"


def test_explain_of_a_broken_spec_puts_findings_on_stderr(cli, spec):
    Path(spec).write_text(BROKEN)
    ran = cli("explain", spec)
    assert (ran.code, ran.out) == (1, "")
    assert "error[SPC102]" in ran.err


def test_diff_is_0_when_same_1_when_different_2_on_trouble(cli, spec, package):
    assert cli("diff", spec, spec) == (0, "rack.yaml and rack.yaml are the same design\n", "")
    assert cli("diff", package, spec).code == 0, "a package is the same design as the spec it was built from"
    ran = cli("diff", package, f"{spec}@small")
    assert (ran.code, ran.err) == (1, "")
    for word in ("What changes", "Accelerators", "-50.0 %", "nvidia/dgx-h100  2 -> 1", "Rows (--table NAME prints them)"):
        assert word in ran.out
    assert len(ran.out.splitlines()) <= 50, "one screen"
    assert "- box-02" in cli("diff", spec, f"{spec}@small", "--table", "devices").out.splitlines()
    data = json.loads(cli("diff", spec, f"{spec}@small", "--format", "json").out)
    assert [r["name"] for r in data["tables"]["devices"]["removed"]] == ["box-02"]
    assert cli("diff", spec, f"{spec}@nope").code == 2
    assert cli("diff", spec, "nope.yaml").code == 2


def test_a_renamed_group_is_one_line_of_the_diff(cli, spec):
    text = Path(spec).read_text()
    renamed = text.replace("  box:  {", "  node: {").replace("order: [box,", "order: [node,").replace("trays.box.count", "trays.node.count")
    Path("other.yaml").write_text(renamed)
    ran = cli("diff", spec, "other.yaml")
    assert (ran.code, ran.out) == (1, "A  rack.yaml\nB  other.yaml\n\nNo key figure changes.\n\nRenamed\n  box-* -> node-*  (2 devices)\n")


def test_the_silicon_swap_fits_on_one_screen(cli):
    rack = Path(__file__).parents[2] / "examples" / "racks" / "gb200-nvl72.yaml"
    ran = cli("diff", rack, f"{rack}@gb300")
    assert ran.code == 1
    for topic in ("Power", "Cooling", "Mass", "Cost"):
        assert f"\n{topic} " in ran.out
    assert "~ nvidia/gb200-compute-tray -> nvidia/gb300-compute-tray  18 x (compute-01, ...)" in ran.out
    assert len(ran.out.splitlines()) <= 50


def test_a_bug_of_ours_says_so_and_shows_the_traceback_only_when_asked(cli, spec, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(designs, "compile_spec", broken)
    ran = cli("check", spec)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: this is a bug in rackwright, not in your spec: ZeroDivisionError: division by zero; ")
    assert len(ran.err.splitlines()) == 1
    ran = cli("check", spec, "--debug")
    assert ran.code == 2
    assert "Traceback (most recent call last)" in ran.err


def test_ctrl_c_is_quiet(cli, spec, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(designs, "compile_spec", interrupted)
    assert cli("check", spec) == (130, "", "")


def test_wide_tables_name_the_columns_that_do_not_fit():
    text, hidden = screen.table(("a", "bb", "c"), [(1, "x" * 60, True), (None, "名前", 2.5)], room=60)
    assert text == "a  bb                                                c\n1  " + "x" * 47 + "…  true\n   名前" + " " * 46 + "2.5\n"
    assert hidden == []
    assert screen.table(("a", "bb", "c"), [(1, "x" * 60, True)], room=52)[1] == ["c"]


def test_colour_is_for_terminals_alone(cli, spec, monkeypatch):
    Path(spec).write_text(BROKEN)
    assert "\x1b" not in cli("check", spec).out
    monkeypatch.setattr(screen, "is_colour", lambda stream=None: True)
    assert "\x1b[31;1merror[SPC102]\x1b[0m" in cli("check", spec).out


def test_main_never_raises_for_any_arguments(cli, spec):
    for arguments in (
        [],
        ["--"],
        ["-x"],
        ["check", ""],
        ["check", "\0"],
        ["build", "", "-o", ""],
        ["show", "", ""],
        ["new", "/"],
        ["check", spec, "--set", ""],
    ):
        assert cli(*arguments).code in (1, 2), arguments
    assert main(["--version"]) == 0


def test_sim_network_answers_for_a_hall_and_refuses_a_rack(cli, spec, tmp_path):
    hall = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"
    assert cli("build", str(hall), "-o", str(tmp_path / "hall")).code == 0
    answer = cli("sim", "network", str(tmp_path / "hall"), "--format", "csv")
    assert answer.code == 0
    assert "Bisection,51200" in answer.out
    assert cli("build", spec, "-o", str(tmp_path / "rack")).code == 0
    for args, words in ((("network", str(tmp_path / "rack")), "has no fabrics"), (("netwrok", str(tmp_path / "hall")), "did you mean")):
        refused = cli("sim", *args)
        assert refused.code == 2
        assert words in refused.err
