"""The server of the viewer: files of the package and nothing else, for this machine alone; what is no package is refused in words."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rackwright.cli.commands.new import starter
from rackwright.cli.main import main
from rackwright.flow import store
from rackwright.flow.changes import changes
from rackwright.flow.diff import diff
from rackwright.flow.manifest import PackageError
from rackwright.flow.viewing import Server, open_server


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("view")
    (folder / "rack.yaml").write_text(starter("rack"))
    assert main(["build", str(folder / "rack.yaml"), "-o", str(folder / "out")]) == 0
    (folder / "secret.txt").write_text("no")
    return folder / "out"


@pytest.fixture(scope="module")
def server(package: Path) -> Iterator[Server]:
    made = open_server(package)
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def get(server: Server, path: str, host: str = "", method: str = "GET") -> tuple[int, bytes, dict[str, str]]:
    port = server.server_address[1]
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    link.putrequest(method, path, skip_host=True)
    link.putheader("Host", host or f"127.0.0.1:{port}")
    link.endheaders()
    answer = link.getresponse()
    body = answer.read()
    link.close()
    return answer.status, body, dict(answer.getheaders())


def test_files_of_the_package_come_as_they_lie_there(server, package):
    for path in ("viewer/index.html", "viewer/rw.js", "viewer/data/design-0.js", "report.html", "drawings/elevation.svg"):
        status, body, heads = get(server, f"/{path}")
        assert (status, body) == (200, (package / path).read_bytes())
        assert heads["X-Content-Type-Options"] == "nosniff"
    assert get(server, "/viewer/rw.js", method="HEAD")[:2] == (200, b"")
    assert get(server, "/")[2]["Location"] == "/viewer/index.html"


@pytest.mark.parametrize(
    "path",
    [
        *("/../secret.txt", "/viewer/../../secret.txt", "/%2e%2e/secret.txt", "/viewer/..%2f..%2fsecret.txt", "//etc/passwd", "/viewer/%00"),
        *("/manifest.json", "/viewer/data/", "/viewer/nothing.js", "/%ff%fe", "/..%5csecret.txt"),
    ],
)
def test_nothing_else_is_told(server, path):
    status, body, _ = get(server, path)
    assert status == 404
    assert body != b"no\n"
    assert body.startswith(b"the package has no")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_a_name_of_somebody_else_is_refused(server, host):
    assert get(server, "/viewer/index.html", host)[0] == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(server, method):
    assert get(server, "/viewer/index.html", method=method)[0] == 501


def test_a_file_that_was_changed_is_not_served(server, package):
    file = package / "drawings" / "elevation.svg"
    kept = file.read_bytes()
    file.write_bytes(kept + b" ")
    status, body, _ = get(server, "/drawings/elevation.svg")
    file.write_bytes(kept)
    assert status == 500
    assert b"is damaged" in body


def test_what_changed_comes_with_the_page(package, tmp_path):
    (tmp_path / "rack.yaml").write_text(starter("rack"))
    assert main(["build", str(tmp_path / "rack.yaml"), "--set", "trays.box.count=1", "-o", str(tmp_path / "two")]) in (0, 1)
    before, after = store.read_two(tmp_path / "two", package)
    told = changes(diff(before.tables, after.tables), before.tables, "two")
    assert json.loads(json.dumps(told)) == told
    grown = after.tables["devices"].height - before.tables["devices"].height
    assert told["devices"]["total"][0] - told["devices"]["total"][1] == grown > 0
    assert set(told["devices"]["new"]) <= set(after.tables["devices"]["name"])
    assert told["cables"]["total"][0] > 0
    assert any(f[1] == "Accelerators" for f in told["figures"])
    made = open_server(package, 0, told)
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    body = get(made, "/viewer/data/live.js")[1].decode()
    made.shutdown()
    made.server_close()
    assert json.loads(body[len('RW.put("live",') : -len(',"");\n')]) == {"served": True, "against": told}


def test_the_same_design_has_no_changes(package):
    one, two = store.read_two(package, package)
    told = changes(diff(one.tables, two.tables), one.tables, "same")
    assert told["counts"] == told["figures"] == told["racks"]["gone"] == []


def test_what_cannot_be_viewed_is_refused_in_words(package, tmp_path):
    with pytest.raises(PackageError, match="there is no folder"):
        open_server(tmp_path / "nothing")
    manifest = json.loads((package / "manifest.json").read_text())
    manifest["files"] = [f for f in manifest["files"] if not f["path"].startswith("viewer/")]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(PackageError, match="has no viewer; build it again"):
        open_server(tmp_path)
    manifest["format"] = 99
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(PackageError, match="newer than"):
        open_server(tmp_path)


def test_a_damaged_viewer_is_refused_at_the_start(package):
    file = package / "viewer" / "data" / "design-0.js"
    kept = file.read_bytes()
    file.write_bytes(kept[:-9])
    with pytest.raises(PackageError, match=r"design-0\.js` is not what was built"):
        open_server(package)
    file.write_bytes(kept)


def test_a_taken_port_is_told(server, package):
    with pytest.raises(PackageError, match="leave out --port"):
        open_server(package, server.server_address[1])
