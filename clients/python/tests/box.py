# SPDX-License-Identifier: Apache-2.0
"""A scripted box: a real server that speaks docs/depthai-link.md, written without the package's own parser."""

import hashlib
import json
import socket
import struct
import threading
import time

HELLO, CREATE, BLOB, COMMAND, THRESHOLD, CONTROL, EEPROM, PING = range(1, 9)
WELCOME, CREATED, REFUSED, PACKET, PONG, WANT, GAP, DEVICE, DONE = range(65, 74)
STREAMS = [
    "meta_d2h", "color", "left", "right", "rectified_left", "rectified_right", "disparity", "depth", "metaout",
    "previewout", "jpegout", "video", "object_tracker",
]  # fmt: skip


def message(kind, payload=b"", number=0, stream=0, flags=0, magic=b"DAI1", length=None):
    """A message, right or wrong."""
    size = len(payload) if length is None else length
    return magic + struct.pack("<BBHII", kind, stream, flags, number, size) + payload


def tail(size, height=0, width=0, kind=21, category=0, instance=0, sequence=1, seconds=5, nano=250_000_000, bpp=1,
         magic=0xCAFEF00D):  # fmt: skip
    """56 bytes of metadata."""
    head = struct.pack("<IIIIIII", kind, height, width, width * bpp, bpp, category, instance)
    return head + struct.pack("<iQQII", sequence, seconds, nano, size, magic)


def layer(name, dimensions, kind="f16", offset=0, order="NCHW", strides=None):
    size = {"f16": 2, "u8": 1, "i32": 4, "f32": 4, "i8": 1}[kind]
    if strides is None:
        strides, step = [], size
        for dimension in reversed(dimensions):
            strides.insert(0, step)
            step *= dimension
    return {"name": name, "order": order, "dimensions": dimensions, "strides": strides, "data_type": kind,
            "offset": offset, "element_size": size}  # fmt: skip


class Client:
    """One connection, seen from the box."""

    def __init__(self, box, connection):
        self.box, self.connection = box, connection
        self.hello, self.creates, self.commands, self.blobs = None, [], [], {}
        self.streams = []
        self.sent = 0
        self.lock = threading.Lock()
        self.open = True

    def send(self, kind, body=b"", number=0, **rest):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.raw(message(kind, data, number, **rest))

    def raw(self, data):
        with self.lock:
            self.connection.sendall(data)

    def packet(self, stream, payload, metadata=None):
        """A packet; `metadata` is the tail, or None for none."""
        self.sent += 1
        self.send(PACKET, payload + (metadata or b""), self.sent, stream=self.streams.index(stream),
                  flags=0 if metadata is None else 1)  # fmt: skip

    def run(self):
        try:
            while True:
                head = self.exactly(16)
                magic, kind, stream, flags, number, length = struct.unpack("<4sBBHII", head)
                assert magic == b"DAI1" and stream == 0 and flags == 0, head
                self.take(kind, number, self.exactly(length))
        except (OSError, EOFError):
            pass
        finally:
            self.open = False
            self.connection.close()

    def exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.connection.recv(min(1 << 20, size - len(data)))
            if not part:
                raise EOFError
            data += part
        return data

    def take(self, kind, number, body):
        box = self.box
        if kind == HELLO:
            self.hello = json.loads(body)
            assert self.hello["protocol"] == 1
            box.greet(self, number)
        elif kind == CREATE:
            self.creates.append((number, json.loads(body)))
            self.consider()
        elif kind == BLOB:
            assert hashlib.sha256(body[32:]).digest() == body[:32]
            self.blobs[body[:32].hex()] = body[32:]
            self.consider()
        elif kind == PING:
            if box.answers_ping:
                self.send(PONG, body, number)
        elif kind == EEPROM:
            box.eeprom.append(json.loads(body))
            if box.refuse_eeprom:
                self.send(REFUSED, {"field": "eeprom", "message": box.refuse_eeprom}, number)
            else:
                self.send(DONE, b"", number)
        else:
            self.commands.append((kind, number, body))
            box.on_command(self, kind, body)

    def consider(self):
        """Answers CREATE when all files are there."""
        number, request = self.creates[-1]
        ai = request.get("ai", {})
        missing = [ai[key] for key in ("blob", "blob2") if key in ai and ai[key] not in self.blobs]
        if missing:
            self.send(WANT, {"blobs": missing[:1] if self.box.one_by_one else missing}, number)
            return
        if self.box.refuse:
            self.send(REFUSED, self.box.refuse, number)
            return
        self.streams = [stream["name"] for stream in request["streams"]]
        answer = {"streams": self.streams, "inputs": self.box.inputs, "outputs": self.box.outputs,
                  "nn_to_depth": {"off_x": 299, "off_y": 59, "max_w": 681, "max_h": 681}}  # fmt: skip
        answer.update(self.box.created)
        self.send(CREATED, answer, number)
        self.box.on_created(self)


class Box:
    """Listens on a free port. What it says can be changed by its attributes."""

    def __init__(self, path=None, port=0):
        self.path = path
        self.clients, self.eeprom = [], []
        self.refuse = self.refuse_eeprom = self.refuse_hello = None
        self.one_by_one = False
        self.answers_ping = True
        self.inputs = [[layer("data", [1, 3, 4, 6])]]
        self.outputs = []
        self.created = {}
        self.config_d2h = {
            "_cams": {"rgb": True, "left": True, "right": True}, "_available_streams": list(STREAMS),
            "_version": "0.1.0", "_usb3": True, "_mx_id": "14442C10", "eeprom": {"version": 5},
        }  # fmt: skip
        self.welcome = {"protocol": 1, "version": "0.1.0", "camera": "front",
                        "cameras": [{"name": "front", "state": "running", "mx_id": "14442C10"},
                                    {"name": "back", "state": "waiting", "mx_id": ""}], "geometry": None}  # fmt: skip
        self.on_created = self.on_command = lambda *arguments: None
        self.greeting = None
        self.start(port)

    def start(self, port):
        if self.path:
            self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.listener.bind(self.path)
            self.listener.listen(32)
        else:
            self.listener = socket.create_server(("127.0.0.1", port), backlog=32)
            self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            client = Client(self, connection)
            self.clients.append(client)
            threading.Thread(target=client.run, daemon=True).start()

    def greet(self, client, number):
        if self.greeting is not None:
            client.raw(self.greeting)
        elif self.refuse_hello:
            client.send(REFUSED, self.refuse_hello, number)
        else:
            client.send(WELCOME, {**self.welcome, "config_d2h": self.config_d2h}, number)

    @property
    def client(self):
        return self.clients[-1]

    def die(self):
        """As if the daemon was killed."""
        # A listener that is only closed goes on accepting while a thread waits in accept.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for client in self.clients:
            try:
                client.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def come_back(self):
        self.start(self.port)


def wait_for(condition, seconds=5.0):
    """Waits until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)
