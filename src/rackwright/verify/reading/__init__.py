"""Observation files by their content: JSON of lldpd and iproute2, what ibnetdiscover prints, spreadsheets, and CSV."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rackwright.verify.observed import BrokenError, Found, Observed, joined
from rackwright.verify.reading import ibnetdiscover, lists, lldp, netbox, workbook

MOST_BYTES = 2_000_000_000
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_KINDS = (
    "JSON of lldpctl (-f json or json0), of `lldpcli show chassis` or `ip -j link`, ibnetdiscover (-p too), cables of NetBox' REST interface, XLSX "
    "and CSV are read"
)


def read(wanted: Iterable[str]) -> Observed:
    """Every file named, those of a folder too, in the order given. `DEVICE=FILE` says whose view a file is, else the file's name without its ending
    does. What cannot be read is a fault of that file, and the others are read nevertheless.
    """
    names, found = [], []
    for argument in wanted:
        files = _files(argument)
        for path, device in files:
            names.append(str(path))
            found.append(_one(path, device))
        if not files:
            names.append(argument)
            found.append(Found(faults=[(1, 1, "is a folder without files", "give a folder that holds what was collected")]))
    return joined(names, found)


def _files(argument: str) -> list[tuple[Path, str]]:
    path = Path(argument)
    if path.is_dir():
        return [(p, p.stem) for p in sorted(path.rglob("*")) if p.is_file() and not any(q.startswith(".") for q in p.relative_to(path).parts)]
    device, given, file = argument.partition("=")
    if given and device and file and not path.exists():
        return [(Path(file), device)]
    return [(path, path.stem)]


def _one(path: Path, device: str) -> Found:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BrokenError(1, 1, f"has {path.stat().st_size:,} bytes, more than the {MOST_BYTES:,} that are read", "split it")
        return _read(path.read_bytes(), device)
    except BrokenError as fault:
        found = Found()
        found.fault(fault.line, fault.column, fault.message, fault.help)
    except OSError as fault:
        found = Found()
        found.fault(1, 1, f"cannot be read: {fault.strerror or fault}", "give a file or a folder of files")
    return found


def _read(data: bytes, device: str) -> Found:
    if data.startswith(b"PK\x03\x04"):
        return workbook.read(data)
    if b"\0" in data[:8192] and data[:2] not in _UTF_16:
        raise BrokenError(1, 1, f"is no text; {_KINDS}", "give the file that the tool wrote, or save the sheet as XLSX or CSV")
    text = _text(data)
    head = text[:4096].lstrip()
    if not head:
        raise BrokenError(1, 1, "is empty", "a device that has no neighbour gives `{}`; else collect it again")
    if netbox.is_it(head):
        return netbox.read(text)
    if head[0] in "{[":
        return lldp.read(text, device)
    if ibnetdiscover.is_it(text):
        return ibnetdiscover.read(text)
    return lists.read(text, _KINDS)


def _text(data: bytes) -> str:
    code = "utf-16" if data[:2] in _UTF_16 else "utf-8-sig"
    try:
        return data.decode(code)
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        what = "a byte that is not UTF-8"
        raise BrokenError(
            line, fault.start - data.rfind(b"\n", 0, fault.start), f"has {what} ({data[fault.start]:#04x}); {_KINDS}", "save it as UTF-8"
        ) from None
