"""The command line as a process of its own: start-up, pipes, signals, terminals."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "rackwright"]
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")} | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
BROKEN = "rack: demo\nframe: eia/310-48u\ntrays:\n  box: {part: nvidia/dgx-h100, count: two}\n"


def run(*arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, env=ENVIRONMENT, timeout=120, check=False, **more)


def test_help_starts_without_the_heavy_libraries():
    code = (
        "import sys\nfrom rackwright.cli.main import main\nmain(['--help'])\n"
        "heavy = {'polars', 'duckdb', 'pydantic', 'numpy', 'yaml', 'jinja2', 'rich', 'xlsxwriter', 'fluids'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, timeout=60, check=True)
    assert done.stderr == "[]\n"
    assert "Commands:" in done.stdout


def test_the_module_runs_and_exits_with_the_code():
    assert run("--version").stdout.startswith("rackwright 0.")
    assert run("chek").returncode == 2
    done = run("check", "/nowhere.yaml")
    assert (done.returncode, done.stderr) == (1, "/nowhere.yaml: 1 error\n")


@pytest.mark.parametrize("command", [["show", "{}", "ports", "--format", "csv"], ["query", "{}", "SELECT * FROM range(3000000)", "--format", "json"]])
def test_a_reader_that_has_seen_enough_is_no_fault(package, command):
    arguments = [a.replace("{}", str(package)) for a in command]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(40)
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


def test_a_closed_pipe_before_the_first_byte_is_no_fault():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, "schema"], stdout=writing, stderr=subprocess.PIPE, env=ENVIRONMENT, timeout=60, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def _terminal(arguments: list[str], cwd: Path, **environment: str) -> tuple[int, str]:
    """Exit code and everything written by a command that has a terminal."""
    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
        cwd=cwd,
        env=ENVIRONMENT | {"TERM": "xterm", "COLUMNS": "60", **environment},
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(mine, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(mine)
    return process.wait(60), seen.decode().replace("\r\n", "\n")


def test_a_terminal_sees_colour_and_stages(tmp_path, package):
    (tmp_path / "a.yaml").write_text(BROKEN)
    code, seen = _terminal(["check", "a.yaml"], tmp_path)
    assert code == 1
    assert "\x1b[31;1merror[SPC102]\x1b[0m" in seen
    assert "\r\x1b[Kread ..." in seen
    assert "\x1b[" not in _terminal(["rule"], tmp_path, NO_COLOR="1")[1]
    assert "\x1b[" not in _terminal(["check", "a.yaml"], tmp_path, TERM="dumb")[1]
    code, seen = _terminal(["show", str(package), "devices"], tmp_path, NO_COLOR="1")
    assert max(len(line) for line in seen.split("6 rows")[0].splitlines()) <= 60
    assert "no room for " in seen


def test_ctrl_c_ends_a_command_quietly(tmp_path):
    spec = tmp_path / "rack.yaml"
    os.mkfifo(spec)
    with subprocess.Popen([*COMMAND, "check", spec], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT) as process, spec.open("wb"):
        time.sleep(0.5)  # the pipe was opened; a signal that comes between that and the first read would wait for the read to end
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_view_serves_until_it_is_interrupted(package):
    with subprocess.Popen([*COMMAND, "view", str(package)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with urllib.request.urlopen(address, timeout=30) as page:
            assert b"Content-Security-Policy" in page.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_view_refuses_what_is_no_package(tmp_path):
    done = run("view", tmp_path)
    assert done.returncode == 2
    assert "is no package" in done.stderr
