"""Write or check the two lock files: every package that `pyproject.toml` asks for, and all that those need, at the installed version.

`requirements.lock` holds the runtime, `requirements-dev.lock` what tests, linters and the build add to it. No index address is named.
"""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
HEAD = "# {what}. Written by `make lock`, checked by `make check`.\n"


def closure(wanted: list[str]) -> dict[str, str]:
    """Name and installed version of every package in `wanted` and of all they need here, by walking installed metadata.

    Raises:
        SystemExit: a package is not installed, or is at a version that another one refuses.
    """
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    todo = [("pyproject.toml", Requirement(w)) for w in wanted]
    while todo:
        parent, requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        try:
            dist = distribution(name)
        except PackageNotFoundError:
            raise SystemExit(f"{parent} needs `{requirement}`, which is not installed; run `make setup`") from None
        if not requirement.specifier.contains(dist.version, prereleases=True):
            raise SystemExit(f"{parent} needs `{requirement}`, but {dist.version} is installed")
        found[name] = dist.version
        if (name, frozenset(requirement.extras)) in seen:
            continue
        seen.add((name, frozenset(requirement.extras)))
        for text in dist.requires or []:
            child = Requirement(text)
            if child.marker is None or any(child.marker.evaluate({"extra": e}) for e in requirement.extras or {""}):
                todo.append((name, child))
    return found


def locks() -> dict[str, str]:
    """Text of each lock file, as the installed packages say it should be."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime = closure(project["dependencies"])
    dev = {n: v for n, v in closure(project["optional-dependencies"]["dev"]).items() if n not in runtime}
    lines = [("requirements.lock", "Runtime", runtime), ("requirements-dev.lock", "Tests, linters and build backend", dev)]
    return {file: HEAD.format(what=what) + "".join(f"{n}=={v}\n" for n, v in sorted(rows.items())) for file, what, rows in lines}


def main(argv: list[str]) -> int:
    """Write the lock files, or with `--check` say which of them differ (exit 1)."""
    stale = []
    for file, text in locks().items():
        path = ROOT / file
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(file)
        if "--check" not in argv:
            path.write_text(text, encoding="utf-8")
    for file in stale:
        print(f"{file} {'is stale; run `make lock`' if '--check' in argv else 'written'}")
    return 1 if stale and "--check" in argv else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
