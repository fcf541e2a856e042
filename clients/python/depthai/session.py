# SPDX-License-Identifier: Apache-2.0
"""A session: one camera of the box, one pipeline at most, a watchdog that keeps both alive."""

import contextlib
import sys
import threading
import time
from typing import Any, Dict, List, Optional

from . import framing, plan, textual
from .address import Address, candidates
from .arrays import Bytes
from .console import say, warn
from .framing import Header, Kind, LinkError, Refused
from .geometry import Geometry
from .link import Link
from .pipeline import CNNPipeline
from .plan import Plan
from .routes import Routes
from .timing import times
from .values import OutOfRange, UnknownStream
from .watchdog import Watchdog


class Session:
    """Everything between a script and the box."""

    def __init__(self, generation: str, device: str = "") -> None:
        self.generation = generation
        self.device = device
        self.config_d2h: Dict[str, Any] = {}
        self.geometry = Geometry(None, None)
        self.changed = False
        """Whether another camera is in the place of the first."""
        self.pipeline: Optional[CNNPipeline] = None
        self.link: Optional[Link] = None
        self.last_packet = 0.0
        self.gap = False
        self._gap_since = float("-inf")
        """Whether the box said that packets break off."""
        self.plan: Optional[Plan] = None
        self.working = threading.RLock()
        self._requested: Optional[Plan] = None
        self._routes: Optional[Routes] = None
        self._watchdog: Optional[Watchdog] = None
        self._address: Optional[Address] = None
        self._closed = False

    # Opening and closing

    def open(self, patience: float) -> bool:
        """Looks for a box as long as this; says why there is none."""
        end = time.monotonic() + patience
        while not self._closed:
            trouble = self._try() or self._camera_trouble()
            if trouble is None:
                return True
            if isinstance(trouble, (Refused, ValueError)) or time.monotonic() >= end:
                warn(f"no box: {trouble}")
                return False
            time.sleep(times.between_attempts)
        return False

    def _camera_trouble(self) -> Optional[LinkError]:
        """A camera that does not run yet is no device: what it can do is not known. It is looked for again."""
        name = self.link.welcome.get("camera") if self.link is not None else None
        states = [camera.get("state") for camera in self.cameras() if camera.get("name") == name]
        if self.link is None or states in ([], ["running"]):
            return None
        self.link.close()
        return LinkError(f"the camera {name} does not run ({states[0]})")

    def close(self) -> None:
        """Ends the session. Idempotent."""
        self._closed = True
        if self._watchdog is not None:
            self._watchdog.stop()
        if self.pipeline is not None:
            self.pipeline._close()
        if self.link is not None:
            self.link.close()

    @property
    def connected(self) -> bool:
        return self.link is not None and self.link.alive

    def cameras(self) -> List[Dict[str, Any]]:
        """The box's cameras, as WELCOME lists them."""
        listed = self.link.welcome.get("cameras") if self.link is not None else None
        return [camera for camera in listed if isinstance(camera, dict)] if isinstance(listed, list) else []

    def stereo_or_rgb(self) -> bool:
        """Whether the camera can do anything: not one grey camera alone."""
        cameras = self.config_d2h.get("_cams")
        if not isinstance(cameras, dict):
            return True
        rgb, left, right = (bool(cameras.get(name, True)) for name in ("rgb", "left", "right"))
        return rgb or left == right

    # The pipeline

    def create(self, config: Any) -> Optional[CNNPipeline]:
        """Makes a pipeline of a configuration dictionary. None says that something is wrong, and it was printed."""
        text = textual.printed(config)
        if self.link is None or self._closed:
            print("device is not initialized", flush=True)
            return None
        value = textual.parse(text)
        with self.working:
            if not self.connected and not self.open(times.connect):
                return None
            try:
                made = plan.make(value, self.generation, self.config_d2h)
                self._write_first(made)
                self._request_patiently(made)
            except UnknownStream as error:
                print(error, flush=True)
                return None
            except (OutOfRange, LinkError) as error:
                warn(str(error))
                return None
            say("INIT OK!")
        if self._watchdog is None:
            self._watchdog = Watchdog(self)
            self._watchdog.start()
        return self.pipeline

    def again(self) -> None:
        """Connects anew and makes the saved pipeline. LinkError if that does not work."""
        if self.link is not None:
            self.link.close()
        trouble = self._try()
        if trouble is not None:
            raise LinkError(str(trouble))
        if self.plan is not None:
            self._request(self.plan)

    def nn_to_depth(self) -> Dict[str, int]:
        return {} if self._routes is None else dict(self._routes.nn_to_depth)

    def command(self, kind: Kind, payload: bytes) -> None:
        """Sends a command. Without a pipeline, or without a connection, nothing happens."""
        if self.link is None or self.pipeline is None:
            return
        with contextlib.suppress(LinkError):
            self.link.send(kind, payload)

    def write_eeprom(self, content: Dict[str, Any]) -> None:
        """Writes the EEPROM; what the box says against it is printed."""
        if self.link is None:
            return
        try:
            self.link.request(Kind.EEPROM, content, {}, times.answer)
        except LinkError as error:
            warn(f"the EEPROM was not written: {error}")

    # What the reading thread calls

    def _on_packet(self, header: Header, payload: Bytes) -> None:
        self.last_packet = time.monotonic()
        # A picture that was on its way when the camera went may come after the news of it.
        if self.last_packet - self._gap_since > times.late_packet:
            self.gap = False
        if self.pipeline is not None:
            self.pipeline._deliver(header, payload)

    def _on_event(self, kind: int, number: int, payload: bytes) -> None:
        if kind == Kind.CREATED and self._requested is not None:
            self._routes = Routes(self._requested, framing.read_object(payload))
            self.plan, self._requested = self._requested, None
            if self.pipeline is None:
                self.pipeline = CNNPipeline()
            self.last_packet = time.monotonic()
            self.pipeline._follow(self._routes, self.plan.paired)
        elif kind == Kind.GAP:
            if not self.gap:
                warn(f"packets break off: {framing.read_object(payload).get('reason', '')}")
            self.gap = True
            self._gap_since = time.monotonic()
        elif kind == Kind.DEVICE:
            body = framing.read_object(payload)
            self._learn(body, body.get("geometry"))

    # Inside

    def _try(self) -> Optional[Exception]:
        trouble: Exception = LinkError("none found")
        try:
            places = [self._address] if self._address is not None else candidates(times.multicast)
            for address in places:
                try:
                    link = Link(address, self.device, self._on_packet, self._on_event)
                except Refused as error:
                    return error
                except (OSError, LinkError) as error:
                    trouble = LinkError(f"{address}: {error}")
                    continue
                self.link, self._address, self.gap = link, address, False
                self._learn(link.welcome.get("config_d2h"), link.welcome.get("geometry"))
                self.last_packet = time.monotonic()
                link.start()
                if self._closed:
                    link.close()
                return None
        except ValueError as error:
            return error
        return trouble

    def _learn(self, config_d2h: Any, geometry: Any) -> None:
        if not isinstance(config_d2h, dict):
            return
        before, now = self.config_d2h.get("_mx_id"), config_d2h.get("_mx_id")
        if before is not None and before != now:
            self.changed = True
        self.config_d2h = config_d2h
        if isinstance(geometry, dict) or before != now:
            self.geometry = Geometry(geometry, config_d2h.get("eeprom"))

    def _write_first(self, made: Plan) -> None:
        if made.eeprom:
            self.write_eeprom(made.eeprom)

    def _request_patiently(self, made: Plan) -> None:
        """A camera that is starting is waited for, as the original waited for its device."""
        end = time.monotonic() + times.find_box
        while True:
            try:
                self._request(made)
                return
            except Refused as error:
                if error.field != "device" or time.monotonic() >= end:
                    raise
            time.sleep(times.between_attempts)

    def _request(self, made: Plan) -> None:
        assert self.link is not None
        self._requested = made
        try:
            self.link.request(Kind.CREATE, made.request, made.blobs, times.create)
        finally:
            self._requested = None

    def running_geometry(self) -> Geometry:
        """The geometry at the resolution that runs; at 1280x800 before there is a pipeline."""
        return self.geometry if self.plan is None else self.geometry.at(self.plan.configuration.mono.height)


def show_devices(session: Session) -> None:
    """Prints the box's cameras and ends the process, as the original does for the device "list"."""
    found = session.cameras()
    print(f"Detected {len(found)} device(s)")
    for camera in found:
        print("  " + "  ".join(str(camera[key]) for key in ("name", "mx_id", "state") if camera.get(key)))
    session.close()
    sys.exit(0)
