"""SQL over a package: answers, and doors that stay shut."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.flow import manifest as man
from rackwright.flow.compile import compile_text
from rackwright.flow.manifest import Manifest, PackageError
from rackwright.flow.package import build
from rackwright.flow.query import query
from rackwright.flow.store import write
from rackwright.rules.halls import RACK

ABOUT = Manifest("demo", "", (), {"rackwright": "0.1.0", "schema": man.schema_version()}, "0" * 64, ())


@pytest.fixture(name="package")
def _package(make, tmp_path) -> Path:
    write(make(), tmp_path / "a [b] * ?", {}, ABOUT)
    return tmp_path / "a [b] * ?"


def test_an_answer_has_names_and_rows(package):
    answer = query(package, "SELECT d.name, count(*) AS ports FROM devices d JOIN ports USING (device_id) GROUP BY 1 ORDER BY 1")
    assert answer.names == ["name", "ports"]
    assert list(answer.rows()) == [("compute-01", 1), ("compute-02", 1), ("compute-03", 1), ("switch-01", 3)]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM devicez", 'Table with name devicez does not exist! Did you mean "devices"?'),
        ("SELEC 1", 'syntax error at or near "SELEC"'),
        ("", "the query is empty"),
        ("-- nothing", "the query is empty"),
        ("SELECT * FROM read_csv('/etc/passwd')", "file system operations are disabled"),
        ("SELECT * FROM '/etc/passwd'", "does not exist"),
        ("COPY devices TO '{}/leak.csv'", "`COPY` is refused: a query only reads"),
        ("ATTACH '{}/x.db'", "`ATTACH` is refused"),
        ("INSTALL httpfs", "`LOAD` is refused"),
        ("SET enable_external_access = true", "`SET` is refused"),
        ("PRAGMA enable_external_access = true", "`SET` is refused"),
        ("PRAGMA enable_profiling", "the configuration has been locked"),
        ("DELETE FROM devices", "`DELETE` is refused: a query only reads, and a package is changed by its spec and `rackwright build`"),
        ("SELECT 1; UPDATE devices SET name = 'x'", "`UPDATE` is refused"),
        ("INSERT INTO bom SELECT * FROM bom", "`INSERT` is refused"),
        ("DROP TABLE devices", "`DROP` is refused"),
        ("CREATE TABLE mine AS SELECT 1", "`CREATE` is refused"),
        ("EXPLAIN ANALYZE DELETE FROM devices", "`DELETE` is refused"),
        ("SELECT CASE WHEN i = 199999 THEN error('late') ELSE i END FROM range(200000) r(i)", "late"),
        ("SELECT 1/0 +", "syntax error"),
        ("SELECT cast('x' AS INTEGER)", "Could not convert string 'x' to INT32"),
    ],
)
def test_what_cannot_be_answered_is_one_line(package, tmp_path, sql, said):
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(PackageError) as fault:
        list(query(package, sql.replace("{}", str(tmp_path))).rows())
    assert said in str(fault.value)
    assert "\n" not in str(fault.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "sql",
    ["FROM devices", "WITH d AS (SELECT * FROM devices) SELECT * FROM d", "DESCRIBE devices", "EXPLAIN SELECT 1", "EXPLAIN ANALYZE FROM devices",
     "SUMMARIZE devices", "SHOW TABLES", "PRAGMA table_info('devices')", "PIVOT devices ON kind USING count(*) GROUP BY name", "-- a\nSELECT 1"],
)  # fmt: skip
def test_every_way_of_reading_is_answered(package, sql):
    assert list(query(package, sql).rows())


def test_a_damaged_table_is_found_before_it_is_read(package):
    (package / "tables" / "bom.parquet").write_bytes(b"PAR1")
    with pytest.raises(PackageError, match="its hash differs"):
        query(package, "SELECT 1")


def test_the_folder_may_be_where_we_stand(tmp_path, monkeypatch):
    """A hall in cells, whose files are told apart by their place below the folder."""
    (tmp_path / "rack.yaml").write_text(RACK, encoding="utf-8")
    text = "hall: small\ndesigns: {dgx: rack.yaml}\nfloor: {rows: 2, places: 6, pitch: 700 mm}\nracks: {dgx: {design: dgx, count: 4}}\nunit: 2\n"
    design = compile_text(f"{text}fabrics:\n  compute: {{topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}}\n", folder=tmp_path)
    build(design, tmp_path / "out", pictures=False)
    monkeypatch.chdir(tmp_path / "out")
    for folder in (".", "../out", str(tmp_path / "out")):
        assert list(query(Path(folder), "SELECT count(*) FROM fabric_cables").rows()) == [(design.tables.height("fabric_cables"),)]
    assert design.tables.height("fabric_cables") > 32
