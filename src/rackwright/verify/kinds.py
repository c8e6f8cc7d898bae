"""Kinds of findings of `verify` and `import`, as `rackwright rule CODE` and the reference tell them: no rule makes them, so they have no specs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `severity` is what it mostly is; `command` makes it."""

    code: str
    name: str
    severity: str
    title: str
    what: str
    why: str
    fix: str
    command: str = "verify"

    @property
    def sections(self) -> dict[str, str]:
        """Title and text of each section, as those of a rule."""
        return {"What": self.what, "Why": self.why, "Fix": self.fix}


KINDS = (
    Kind(
        "VER101",
        "observation-not-read",
        "error",
        "A file, or rows of it, could not be read.",
        "The file is of no known form, is broken, has no rows, or rows without all their cells; a state or a MAC address is none; one name is given "
        "to two devices. The same fault of many files is told once. The rest is judged nevertheless.",
        "What was not read was not checked, and nothing else says so.",
        "Collect it again as the help line says, or leave it out. docs/verify.md lists what is read.",
    ),
    Kind(
        "VER102",
        "device-not-in-design",
        "warning",
        "A device has a name that the design has not.",
        "It told of its neighbours, or was told of. Its links are not judged, and no job is made of them.",
        "Mostly the machine has a host name of its own; else it belongs to another hall, or the package is of another revision.",
        "Give a list `device,alias` of the design's names and yours. `verify -o OUT` writes `likely-names.csv`, where two or more links of a device "
        "make its name likely: look through it and give it too.",
    ),
    Kind(
        "VER103",
        "not-judged",
        "warning",
        "Something was seen that cannot be told apart.",
        "Neighbours without a name, whose MAC addresses no file gives to a port; ports by names that nobody knows at both ends; InfiniBand adapters "
        "counted beyond those that a host has.",
        "Such a link may be right or wrong: coverage counts it as not known.",
        "Give `device,port,mac` or `ip -j link` of those devices, a list `device,port,alias`, or an `hca_mapping`, as the help line says.",
    ),
    Kind(
        "VER104",
        "too-little-seen",
        "error",
        "Fewer ends were seen than `--coverage` wants.",
        "The share of ends of the design that any file tells of. Ends with a neighbour that nobody can name are not counted as seen.",
        "What nobody saw is no fault, so that without such a bound no files at all would pass.",
        "Give what more devices see; the fabrics with the smallest share are named.",
    ),
    Kind(
        "VER105",
        "does-not-match",
        "error",
        "Most links of a network go elsewhere than designed.",
        "They are told as one finding, as nobody plugs so many wrong: cells of a list that slipped by a row, files of another hall, or a package of "
        "another revision.",
        "Thousands of jobs that move right plugs are worse than none.",
        "See that the files are of this hall, and take the package of the revision that was built. `verify -o OUT` writes every link as a job.",
    ),
    Kind(
        "VER201",
        "link-down",
        "error",
        "A link of the design is down.",
        "A state at either end says so, though the right neighbour may be told. One that goes to a wrong neighbour is incorrect cabling.",
        "The link carries nothing.",
        "Plug both ends, clean the connectors, exchange module or cable; see that the port is enabled and the far device has power.",
    ),
    Kind(
        "VER202",
        "incorrect-cabling",
        "error",
        "A port of the design goes elsewhere than designed.",
        "Told are both ends, where the link goes, where it should go, and what is there instead. Two links that end where the other should are told "
        "as exchanged ends, with the pair of plugs that stand nearer each other; two devices all of whose cables are at the other one as exchanged "
        "devices.",
        "A link in the wrong place comes up and works, until a rail, a plane or a path that was designed to be apart is not.",
        "Do the job of its help line; `--work-list text` has all of them in the order of a short walk. Where the built thing is right, change the "
        "design.",
    ),
    Kind(
        "VER203",
        "no-neighbour",
        "warning",
        "A port is up and nobody is seen there, or nobody told whether it is up.",
        "Its state is up without a neighbour, or its device told of all its neighbours and of none at this port.",
        "The far end does not speak LLDP, or the cable goes to something else.",
        "See that LLDP runs at the far end, and look where the cable goes.",
    ),
    Kind(
        "VER204",
        "unexpected-connection",
        "error",
        "Two ports are joined that the design leaves free.",
        "An error between two devices of the design, a warning where one of them is none. Ports that lead out of the hall are expected.",
        "A cable that nobody designed may make a loop, or takes the port of one that is missing.",
        "Take the cable out, add it to the design, or give a list `device,port,alias` where the ports have other names.",
    ),
    Kind(
        "VER205",
        "several-neighbours",
        "error",
        "A port is told to have several neighbours.",
        "A warning where the right one is among them.",
        "Two devices have one name, an entry is stale, a hub is between, or an adapter whose firmware speaks LLDP names itself.",
        "Collect both devices again, and give each its own name.",
    ),
    Kind(
        "IMP101",
        "not-importable",
        "error",
        "No hall can be made of the files.",
        "No switch or no host with a part is among their devices, a part is not known, or what was asked fits nothing.",
        "An imported hall must have the links that the files have.",
        "Say what the help line asks for: `--design`, `--part`, `--switch` or `--ports`.",
        "import",
    ),
    Kind(
        "IMP102",
        "not-read",
        "error",
        "A file, or rows of it, could not be read.",
        "It is broken, empty, or has rows without all their cells.",
        "Links that were not read are not in the hall.",
        "Export it again, or leave it out.",
        "import",
    ),
    Kind(
        "IMP103",
        "left-out",
        "warning",
        "Something of the files is not in the hall.",
        "A network whose ports no design has, links within racks, devices without links, files that say nothing of links or devices.",
        "What is left out is neither checked nor grown.",
        "Say which ports they are with `--ports`, or leave it so.",
        "import",
    ),
    Kind(
        "IMP104",
        "stands-elsewhere",
        "warning",
        "Devices stand in other units than their rack design has.",
        "The files tell units, and the rack spec places the devices in others.",
        "Lengths of cables and names of devices follow from the units.",
        "Change `placement` of the rack spec.",
        "import",
    ),
)


def find(word: str) -> Kind | None:
    """The kind of a code, in any case, or of a name that no other has; None without one."""
    return next((k for k in KINDS if word.upper() == k.code or word == k.name), None)
