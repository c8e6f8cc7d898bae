"""Python API pages, one per room, from the docstrings of public functions and classes. Reads the sources without importing them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from reference.markdown import block

TITLE = "Python API"
ABOUT = "public functions and classes with their docstrings"
PACKAGE = Path(__file__).resolve().parents[2] / "src" / "rackwright"
ROOMS = ("base", "schema", "catalog", "spec", "build", "rules", "sim", "verify", "render", "export", "flow")


def _function(node: ast.FunctionDef) -> str:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    marks = "".join(f"@{ast.unparse(d)}\n" for d in node.decorator_list if ast.unparse(d) != "cache")
    return f"{marks}def {node.name}({ast.unparse(node.args)}){returns}"


def _class(node: ast.ClassDef) -> str:
    bases = f"({', '.join(ast.unparse(b) for b in node.bases)})" if node.bases else ""
    fields = [f"    {ast.unparse(f)}" for f in node.body if isinstance(f, ast.AnnAssign) and not ast.unparse(f.target).startswith("_")]
    return "\n".join([f"class {node.name}{bases}", *fields])


def _entries(body: list[ast.stmt], level: str) -> Iterator[str]:
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        doc = inspect.cleandoc(ast.get_docstring(node) or "")
        yield f"{level} {node.name}\n\n{block(_class(node) if isinstance(node, ast.ClassDef) else _function(node), 'python')}\n\n{doc}\n"
        if isinstance(node, ast.ClassDef):
            yield from _entries(node.body, level + "#")


def _room(room: str) -> str:
    package = ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8"))
    lines = [f"# rackwright.{room}\n", f"{ast.get_docstring(package) or ''}\n"]
    for path in sorted((PACKAGE / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        entries = list(_entries(tree.body, "###"))
        # Rules have pages of their own, and each has the same public function.
        if path.name == "__init__.py" or not entries or (room == "rules" and path.parent.name != "rules"):
            continue
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        lines += [f"## {name}\n", f"{inspect.cleandoc(ast.get_docstring(tree) or '')}\n", *entries]
    return "\n".join(lines)


def pages() -> dict[str, str]:
    """`api/README.md` and `api/<room>.md`."""
    made = {f"api/{room}.md": _room(room) for room in ROOMS}
    index = "\n".join(f"- [rackwright.{room}]({room}.md)" for room in ROOMS)
    return {"api/README.md": f"# Python API\n\n{index}\n", **made}
