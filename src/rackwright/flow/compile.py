"""One door for every kind of spec: the first key says whether it describes a rack or a hall."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rackwright.base.spans import Span
from rackwright.base.tree import Node, read_text, spec_error
from rackwright.flow import pipeline
from rackwright.flow.manifest import Kept
from rackwright.flow.pipeline import Design, Progress
from rackwright.spec.describe import fields_at
from rackwright.spec.document import one_root, read_tree
from rackwright.spec.rack import RackSpec


def compile_file(
    path: str,
    *,
    variant: str | None = None,
    sets: Sequence[str] = (),
    as_of: str,
    progress: Progress = lambda stage: None,
    kept: Kept | None = None,
) -> Design:
    """The design of a spec file (YAML, or a Python file that makes a rack). What of a hall did not change since an earlier package comes from it
    (`kept`). Raises DesignError.
    """
    if path.endswith(".py") and Path(path).is_file():
        return pipeline.compile_file(path, variant=variant, sets=sets, as_of=as_of, progress=progress)
    text = read_text(Path(path), path)
    return compile_text(text, path, Path(path).parent, variant=variant, sets=sets, as_of=as_of, progress=progress, kept=kept)


def compile_text(
    text: str,
    file: str = "spec.yaml",
    folder: Path | None = None,
    *,
    variant: str | None = None,
    sets: Sequence[str] = (),
    as_of: str = "2026-01-01",
    progress: Progress = lambda stage: None,
    kept: Kept | None = None,
) -> Design:
    """The design of a spec text that lies in `folder` (where the process stands unless given). Raises DesignError."""
    root, where = one_root(text, file), folder or Path()
    if is_hall(root):
        from rackwright.flow import hall  # a rack needs none of what a hall is built with
        from rackwright.spec.hall import HallSpec

        document = read_tree(root, file, where, text, HallSpec, variant=variant, sets=sets)
        return hall.compile_document(document, as_of=as_of, progress=progress, kept=kept)
    rack = read_tree(root, file, where, text, RackSpec, variant=variant, sets=sets)
    return pipeline.compile_document(rack, as_of=as_of, progress=progress)


def is_hall(root: Node) -> bool:
    """A hall spec has `hall` and no `rack`; one that has neither is what more of its fields belong to.

    Raises DesignError for a spec with both as fields of one mapping.
    """
    names = root.value if isinstance(root.value, dict) else {}
    if "hall" in names and "rack" in names:
        span: Span = names["rack"].key
        raise spec_error("SPC108", "contradiction", "a spec describes a rack or a hall, and this one says both", span, "split it into two files")
    if names and "hall" not in names and "rack" not in names:
        from rackwright.spec.hall import HallSpec

        return len(names.keys() & fields_at(HallSpec, []).keys()) > len(names.keys() & fields_at(RackSpec, []).keys())
    return "hall" in names
