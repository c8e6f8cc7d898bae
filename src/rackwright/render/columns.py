"""Widths of table columns on paper, so that no word leaves its cell: the text measured, columns shared out, words that are too long broken.

Widths are upper bounds for IBM Plex Sans Condensed and IBM Plex Mono, which ship with the book.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

# Advance widths in em of IBM Plex Sans Condensed Regular, rounded up to 0.05.
_WIDTHS = {
    0.25: " ',.ijl’", 0.3: "!:;[]f·", 0.35: "()rt{|}²³", 0.4: '"-/I\\', 0.45: "?svz°“”", 0.5: "*JLacegkxy",
    0.55: "$+0123456789<=>EFPSTVYZ^_`bdhnopqu~–×µ±≤≥", 0.6: "ABCKRX", 0.65: "#&DGHNOQUΩ", 0.7: "w", 0.75: "M—…", 0.8: "m→", 0.85: "%@W",
}  # fmt: skip
_WIDTH = {ch: width for width, chars in _WIDTHS.items() for ch in chars}
BOLD, _MONO, _OTHER = 1.08, 0.6, 1.6
_MM = 25.4 / 72  # of one point
SIZES = (7.5, 7.0, 6.5, 6.0, 5.5)  # points; the first at which the table fits, else the last
GAP = 2.4  # mm between the texts of neighbouring columns
_JOINTS = "-/:._,;=+@&|\\ "  # a long word is broken after one of these where there is one in its second half


@dataclass(frozen=True, slots=True)
class Laid:
    """A table ready to be set: widths in mm with the gaps, size in points, heads and rows with breaks in them, and which rows are of one line."""

    widths: list[float]
    size: float
    heads: list[str]
    rows: list[list[str]]
    single: list[bool]


@lru_cache(maxsize=1 << 16)
def em(text: str, is_mono: bool = False) -> float:
    """Upper bound of the width of one line in em."""
    if is_mono:
        return sum(_MONO if ch < "\u01c0" or "\u0391" <= ch <= "\u03ce" or "\u0410" <= ch <= "\u045f" else _OTHER for ch in text)
    return sum(_WIDTH.get(ch, _OTHER) for ch in text)


def lay(heads: Sequence[str], rows: Sequence[Sequence[str]], mono: Sequence[bool], wide: Sequence[bool], width: float) -> Laid:
    """Columns of a table `width` mm wide. Wide columns give way first and take what is left over."""
    least, most = _needs(heads, rows, mono)
    room = width - GAP * len(heads)
    for size in SIZES:
        mm = size * _MM
        if sum(m if not w else min(m, 24.0) for m, w in zip(most, wide, strict=True)) * mm <= room:
            break
    shares = _shared([x * mm for x in least], [x * mm for x in most], wide, room)
    made, single = [], []
    for row in rows:
        cells = [broken(v, s / mm, m) for v, s, m in zip(row, shares, mono, strict=True)]
        single.append(all(em(v, m) * mm <= s + 1e-6 for v, s, m in zip(row, shares, mono, strict=True)))
        made.append(cells)
    shown = [broken(h, s / mm / BOLD, False) for h, s in zip(heads, shares, strict=True)]
    return Laid([round(s + GAP, 3) for s in shares], size, shown, made, single)


def _needs(heads: Sequence[str], rows: Sequence[Sequence[str]], mono: Sequence[bool]) -> tuple[list[float], list[float]]:
    """Longest word and longest line of every column in em; a head may wrap between words."""
    least, most = [], []
    for i, is_mono in enumerate(mono):
        texts = {row[i] for row in rows}
        word_of_head = max((em(w) for w in heads[i].split()), default=0.0) * BOLD
        words = max((em(w, is_mono) for text in texts for w in text.split()), default=0.0)
        lines = max((em(text, is_mono) for text in texts), default=0.0)
        least.append(max(words, word_of_head))
        most.append(max(lines, word_of_head, min(em(heads[i]) * BOLD, 9.0)))
    return least, most


def _shared(least: list[float], most: list[float], wide: Sequence[bool], room: float) -> list[float]:
    """Widths that fill the room: what is left goes to wide columns, or to all; what is missing is taken from wide ones, then from all."""
    wanted = list(most)
    spare = room - sum(wanted)
    if spare >= 0:
        takers = [i for i, w in enumerate(wide) if w] or range(len(most))
        share = sum(wanted[i] for i in takers) or 1.0
        return [w + (spare * w / share if i in takers else 0.0) for i, w in enumerate(wanted)]
    floor = [min(low, high, 0.45 * room) if w else min(high, 0.45 * room) for low, high, w in zip(least, most, wide, strict=True)]
    if sum(floor) > room:  # then words are broken, those of the widest columns first
        return _capped(floor, room)
    slack = [high - low for low, high in zip(floor, most, strict=True)]
    given = (room - sum(floor)) / max(sum(slack), 1e-9)
    return [low + s * given for low, s in zip(floor, slack, strict=True)]


def _capped(widths: list[float], room: float) -> list[float]:
    """The widths, none of them over the cap at which they fill the room."""
    left = room
    for i, width in enumerate(sorted(widths)):
        cap = left / (len(widths) - i)
        if width > cap:
            return [min(w, cap) for w in widths]
        left -= width
    return widths


def broken(text: str, width: float, is_mono: bool) -> str:
    """`text` with line breaks in words wider than `width` em; the setter breaks between words by itself."""
    width += 1e-6
    if all(em(w, is_mono) <= width for w in text.split(" ")):
        return text
    return " ".join(_word(w, width, is_mono) for w in text.split(" "))


def _word(word: str, width: float, is_mono: bool) -> str:
    pieces = []
    while word and em(word, is_mono) > width:
        n = max(next((n for n in range(1, len(word)) if em(word[: n + 1], is_mono) > width), 1), 1)
        joint = max((i + 1 for i in range(n // 2, n) if word[i] in _JOINTS), default=n)
        pieces.append(word[:joint])
        word = word[joint:]
    return "\n".join([*pieces, word] if word else pieces)
