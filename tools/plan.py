"""Write the DXF plan of an example: `examples/halls/plans/training-hall.dxf`, as a planner's drawing would be, millimetres, its corner far from zero.

Four rows of twelve places of 700 x 1200 mm, blocks with their front below, one place lost to a column, switch racks on a layer of their own,
ladders, fibre runners, a door.
"""

from __future__ import annotations

import sys
from pathlib import Path

import ezdxf
from ezdxf.filemanagement import new

PLAN = Path(__file__).resolve().parents[1] / "examples" / "halls" / "plans" / "training-hall.dxf"
CORNER = (100_000, 50_000)  # of the hall in the drawing
ROWS = ((2000, 180), (4400, 0), (7400, 180), (9800, 0))  # low side, turn of the block: a turned one has its front above
FIRST_X, PITCH, DEPTH, PLACES = 3000, 700, 1200, 12
NETWORK = {(1, 5), (1, 6), (2, 5), (2, 6)}  # row, place
COLUMN = (2, 3)


def draw() -> ezdxf.document.Drawing:
    """The drawing."""
    drawing = new("R2000", units=4)
    for name, colour in (("RACKS", 5), ("NETWORK", 3), ("COLUMNS", 1), ("WALLS", 7), ("DOORS", 6), ("TRAYS", 30), ("FIBRE", 2), ("TEXT", 8)):
        drawing.layers.add(name, color=colour)
    block = drawing.blocks.new("RACK-700")
    block.add_lwpolyline([(0, 0), (PITCH, 0), (PITCH, DEPTH), (0, DEPTH)], close=True)
    block.add_line((0, 60), (PITCH, 60))
    space = drawing.modelspace()

    def at(x: float, y: float) -> tuple[float, float]:
        return CORNER[0] + x, CORNER[1] + y

    space.add_lwpolyline([at(0, 0), at(15_000, 0), at(15_000, 13_000), at(0, 13_000)], close=True, dxfattribs={"layer": "WALLS"})
    for r, (y, turn) in enumerate(ROWS):
        for p in range(PLACES):
            if (r, p) == COLUMN:
                continue
            x = FIRST_X + p * PITCH
            corner = at(x + PITCH, y + DEPTH) if turn else at(x, y)
            space.add_blockref("RACK-700", corner, {"layer": "NETWORK" if (r, p) in NETWORK else "RACKS", "rotation": turn})
        space.add_text(f"ROW {r + 1}", dxfattribs={"layer": "TEXT", "height": 300, "insert": at(FIRST_X - 1500, y + 450)})
        middle = y + DEPTH // 2
        space.add_line(at(2000, middle), at(12_400, middle), {"layer": "TRAYS"})
        space.add_line(at(2200, middle), at(12_200, middle), {"layer": "FIBRE"})
    x, y = FIRST_X + COLUMN[1] * PITCH + 150, ROWS[COLUMN[0]][0] + 50  # clear of the ladder over the row, 600 mm wide
    space.add_lwpolyline([at(x, y), at(x + 400, y), at(x + 400, y + 250), at(x, y + 250)], close=True, dxfattribs={"layer": "COLUMNS"})
    for layer, lines in (("TRAYS", (2400, 12_000)), ("FIBRE", (2200, 12_200))):
        for line in lines:
            space.add_line(at(line, ROWS[0][0] + DEPTH // 2), at(line, ROWS[-1][0] + DEPTH // 2), {"layer": layer})
    space.add_lwpolyline([at(13_200, 0), at(14_400, 0), at(14_400, 1200), at(13_200, 1200)], close=True, dxfattribs={"layer": "DOORS"})
    return drawing


def main(argv: list[str]) -> int:
    """Write the plan to a path, or over that of the example."""
    ezdxf.options.write_fixed_meta_data_for_testing = True  # no dates and no random numbers: same script, same bytes
    path = Path(argv[1]) if len(argv) > 1 else PLAN
    path.parent.mkdir(exist_ok=True)
    draw().saveas(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
