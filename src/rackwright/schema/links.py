"""Codes in `fabric_cables` that rooms share: tiers of links, and where the numbers of management ports begin."""

from __future__ import annotations

# Tiers 1, 2 and 3 lead one level up; the others stay on their level. TORUS links have an endpoint at both ends.
HOST, LEAF_SPINE, SPINE_CORE, THIRD, PEER, MESH, GLOBAL, TORUS = range(8)
MANAGEMENT = 1 << 13  # ports of switches from this number on are management ports, which no traffic passes
