# SPDX-License-Identifier: Apache-2.0
"""A connection to the box: a thread that reads, requests that wait for their answers."""

import contextlib
import json
import queue
import socket
import threading
import time
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np

from . import framing
from .address import Address
from .arrays import Bytes
from .framing import Header, Kind, LinkError
from .timing import times

PacketSink = Callable[[Header, Bytes], None]
EventSink = Callable[[int, int, bytes], None]
Answer = Tuple[int, bytes]

_RECEIVE_BUFFER = 4 * 1024 * 1024
_SLICE = 0.5
_SEND_CHUNK = 256 * 1024


class Link:
    """One connection.

    ``on_packet`` and ``on_event`` are called by the reading thread, in the order of arrival. ``on_event`` gets CREATED
    before its requester does, so that the first packet finds its stream.
    """

    def __init__(self, address: Address, device: str, on_packet: PacketSink, on_event: EventSink) -> None:
        self.address = address
        self.error: Optional[str] = None
        self._on_packet = on_packet
        self._on_event = on_event
        self._closed = threading.Event()
        self._sending = threading.Lock()
        self._waiting: Dict[int, "queue.SimpleQueue[Answer]"] = {}
        self._last_number = 0
        self._socket = address.connect(times.connect)
        try:
            self._prepare()
            self.welcome = self._greet(device)
        except BaseException:
            self._socket.close()
            raise
        self._reader = threading.Thread(target=self._read, name="depthai link", daemon=True)

    def start(self) -> None:
        """Starts the reading thread."""
        self._reader.start()

    @property
    def alive(self) -> bool:
        return not self._closed.is_set()

    def close(self) -> None:
        """Ends the connection; waiting requests fail. Packets on their way are lost."""
        self._lose("closed")
        if self._reader.ident is None:
            self._socket.close()
        elif threading.current_thread() is not self._reader:
            self._reader.join(2 * _SLICE)

    def send(self, kind: Kind, payload: bytes, number: int = 0) -> None:
        """Sends a message; LinkError when the connection is lost."""
        header = framing.pack(kind, number, len(payload))
        with self._sending:
            if self._closed.is_set():
                raise LinkError(f"no connection to the box ({self.error})")
            try:
                if len(payload) <= 4096:
                    self._send_all(header + payload)
                else:
                    self._send_all(header)
                    self._send_all(payload)
            except OSError as error:
                self._lose(str(error))
                raise LinkError(f"the connection to the box broke: {error}") from None

    def request(self, kind: Kind, body: Dict[str, Any], blobs: Dict[str, bytes], timeout: float) -> Answer:
        """Sends JSON and waits for its answer; gives the box the files it wants meanwhile.

        Raises Refused when the box refuses, LinkError when nothing comes of it.
        """
        payload = json.dumps(body, separators=(",", ":"), allow_nan=False).encode("utf-8")
        return self._ask(kind, payload, blobs, timeout)

    def ping(self, timeout: float) -> bool:
        """Whether the box answers."""
        try:
            return self._ask(Kind.PING, b"depthai", {}, timeout)[0] == Kind.PONG
        except LinkError:
            return False

    def _ask(self, kind: Kind, payload: bytes, blobs: Dict[str, bytes], timeout: float) -> Answer:
        with self._sending:
            self._last_number = self._last_number % 0xFFFFFFFF + 1
            number = self._last_number
            answers: "queue.SimpleQueue[Answer]" = queue.SimpleQueue()
            self._waiting[number] = answers
        try:
            self.send(kind, payload, number)
            end = time.monotonic() + timeout
            while True:
                try:
                    answer, body = answers.get(timeout=min(_SLICE, max(0.0, end - time.monotonic())))
                except queue.Empty:
                    if self._closed.is_set():
                        raise LinkError(f"the connection to the box broke: {self.error}") from None
                    if time.monotonic() >= end:
                        raise LinkError(f"the box did not answer within {timeout:g} s") from None
                    continue
                if answer == Kind.REFUSED:
                    raise framing.refusal(body)
                if answer != Kind.WANT:
                    return answer, body
                self._give(framing.read_object(body), blobs, number)
                end = time.monotonic() + timeout
        finally:
            self._waiting.pop(number, None)

    def _give(self, want: Dict[str, Any], blobs: Dict[str, bytes], number: int) -> None:
        wanted = want.get("blobs")
        for name in wanted if isinstance(wanted, list) else []:
            if name not in blobs:
                raise LinkError(f"the box wants a file that this pipeline does not have: {name}")
            self.send(Kind.BLOB, bytes.fromhex(name) + blobs[name], number)

    def _prepare(self) -> None:
        connection = self._socket
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        if not self.address.path:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
                if hasattr(socket, option):
                    connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)

    def _greet(self, device: str) -> Dict[str, Any]:
        hello = {"protocol": framing.VERSION, "client": "depthai (Python)", "device": device}
        payload = json.dumps(hello).encode("utf-8")
        end = time.monotonic() + times.connect
        self._socket.settimeout(_SLICE)
        self._send_all(framing.pack(Kind.HELLO, 1, len(payload)) + payload)
        head = bytearray(framing.HEADER.size)
        while True:
            self._fill(memoryview(head), end)
            header = framing.unpack(bytes(head))
            body = bytearray(header.length)
            self._fill(memoryview(body), end)
            if header.kind == Kind.REFUSED:
                raise framing.refusal(bytes(body))
            if header.kind == Kind.WELCOME:
                return framing.read_object(bytes(body))

    def _read(self) -> None:
        reason = "the box ended the connection"
        head = bytearray(framing.HEADER.size)
        view = memoryview(head)
        try:
            while not self._closed.is_set():
                self._fill(view)
                header = framing.unpack(bytes(head))
                payload: Bytes = np.empty(header.length, np.uint8)
                self._fill(payload.data)
                if header.kind == Kind.PACKET:
                    self._on_packet(header, payload)
                else:
                    self._take(header, payload.tobytes())
        except (LinkError, OSError) as error:
            reason = str(error) or reason
        except MemoryError:
            reason = "no memory for a packet"
        finally:
            self._lose(reason)
            self._socket.close()

    def _take(self, header: Header, payload: bytes) -> None:
        self._on_event(header.kind, header.number, payload)
        if header.kind not in (Kind.CREATED, Kind.REFUSED, Kind.PONG, Kind.WANT, Kind.DONE):
            return
        waiting = self._waiting.get(header.number)
        # Without a number they answer the only question. Not so REFUSED: that may be about a command.
        if header.number == 0 and header.kind in (Kind.CREATED, Kind.WANT) and len(self._waiting) == 1:
            waiting = next(iter(self._waiting.values()), None)
        if waiting is not None:
            waiting.put((header.kind, payload))

    def _fill(self, view: memoryview, end: Optional[float] = None) -> None:
        """Reads until ``view`` is full."""
        done, size = 0, len(view)
        while done < size:
            try:
                count = self._socket.recv_into(view[done:])
            except (socket.timeout, BlockingIOError, InterruptedError):
                if self._closed.is_set():
                    raise LinkError(self.error or "closed") from None
                if end is not None and time.monotonic() > end:
                    raise LinkError(f"{self.address} does not answer") from None
                continue
            if count == 0:
                raise LinkError("the box ended the connection")
            done += count

    def _send_all(self, data: bytes) -> None:
        view = memoryview(data)
        end = time.monotonic() + times.send
        while view:
            try:
                count = self._socket.send(view[:_SEND_CHUNK])
            except (socket.timeout, BlockingIOError, InterruptedError):
                if self._closed.is_set() or time.monotonic() > end:
                    raise OSError("the box takes nothing") from None
                continue
            view = view[count:]
            end = time.monotonic() + times.send

    def _lose(self, reason: str) -> None:
        if self._closed.is_set():
            return
        self.error = reason
        self._closed.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
