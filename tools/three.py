"""Bundle what the viewer uses of three.js into one classic script, with its licence beside it; or check that the committed files are that bundle.

`tools/three/` pins three.js and esbuild by version and hash (`package-lock.json`; `npm ci` refuses anything else); `entry.js` names what is used.
Wants node 20 and npm. The same pins give the same bytes. To take a newer version: change `package.json`, run
`npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved` in `tools/three`, then this.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PINS = Path(__file__).resolve().parent / "three"
VIEWER = Path(__file__).resolve().parents[1] / "src" / "rackwright" / "render" / "templates" / "viewer"
ESBUILD = ("--bundle", "--minify", "--format=iife", "--global-name=THREE", "--target=es2022", "--legal-comments=none", "--log-level=warning")
HEAD = b"/* three.js %s, MIT licence: three.LICENSE. Bundled by tools/three.py. */\n"


def bundle() -> dict[str, bytes]:
    """The files by name: `three.js`, `three.LICENSE`. Raises SystemExit where npm or the bundler fails."""
    npm = shutil.which("npm") or sys.exit("npm is needed to bundle three.js")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name in ("package.json", "package-lock.json", "entry.js"):
            shutil.copy(PINS / name, work)
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], work)
        _run(["node", "node_modules/esbuild/bin/esbuild", "entry.js", *ESBUILD, "--outfile=made.js"], work)
        three = work / "node_modules" / "three"
        version = subprocess.run(["node", "-p", "require('./package.json').version"], cwd=three, check=True, capture_output=True).stdout.strip()
        return {"three.js": HEAD % version + (work / "made.js").read_bytes(), "three.LICENSE": (three / "LICENSE").read_bytes()}


def _run(command: list[str], cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"`{' '.join(command[:2])}` failed:\n{done.stderr or done.stdout}")


def main() -> int:
    """Write the files, or with `--check` say which differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a committed file is not what the pins make")
    check = parser.parse_args().check
    made = bundle()
    stale = [name for name, data in made.items() if not (VIEWER / name).is_file() or (VIEWER / name).read_bytes() != data]
    for name in stale:
        if check:
            print(f"{name} is not what tools/three makes; run tools/three.py", file=sys.stderr)
        else:
            (VIEWER / name).write_bytes(made[name])
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
