"""Observation files by their content: JSON of lldpd, iproute2 and switches, what ibnetdiscover and iblinkinfo print, spreadsheets, and CSV."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rackwright.verify.observed import BrokenError, Found, Observed, joined
from rackwright.verify.reading import iblinkinfo, ibnetdiscover, lists, lldp, netbox, switches, workbook

MOST_BYTES = 2_000_000_000
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_KINDS = (
    "JSON of lldpctl (-f json or json0), `lldpcli show chassis`, `ip -j link`, NVUE and EOS, `show lldp table` of SONiC, ibnetdiscover (-p too), "
    "iblinkinfo, cables of NetBox' REST interface, XLSX and CSV are read"
)
_BINARY = (  # what begins so, and what is done with it
    (b"\x89PNG", "a picture (PNG)", ""),
    (b"\xff\xd8\xff", "a picture (JPEG)", ""),
    (b"GIF8", "a picture (GIF)", ""),
    (b"%PDF-", "a document for print (PDF)", ""),
    (b"\xd0\xcf\x11\xe0", "a workbook of the old form (XLS)", "save it as XLSX"),
    (b"\x1f\x8b", "packed (gzip)", "unpack it"),
    (b"BZh", "packed (bzip2)", "unpack it"),
    (b"\xfd7zXZ", "packed (xz)", "unpack it"),
    (b"\x28\xb5\x2f\xfd", "packed (zstd)", "unpack it"),
)
PIPE = "-"


def read(wanted: Iterable[str], piped: bytes = b"") -> Observed:
    """Every file named, those of a folder too, in the order given; `-` is what was `piped` in. `DEVICE=FILE` says whose view a file is, else the
    file's name without its ending does. What cannot be read is a fault of that file, and the others are read nevertheless.
    """
    names, found = [], []
    for argument in wanted:
        files = _files(argument)
        for path, device in files:
            names.append(str(path))
            found.append(_one(path, device, piped))
        if not files:
            names.append(argument)
            found.append(Found())
            found[-1].fault(1, 1, "is a folder without files", "give a folder that holds what was collected")
    return joined(names, found)


def _files(argument: str) -> list[tuple[Path, str]]:
    path = Path(argument)
    if path.is_dir():
        return [(p, p.stem) for p in sorted(path.rglob("*")) if p.is_file() and not any(q.startswith(".") for q in p.relative_to(path).parts)]
    device, given, file = argument.partition("=")
    if given and device and file and not path.exists():
        return [(Path(file), device)]
    return [(path, path.stem)]


def _one(path: Path, device: str, piped: bytes) -> Found:
    found, data, is_piped = Found(), b"", str(path) == PIPE
    try:
        if not is_piped and path.stat().st_size > MOST_BYTES:
            raise BrokenError(1, 1, f"has {path.stat().st_size:,} bytes, more than the {MOST_BYTES:,} that are read", "split it")
        data = piped if is_piped else path.read_bytes()
        found = _read(data, device)
    except BrokenError as fault:
        found.fault(fault.line, fault.column, fault.message, fault.help)
    except OSError as fault:
        found.fault(1, 1, f"cannot be read: {fault.strerror or fault}", "give a file or a folder of files")
    found.lines = found.lines or _lines(data, is_piped=is_piped)
    return found


def _lines(data: bytes, *, is_piped: bool) -> dict[str, list[str]]:
    """What a message shows of a file that is no UTF-8 or cannot be read again; nothing of what is no text."""
    if data[:2] in _UTF_16:
        return {"": data.decode("utf-16", errors="replace").replace("\r", "").split("\n")}
    if b"\0" in data[:8192] or any(data.startswith(first) for first, *_ in _BINARY):
        return {"": []}
    return {"": data.decode("utf-8-sig", errors="replace").replace("\r", "").split("\n")} if is_piped else {}


def _read(data: bytes, device: str) -> Found:
    if data.startswith(b"PK\x03\x04"):
        return workbook.read(data)
    for first, what, cure in _BINARY:
        if data.startswith(first):
            raise BrokenError(1, 1, f"is {what}; {_KINDS}", cure or "give the list or the file that it shows")
    if b"\0" in data[:8192] and data[:2] not in _UTF_16:
        raise BrokenError(1, 1, f"is no text; {_KINDS}", "give the file that the tool wrote, or save the sheet as XLSX or CSV")
    text = _text(data)
    head = text[:4096].lstrip()
    if not head:
        raise BrokenError(1, 1, "is empty", "a device that has no neighbour gives `{}`; else collect it again")
    if netbox.is_it(head):
        return netbox.read(text)
    if iblinkinfo.is_it(text):
        return iblinkinfo.read(text)
    if ibnetdiscover.is_it(text):
        return ibnetdiscover.read(text)
    if switches.is_table(text):
        return switches.table(text, device)
    if head[0] in "{[":
        return lldp.read(text, device)
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
