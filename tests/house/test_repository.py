"""The repository around the package: nothing of one machine in it, pins without addresses, the files a stranger looks for."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def kept_files() -> list[Path]:
    """Files that git tracks or would track; everything that is not ignored."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_machine_or_an_index():
    # Built from pieces, so that this file does not find itself.
    folders = "|".join(("work", "tmp", "root", "farm", "home"))
    hosts = "|".join(name + r"\.org" for name in ("pypi", "pythonhosted", r"registry\.npmjs", r"deb\.debian"))
    pattern = re.compile(rf"(?<![\w.$}}])/({folders})/|{hosts}")
    found = []
    for path in kept_files():
        data = path.read_bytes()
        if b"\0" in data:
            continue
        for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "LICENSE", "Makefile", ".ci/run", "docs/architecture.md"])
def test_a_stranger_finds(name: str):
    assert (ROOT / name).stat().st_size > 500


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_files_are_plain_pins(name: str):
    lines = [x for x in (ROOT / name).read_text(encoding="utf-8").splitlines() if not x.startswith("#")]
    assert lines == sorted(lines, key=lambda x: x.split("=="))
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", x) for x in lines)


def test_runtime_lock_holds_every_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = dict(x.split("==") for x in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines() if not x.startswith("#"))
    for text in project["dependencies"]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(pins[wanted.name.lower()]), text


@pytest.mark.parametrize(("folders", "groups"), [(["src"], ["run"]), (["tests", "tools", "bench"], ["run", "dev"])], ids=["src", "around"])
def test_imports_are_declared(folders: list[str], groups: list[str]):
    """What is imported by name is asked for by name in `pyproject.toml`, not borrowed from what another package needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {"run": project["dependencies"], "dev": project["optional-dependencies"]["dev"]}
    declared = {canonicalize_name(Requirement(text).name) for group in groups for text in wanted[group]}
    sources = [p for folder in folders for p in (ROOT / folder).rglob("*.py")]
    ours = {"rackwright", "reference", "tests"} | {p.stem for p in sources}
    owners = packages_distributions()
    borrowed = set()
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for top in {n.partition(".")[0] for n in names} - ours - set(sys.stdlib_module_names):
                if not {canonicalize_name(owner) for owner in owners.get(top, [])} & declared:
                    borrowed.add(f"{path.relative_to(ROOT)}: {top}")
    assert not borrowed, "\n".join(sorted(borrowed))


def test_changelog_tells_the_version():
    version = re.search(r'__version__ = "(.+)"', (ROOT / "src/rackwright/__init__.py").read_text(encoding="utf-8"))
    assert version is not None
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
