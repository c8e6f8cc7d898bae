"""What a pulling crew is and how long it takes, as a hall spec says it. The rates are estimates: measure your own crew and write them down."""

from __future__ import annotations

from pydantic import Field

from rackwright.spec.fields import Duration, Many
from rackwright.spec.rack import Section


class Pulling(Section):
    """A crew that pulls cables bundle by bundle; every figure that the spec does not give is an estimate of ours, of no published source."""

    crew: Many = Field(3, ge=1, description="People of a crew: one at each end and one along the tray")
    bundle: Many = Field(24, ge=1, description="Most cables of one bundle; fewer where the bundle would be thicker than its tray is deep")
    per_bundle: Duration = Field("10 min", validate_default=True, description="Whole crew, each bundle: stage, tie, dress at both ends; an estimate")
    per_metre: Duration = Field("6 s", validate_default=True, description="Whole crew, each metre of a bundle laid into the trays; an estimate")
    per_plug: Duration = Field("45 s", validate_default=True, description="One person, each plug: inspect, clean, plug, check; an estimate")
    per_label: Duration = Field("30 s", validate_default=True, description="One person, each label: find, wrap, scan; an estimate")
