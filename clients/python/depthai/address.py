# SPDX-License-Identifier: Apache-2.0
"""Where the box is: DEPTHAI_HOST, DEPTHD_URL, the local socket, this machine, multicast DNS."""

import os
import socket
from dataclasses import dataclass
from typing import Iterator, List, Optional
from urllib.parse import urlsplit

from .framing import PORT
from .multicast import browse

SOCKET_NAME = "depthai.sock"


@dataclass(frozen=True)
class Address:
    """A Unix socket (``path``) or a host and port."""

    host: str = ""
    port: int = PORT
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return self.path
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def connect(self, timeout: float) -> socket.socket:
        """A connected socket, or OSError."""
        if not self.path:
            return socket.create_connection((self.host, self.port), timeout)
        family = getattr(socket, "AF_UNIX", None)
        if family is None:
            raise OSError(f"this system has no Unix sockets: {self.path}")
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout)
            connection.connect(self.path)
        except BaseException:
            connection.close()
            raise
        return connection


def parse(text: str) -> Address:
    """``host``, ``host:port``, ``[v6]:port``, ``/path/of/socket``, or a URL.

    The port of an http(s) URL is that of the box's web server, not of this link: only the host counts then.
    """
    text = text.strip()
    if text.startswith(("/", "./", "~")):
        return Address(path=os.path.expanduser(text))
    if "://" not in text:
        return _authority(text if text.count(":") < 2 or text.startswith("[") else f"[{text}]", text)
    url = urlsplit(text)
    if url.scheme == "unix":
        return Address(path=url.path)
    if url.scheme in ("http", "https"):
        if not url.hostname:
            raise ValueError(f"no host in {text}")
        return Address(url.hostname)
    return _authority(url.netloc, text)


def _authority(netloc: str, text: str) -> Address:
    url = urlsplit(f"//{netloc}")
    try:
        port = url.port
    except ValueError:
        raise ValueError(f"no port number in {text}") from None
    if not url.hostname:
        raise ValueError(f"no host in {text}")
    return Address(url.hostname, port or PORT)


def given() -> Optional[Address]:
    """The box that the environment names, if it names one."""
    for name in ("DEPTHAI_HOST", "DEPTHD_URL"):
        value = os.environ.get(name, "").strip()
        if value:
            try:
                return parse(value)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
    return None


def local_sockets() -> List[str]:
    """The sockets that a daemon on this machine may have, whether or not they are there."""
    folders = [os.path.join(os.environ["XDG_RUNTIME_DIR"], "depthd")] if os.environ.get("XDG_RUNTIME_DIR") else []
    folders.append("/run/depthd")
    return [os.path.join(folder, SOCKET_NAME) for folder in folders]


def candidates(multicast_time: float) -> Iterator[Address]:
    """Where to look for a box, in this order; a box that the environment names is the only one."""
    named = given()
    if named is not None:
        yield named
        return
    for path in local_sockets():
        if os.path.exists(path):
            yield Address(path=path)
    yield Address("127.0.0.1")
    for host, port in browse(multicast_time):
        yield Address(host, port)
