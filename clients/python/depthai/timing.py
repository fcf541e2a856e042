# SPDX-License-Identifier: Apache-2.0
"""How long things may take. One object, so that tests and impatient scripts can change it."""

from dataclasses import dataclass


@dataclass
class Times:
    """Seconds."""

    find_box: float = 10.0
    """init_device and Device look this long for a box."""
    connect: float = 5.0
    """One attempt to connect, and the box's answer to HELLO."""
    between_attempts: float = 0.25
    multicast: float = 0.7
    """One look around by multicast DNS."""
    create: float = 120.0
    """From CREATE to CREATED; a network may have to be loaded."""
    answer: float = 10.0
    """Any other answer."""
    silence_a: float = 6.0
    """The watchdog of the first API: no packet for this long."""
    silence_c: float = 5.0
    """The watchdog of Device."""
    pong: float = 2.0
    late_packet: float = 1.0
    """So long after the news that the camera is away a packet may still be one from before."""
    reconnect: float = 30.0
    """After the watchdog: no box for this long ends the process with code 9."""
    poll: float = 0.1
    """The watchdog looks this often."""
    nap: float = 0.001
    """A call that asks an empty queue waits this long for a packet, so that a script that polls does not spin."""
    send: float = 20.0
    """A box that takes no byte for this long is lost."""


times = Times()
