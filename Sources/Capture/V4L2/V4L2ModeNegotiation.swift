// SPDX-License-Identifier: Apache-2.0
import V4L2

/// What is wanted of a device's picture.
struct V4L2ModeRequest: Sendable, Hashable {
    /// Of the whole picture as it is to be delivered; nil for what the device is set to.
    var size: V4L2Size?
    var framesPerSecond: Double
    /// Empty for the cheapest.
    var formats: [V4L2Format]
    var isColor: Bool

    /// Whole pictures a device may send for this request: its size, and twice, four and eight times as much, which a JPEG
    /// is reduced by while it is decoded.
    var sizes: [V4L2Size] {
        guard let size else { return [] }
        return [1, 2, 4, 8].map { V4L2Size(width: size.width * $0, height: size.height * $0) }
    }

    var description: String {
        let form = formats.isEmpty ? "" : ", \(formats.map(\.rawValue).joined(separator: " or "))"
        return (size.map { "\($0.width)x\($0.height)" } ?? "any size") + " at \(rateText(framesPerSecond))\(form)"
    }
}

/// What a device is to be set to.
struct V4L2ModeChoice: Sendable, Hashable {
    var format: V4L2Format
    var size: V4L2Size
    var framesPerSecond: Double
    /// Divisor of width and height at which JPEG pictures are decoded.
    var reduction: Int
}

/// Chooses among what a device offers. Pure.
enum V4L2ModeNegotiation {
    /// A rate this much lower still counts: 29.97 for 30.
    private static let slack = 0.99

    /// - Parameter current: the size the device is set to.
    /// - Returns: nil when it has nothing that fits.
    static func choose(_ request: V4L2ModeRequest, from offers: [V4L2Mode], current: V4L2Size?) -> V4L2ModeChoice? {
        let order = request.formats.isEmpty ? V4L2Format.byCost(color: request.isColor) : request.formats
        let size = request.size ?? preferred(offers.filter { $0.format.map(order.contains) ?? false }, current: current)
        guard let size else { return nil }
        for reduction in [1, 2, 4, 8] {
            let candidates = offers.compactMap { offer -> (rank: Int, choice: V4L2ModeChoice)? in
                guard let format = offer.format, let rank = order.firstIndex(of: format), reduction == 1 || format == .mjpeg,
                    offer.width == size.width * reduction, offer.height == size.height * reduction
                else { return nil }
                let rate = rate(for: request.framesPerSecond, among: offer.rates)
                return (
                    rank,
                    V4L2ModeChoice(
                        format: format, size: V4L2Size(width: offer.width, height: offer.height), framesPerSecond: rate,
                        reduction: reduction)
                )
            }
            if let best = best(candidates, request) { return best }
        }
        return nil
    }

    /// The size the device is set to, if it is on offer; else the largest up to Full HD.
    private static func preferred(_ offers: [V4L2Mode], current: V4L2Size?) -> V4L2Size? {
        let sizes = offers.map { V4L2Size(width: $0.width, height: $0.height) }
        if let current, sizes.contains(current) { return current }
        func area(_ size: V4L2Size) -> Int { size.width * size.height }
        return sizes.filter { area($0) <= 1920 * 1080 }.max { area($0) < area($1) } ?? sizes.min { area($0) < area($1) }
    }

    /// The slowest rate that reaches the request, or the fastest there is; the request itself when the driver does not say.
    private static func rate(for request: Double, among rates: [Double]) -> Double {
        rates.last { $0 >= request * slack } ?? rates.first ?? request
    }

    /// An owner's order of formats is followed to the letter; else rate comes before cost.
    private static func best(_ candidates: [(rank: Int, choice: V4L2ModeChoice)], _ request: V4L2ModeRequest) -> V4L2ModeChoice? {
        let byRank = candidates.sorted { $0.rank < $1.rank }
        if !request.formats.isEmpty { return byRank.first?.choice }
        if let reaching = byRank.first(where: { $0.choice.framesPerSecond >= request.framesPerSecond * slack }) {
            return reaching.choice
        }
        return byRank.max { $0.choice.framesPerSecond < $1.choice.framesPerSecond }?.choice
    }

    /// What a device has, in one line: sizes by format, each with its highest rate.
    static func summary(_ offers: [V4L2Mode], limit: Int = 24) -> String {
        var parts: [String] = []
        var codes: [String] = []
        for offer in offers where !codes.contains(offer.code) { codes.append(offer.code) }
        var left = limit
        for code in codes {
            let sizes = offers.filter { $0.code == code }
            let shown = sizes.prefix(left).map { "\($0.width)x\($0.height)" + ($0.rates.first.map { "@\(rateText($0))" } ?? "") }
            left -= shown.count
            guard !shown.isEmpty else { continue }
            parts.append("\(code) \(shown.joined(separator: " "))\(shown.count < sizes.count ? " …" : "")")
        }
        return parts.isEmpty ? "nothing" : parts.joined(separator: "; ")
    }
}

/// A rate without a needless fraction.
func rateText(_ rate: Double) -> String {
    rate == rate.rounded() ? "\(Int(rate))" : "\((rate * 100).rounded() / 100)"
}
