"""Addresses of a hall's networks as a spec gives them: pools, and how many numbers are kept so that growth renumbers nothing."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from rackwright.base.findings import quoted
from rackwright.spec.fields import Name, kind_of
from rackwright.spec.rack import Section

UNNUMBERED = "unnumbered"
PRIVATE_ASN = ((64_512, 65_534), (4_200_000_000, 4_294_967_294))  # RFC 6996
MOST_NUMBERS = 1 << 24


def _fault(text: str) -> PydanticCustomError:
    return PydanticCustomError("spec", "{text}", {"text": text})


def _prefix(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _fault(f"a prefix such as `10.0.0.0/16` or `fd00:1::/48` is wanted here, not {kind_of(value)}")
    text = value.strip()
    try:
        found = ipaddress.ip_interface(text)
    except ValueError:
        raise _fault(f"{quoted(text)} is no prefix; write one such as `10.0.0.0/16` or `fd00:1::/48`") from None
    if "/" not in text:
        raise _fault(f"{quoted(text)} has no length; write `{text}/{16 if found.version == 4 else 48}`, say")
    if found.ip != found.network.network_address:
        raise _fault(f"{quoted(text)} has bits set beyond its length; the prefix is `{found.network}`")
    return str(found.network)


def _links(value: Any) -> str:
    return UNNUMBERED if value == UNNUMBERED else _prefix(value)


def _asn(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,10}", value.strip()):
        raise _fault(f"the first of a range of private AS numbers is wanted here, such as `4200000000`, not {kind_of(value)}")
    number = int(value)
    if not any(low <= number <= high for low, high in PRIVATE_ASN):
        raise _fault(f"{quoted(value)} is no private AS number; those are 64512 to 65534 and 4200000000 to 4294967294 (RFC 6996)")
    return number


def _number(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,9}", value.strip()) or not 1 <= int(value) <= MOST_NUMBERS:
        raise _fault(f"a whole number from 1 to {MOST_NUMBERS} is wanted here, not {kind_of(value)}")
    return int(value)


_TEXT = {"type": "string", "description": "prefix such as 10.0.0.0/16 or fd00:1::/48"}
Prefix = Annotated[str, BeforeValidator(_prefix), WithJsonSchema(_TEXT)]
Links = Annotated[str, BeforeValidator(_links), WithJsonSchema({**_TEXT, "description": "prefix, or unnumbered"})]
Asn = Annotated[int, BeforeValidator(_asn), WithJsonSchema({"type": "integer", "description": "private AS number"})]
Numbers = Annotated[int, BeforeValidator(_number), WithJsonSchema({"type": "integer", "description": "whole number", "minimum": 1})]


class Room(Section):
    """Numbers kept free for growth. As long as a hall stays inside them no address that was given ever changes; to change one renumbers."""

    fabric: Numbers = Field(8192, description="Switch numbers of each fabric: half are for leaves, a quarter for spines, the rest for what is above")
    pod: Numbers = Field(64, description="Switch numbers of one tier in one scalable unit and plane")
    links: Numbers = Field(64, description="Point-to-point links that a switch may have upwards and sideways")


class Addressing(Section):
    """Addresses from one plan. Ethernet fabrics are routed down to the leaves with BGP as RFC 7938 describes; InfiniBand has only `hosts`."""

    asn: Asn = Field("4200000000", validate_default=True, description="First of the private AS numbers that switches take")
    loopbacks: Prefix = Field("10.127.0.0/16", validate_default=True, description="Pool of loopbacks, one address a switch")
    links: Links = Field("10.128.0.0/9", validate_default=True, description="Pool of point-to-point links between switches; or `unnumbered`")
    hosts: dict[Name, Prefix] = Field(default_factory=dict, description="Pool of NIC addresses of a fabric, by its name")
    room: Room = Field(default_factory=lambda: Room(), description="Numbers kept free for growth")
