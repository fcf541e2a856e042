# SPDX-License-Identifier: Apache-2.0
"""Messages of the link: a header of 16 bytes and a payload. docs/depthai-link.md is the protocol."""

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Dict

MAGIC = b"DAI1"
VERSION = 1
PORT = 11480
HEADER = struct.Struct("<4sBBHII")
MAX_FROM_BOX = 32 * 1024 * 1024
MAX_TO_BOX = 128 * 1024 * 1024
HAS_METADATA = 1


class Kind(IntEnum):
    """What a message is."""

    HELLO = 1
    CREATE = 2
    BLOB = 3
    COMMAND = 4
    THRESHOLD = 5
    CONTROL = 6
    EEPROM = 7
    PING = 8
    WELCOME = 65
    CREATED = 66
    REFUSED = 67
    PACKET = 68
    PONG = 69
    WANT = 70
    GAP = 71
    DEVICE = 72
    DONE = 73


class LinkError(Exception):
    """The connection is of no use any more, or the box said what it must not say."""


class Refused(LinkError):
    """The box refused a request and said why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field


@dataclass(frozen=True)
class Header:
    """The first 16 bytes of a message from the box."""

    kind: int
    stream: int
    flags: int
    number: int
    length: int


def pack(kind: Kind, number: int, payload_length: int) -> bytes:
    """The header of a message to the box."""
    if payload_length > MAX_TO_BOX:
        raise LinkError(f"a message of {payload_length} bytes is larger than {MAX_TO_BOX}")
    return HEADER.pack(MAGIC, kind, 0, 0, number, payload_length)


def unpack(data: bytes) -> Header:
    """Reads a header; whatever is no header, or announces too much, ends the connection."""
    magic, kind, stream, flags, number, length = HEADER.unpack(data)
    if magic != MAGIC:
        raise LinkError("the other side does not speak the depthai link (wrong magic)")
    if length > MAX_FROM_BOX:
        raise LinkError(f"the box announced a message of {length} bytes; at most {MAX_FROM_BOX} are allowed")
    return Header(kind, stream, flags, number, length)


def read_object(payload: bytes) -> Dict[str, Any]:
    """The JSON object of a message."""
    try:
        value = json.loads(payload.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise LinkError(f"the box sent JSON that cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise LinkError("the box sent JSON that is not an object")
    return value


def refusal(payload: bytes) -> Refused:
    """What a REFUSED says."""
    body = read_object(payload)
    return Refused(str(body.get("field", "")), str(body.get("message", "refused")))
