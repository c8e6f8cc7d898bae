"""Laws of the source tree that no linter holds: sizes, docstrings, rooms, imports, marks of unfinished work."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "rackwright"
SOURCES = sorted(PACKAGE.rglob("*.py"))
NAMES = [p.relative_to(PACKAGE).as_posix() for p in SOURCES]
LONGEST_FILE = 400
LONGEST_FUNCTION = 60

each_source = pytest.mark.parametrize("path", SOURCES, ids=NAMES)


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_sources_are_found():
    assert {"base/units.py", "schema/tables.py", "spec/rack.py"} <= set(NAMES)


@each_source
def test_file_is_short(path: Path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_FILE, f"{lines} lines; split it by what it is about"


@each_source
def test_functions_are_short(path: Path):
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions(parse(path)) if f.end_lineno - f.lineno >= LONGEST_FUNCTION}
    assert not long, f"functions over {LONGEST_FUNCTION} lines: {long}"


@each_source
def test_public_things_have_docstrings(path: Path):
    tree = parse(path)
    bare = [] if ast.get_docstring(tree) else ["module"]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
            bare.append(node.name)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            bare += [f"{node.name}.{f.name}" for f in node.body if isinstance(f, ast.FunctionDef) and f.name[0] != "_" and not ast.get_docstring(f)]
    assert not bare, f"without docstring: {bare}"


@each_source
def test_imports_stand_at_the_top(path: Path):
    """An import inside a function, outside the rooms that must start fast, says what it saves: `# noqa: PLC0415  0.2 s, and ...`."""
    if room(path) in ("cli", "flow"):
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    inner = [lines[n.lineno - 1] for f in functions(parse(path)) for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom)]
    silent = [line.strip() for line in inner if not re.search(r"# noqa: PLC0415 .*\d\.\d+ s\b", line)]
    assert not silent, "\n".join(silent)


@each_source
def test_no_import_escapes_the_law(path: Path):
    """No TYPE_CHECKING blocks but in `cli`, which must start fast; leaves never import the package root; imports of ours are absolute."""
    tree = parse(path)
    assert room(path) == "cli" or "TYPE_CHECKING" not in {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            if node.module == "rackwright" and room(path) not in ("cli", "flow"):
                outside = [a.name for a in node.names if not (PACKAGE / a.name).is_dir()]
                assert not outside, f"line {node.lineno}: imports {outside} from the package root"
        elif isinstance(node, ast.Import):
            assert "rackwright" not in {a.name for a in node.names}, f"line {node.lineno}: imports the package root"


@each_source
def test_only_the_command_line_talks(path: Path):
    """`cli` alone prints, reads the arguments or the environment, and exits."""
    if room(path) in ("cli", "__main__.py"):
        return
    tree = parse(path)
    calls = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)} & {"print", "input", "exit", "quit"}
    dotted = {f"{n.value.id}.{n.attr}" for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)}
    assert not calls | dotted & {"sys.argv", "sys.exit", "sys.stdout", "sys.stderr", "os.environ", "os.getenv"}


@each_source
def test_stages_have_no_clock_and_no_chance(path: Path):
    """Same spec, catalogue and version give the same bytes: no clock and no unseeded random numbers in what computes."""
    if room(path) in ("cli", "flow"):
        return
    text = path.read_text(encoding="utf-8")
    clock = r"time\.time|datetime\.(now|utcnow)|date\.today"
    hit = re.search(rf"\b({clock}|random\.(random|choice|shuffle|randint)|default_rng\(\)|uuid4)\b", text)
    assert hit is None, f"`{hit[0]}`"


@each_source
def test_nothing_is_marked_unfinished(path: Path):
    hit = re.search(r"\b(TODO|FIXME|XXX|NotImplementedError|placeholder)\b", path.read_text(encoding="utf-8"))
    assert hit is None, f"`{hit[0]}`"


def test_every_room_has_a_subject():
    rooms = {p.name for p in PACKAGE.rglob("*") if p.is_dir()} | {p.stem for p in SOURCES}
    assert not rooms & {"utils", "util", "common", "helpers", "helper", "core", "misc", "shared"}
