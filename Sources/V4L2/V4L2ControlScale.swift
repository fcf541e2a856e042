// SPDX-License-Identifier: Apache-2.0

/// Maps our values to a device's control and back. Pure.
package struct V4L2ControlScale: Sendable, Hashable {
    package let minimum: Int
    package let maximum: Int
    package let step: Int
    /// Where a scale of -10...10 has its 0.
    package let middle: Int

    /// - Parameter own: the owner's value, where the settings have one; else the camera's own is the middle.
    package init(_ control: V4L2Control, own: Int? = nil) {
        minimum = control.minimum
        maximum = control.maximum
        step = max(1, control.step)
        middle = min(maximum, max(minimum, own ?? control.standard))
    }

    /// The nearest value the device takes.
    package func nearest(_ value: Double) -> Int {
        let inside = min(Double(maximum), max(Double(minimum), value))
        let steps = ((inside - Double(minimum)) / Double(step)).rounded()
        // The end may lie between two steps.
        return min(minimum + Int(steps) * step, minimum + (maximum - minimum) / step * step)
    }

    /// -10 is the minimum, 0 the middle, 10 the maximum, straight between them.
    package func value(ofTenths tenths: Int) -> Int {
        let share = Double(tenths) / 10
        let room = share < 0 ? middle - minimum : maximum - middle
        return nearest(Double(middle) + share * Double(room))
    }

    package func tenths(of value: Int) -> Int {
        let room = value < middle ? middle - minimum : maximum - middle
        guard room > 0 else { return 0 }
        return min(10, max(-10, Int((Double(value - middle) * 10 / Double(room)).rounded())))
    }

    /// The ends of `range` are the control's, straight between them.
    package func value(of wish: Double, in range: ClosedRange<Double>) -> Int {
        let share = (wish - range.lowerBound) / (range.upperBound - range.lowerBound)
        return nearest(Double(minimum) + share * Double(maximum - minimum))
    }

    package func share(of value: Int, in range: ClosedRange<Double>) -> Double {
        guard maximum > minimum else { return range.lowerBound }
        let share = min(1, max(0, Double(value - minimum) / Double(maximum - minimum)))
        return range.lowerBound + share * (range.upperBound - range.lowerBound)
    }
}
