# SPDX-License-Identifier: Apache-2.0
"""CNNPipeline: where a script fetches its packets."""

from typing import List, Optional, Tuple

from . import devicelog
from .arrays import Bytes
from .framing import Header
from .hostqueue import HostQueue
from .nnet import Networks, NNetPacket, NNetPacketList
from .packets import DataPacket, DataPacketList
from .routes import Routes


class CNNPipeline:
    """A running pipeline. It stays valid when the connection breaks and is made anew."""

    def __init__(self) -> None:
        self._queue = HostQueue()
        self._routes: Optional[Routes] = None

    def get_available_data_packets(self, blocking: bool = False) -> DataPacketList:
        """Everything that has arrived, metaout too; with ``blocking`` waits for the first packet."""
        return DataPacketList(self._queue.take(blocking))

    def get_available_nnet_and_data_packets(self, blocking: bool = False) -> Tuple[NNetPacketList, DataPacketList]:
        """Everything that has arrived, the network's results apart from the rest."""
        found: List[NNetPacket] = []
        rest: List[DataPacket] = []
        for packet in self._queue.take(blocking):
            if packet.stream_name == "metaout":
                found.append(NNetPacket(packet._payload, packet.getMetadata(), self._networks))
            else:
                rest.append(packet)
        return NNetPacketList(found), DataPacketList(rest)

    @property
    def _networks(self) -> Networks:
        return Networks() if self._routes is None else self._routes.networks

    def _follow(self, routes: Routes, paired: bool) -> None:
        """Takes up the streams of a new pipeline of the box; what is left of the old one is gone."""
        self._queue.clear()
        self._queue.paired = paired
        self._routes = routes

    def _deliver(self, header: Header, payload: Bytes) -> None:
        if self._routes is not None:
            for packet in self._routes.packets(header, payload):
                if packet.stream_name == "meta_d2h":
                    devicelog.show(packet.getDataAsStr())
                self._queue.put(packet)

    def _close(self) -> None:
        self._queue.close()
