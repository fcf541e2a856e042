// SPDX-License-Identifier: Apache-2.0
import Foundation
import NIOCore
import NIOPosix

/// How every socket of the target is set up.
enum UDPSocket {
    /// - Parameter isV6: an IPv6 socket serves IPv4 too, and wants the option for both.
    static func bootstrap(on group: any EventLoopGroup, isV6: Bool) -> DatagramBootstrap {
        let bootstrap = DatagramBootstrap(group: group)
            // A datagram the kernel does not take at once is soon worth nothing: a dozen may wait, no more.
            .channelOption(.writeBufferWaterMark, value: .init(low: 4 * 1200, high: 12 * 1200))
            // No message to us is longer than a page of Ethernet; a longer one is cut and then refused.
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2048))
            .channelOption(
                ChannelOptions.Types.SocketOption(level: .ip, name: .init(rawValue: IP_MTU_DISCOVER)),
                value: .init(IP_PMTUDISC_DO))
        guard isV6 else { return bootstrap }
        return bootstrap.channelOption(
            ChannelOptions.Types.SocketOption(level: .ipv6, name: .init(rawValue: IPV6_MTU_DISCOVER)),
            value: .init(IPV6_PMTUDISC_DO))
    }
}

/// Whether the clock of this machine follows UTC.
enum SystemClock {
    /// The mark systemd-timesyncd sets once it has reached a time server. Other time services do not set it; the flag is
    /// then left off, which promises less than is true.
    static var isSynchronised: Bool {
        access("/run/systemd/timesync/synchronized", F_OK) == 0
    }
}
