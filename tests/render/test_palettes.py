"""Palettes of drawings, report and viewer: told apart with every common kind of colour vision, and text that can be read, in light and dark.

Colour vision: matrices of Machado, Oliveira and Fernandes 2009 (doi:10.1109/TVCG.2009.113, severity 1.0), applied to linear RGB. Distance: CIEDE2000
(ISO/CIE 11664-6). Contrast: WCAG 2.2, relative luminance.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

VISION = {
    "all": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]),
}
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]])
WHITE = np.array([0.95047, 1.0, 1.08883])
LEAST_CONTRAST = 4.5  # of text, WCAG level AA


@cache
def sheet(name: str, mode: str) -> dict[str, str]:
    """Colours of a style sheet by variable: those of light, and over them those of dark."""
    css = resources.files("rackwright.render").joinpath("templates", *name.split("/")).read_text(encoding="utf-8")
    dark = "".join(re.findall(r"@media screen and \(prefers-color-scheme:dark\)\{((?:[^{}]*\{[^{}]*\})*)\}", css))
    light = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\}", "", css)
    found = re.compile(r"--([\w-]+):(#[0-9a-f]{3,6})\b")
    return dict(found.findall(light)) | (dict(found.findall(dark)) if mode == "dark" else {})


def linear(colour: str) -> NDArray[np.float64]:
    """Linear RGB of `#rrggbb` or `#rgb`."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    v = np.array([int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)])
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB of linear RGB, D65."""
    t = XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    """CIEDE2000 of two CIELAB colours."""
    (l1, a1, b1), (l2, a2, b2) = one, two
    c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 1.5 - 0.5 * np.sqrt(c**7 / (c**7 + 25.0**7))
    c1, c2 = np.hypot(g * a1, b1), np.hypot(g * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, g * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    middle = h1 + turn / 2 if c1 * c2 else h1 + h2
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    level, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = sum(k * np.cos(np.radians(n * middle + at)) for k, n, at in ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.2, 4, -63))) + 1
    sl = 1 + 0.015 * (level - 50) ** 2 / np.sqrt(20 + (level - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rt = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((((middle - 275) % 360 + 180) % 360 - 180) / 25) ** 2))))
    dl, dc = (l2 - l1) / sl, (c2 - c1) / sc
    return float(np.sqrt(dl**2 + dc**2 + (dh / sh) ** 2 + rt * dc * dh / sh))


def seen(colour: str, vision: str) -> NDArray[np.float64]:
    """CIELAB of a colour as somebody with that vision sees it."""
    return lab(VISION[vision] @ linear(colour))


SHEETS = {"drawing": "drawing.css", "report": "report.css", "viewer": "viewer/viewer.css"}
# Colours that must be told apart by colour alone, with the least distance of any two. Steps of a scale are compared with their neighbours; those of
# curves are numbered as well, so that less is enough.
APART = {
    ("drawing", "compute switch host management power battery other"): 10.0,
    ("drawing", "feed-a feed-b feed-c feed-d path-r"): 10.0,
    ("drawing", "normal worst limit"): 10.0,
    ("drawing", "supply return"): 10.0,
    ("drawing", "cold hot"): 10.0,
    ("drawing", "q2 q3 q4 q5 q7 limit"): 8.0,
    ("drawing", "normal worst switch feed-b battery power soft"): 6.0,
    ("viewer", "compute switch host management power battery other"): 10.0,
    ("viewer", "rack-compute rack-switch rack-host rack-management rack-power rack-battery rack-other"): 10.0,
    ("viewer", "f-error f-warning f-info none"): 10.0,
    ("viewer", "dark fewer fed"): 10.0,
    ("viewer", "new gone moved same"): 10.0,
    ("viewer", "supply return"): 10.0,
}
STEPS = {("drawing", "q0 q1 q2 q3 q4 q5 q6 q7"): 5.0, ("viewer", "q0 q1 q2 q3 q4 q5 q6 q7"): 5.0, ("viewer", "l0 l1 l2 l3 l4"): 8.0}
# Text, and what lies behind it.
READ = {
    "drawing": [
        ("ink soft faint limit cold-ink hot-ink supply normal", "paper panel"),
        ("ink soft", "compute-fill switch-fill host-fill management-fill power-fill battery-fill other-fill"),
        ("ink", "q0 q1 q2 q3 steel"),
        ("cold-ink", "cold"),
        ("hot-ink", "hot"),
    ],
    "report": [("ink soft faint accent error warning info ok", "bg panel"), *((k, f"{k}-bg") for k in ("error", "warning", "info", "ok"))],
    "viewer": [
        ("ink soft accent error warning info", "paper panel"),
        ("faint", "paper panel"),
        ("ink soft", "compute-fill switch-fill host-fill management-fill power-fill battery-fill other-fill"),
        *((k, f"{k}-bg") for k in ("error", "warning", "info")),
    ],
}
MODES = ("light", "dark")


def contrast(one: str, two: str) -> float:
    low, high = sorted(float(XYZ[1] @ linear(c)) for c in (one, two))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("one", "two", "wanted"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_distance_is_that_of_the_published_pairs(one, two, wanted):
    """Sharma, Wu and Dalal 2005, doi:10.1002/col.20070, table 1."""
    assert distance(np.array(one, float), np.array(two, float)) == pytest.approx(wanted, abs=5e-5)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("mode", MODES)
def test_colours_are_told_apart(mode, vision):
    for (name, group), least in APART.items():
        css = sheet(SHEETS[name], mode)
        near = min((distance(seen(css[a], vision), seen(css[b], vision)), a, b) for a, b in combinations(group.split(), 2))
        assert near[0] >= least, (name, near)
    for (name, group), least in STEPS.items():
        css = sheet(SHEETS[name], mode)
        near = min((distance(seen(css[a], vision), seen(css[b], vision)), a, b) for a, b in pairwise(group.split()))
        assert near[0] >= least, (name, near)


@pytest.mark.parametrize("mode", MODES)
def test_a_scale_grows_lighter_or_darker_all_the_way(mode):
    for name in ("drawing", "viewer"):
        levels = [seen(sheet(SHEETS[name], mode)[f"q{i}"], "all")[0] for i in range(8)]
        assert levels == sorted(levels, reverse=mode == "light")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", SHEETS)
def test_text_can_be_read(name, mode):
    css = sheet(SHEETS[name], mode)
    for texts, grounds in READ[name]:
        for text in texts.split():
            for ground in grounds.split():
                assert contrast(css[text], css[ground]) >= LEAST_CONTRAST, (text, ground, contrast(css[text], css[ground]))


@pytest.mark.parametrize("mode", MODES)
def test_figures_on_loads_can_be_read(mode):
    """`on-load` is what is written on the darker loads."""
    css = sheet("drawing.css", mode)
    for ground in ("q5", "q7", "limit", "ink"):
        assert contrast({"light": "#ffffff", "dark": "#10171e"}[mode], css[ground]) >= LEAST_CONTRAST


def test_viewer_and_drawings_have_the_same_colours_for_the_same_things():
    same = ("paper", "ink", "soft", "compute", "switch", "host", "management", "power", "battery", "other", "supply", "return", "limit", "q0", "q7")
    for mode in MODES:
        one, two = (sheet(SHEETS[name], mode) for name in ("drawing", "viewer"))
        assert {c: one[c] for c in same} == {c: two[c] for c in same}
