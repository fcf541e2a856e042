// SPDX-License-Identifier: Apache-2.0

/// How a device is doing. It has no time of its own.
public struct DeviceSystemInformation: Sendable, Hashable, NOPRepresentable {
    public var ddr: DeviceMemory
    public var cmx: DeviceMemory
    public var cssHeap: DeviceMemory
    public var mssHeap: DeviceMemory
    public var cssLoad: DeviceLoad
    public var mssLoad: DeviceLoad
    public var temperatures: DeviceTemperatures

    public init(
        ddr: DeviceMemory, cmx: DeviceMemory, cssHeap: DeviceMemory, mssHeap: DeviceMemory, cssLoad: DeviceLoad,
        mssLoad: DeviceLoad, temperatures: DeviceTemperatures
    ) {
        self.ddr = ddr
        self.cmx = cmx
        self.cssHeap = cssHeap
        self.mssHeap = mssHeap
        self.cssLoad = cssLoad
        self.mssLoad = mssLoad
        self.temperatures = temperatures
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("system information", fields: 7)
        ddr = try DeviceMemory(&decoder)
        cmx = try DeviceMemory(&decoder)
        cssHeap = try DeviceMemory(&decoder)
        mssHeap = try DeviceMemory(&decoder)
        cssLoad = try DeviceLoad(&decoder)
        mssLoad = try DeviceLoad(&decoder)
        temperatures = try DeviceTemperatures(&decoder)
        try decoder.skip(surplus)
    }

    public var nop: NOPValue {
        .structure([ddr.nop, cmx.nop, cssHeap.nop, mssHeap.nop, cssLoad.nop, mssLoad.nop, temperatures.nop])
    }
}

/// One of a device's memories, in bytes.
public struct DeviceMemory: Sendable, Hashable, NOPRepresentable {
    public var remaining: Int64
    public var used: Int64
    public var total: Int64

    public init(remaining: Int64, used: Int64, total: Int64) {
        self.remaining = remaining
        self.used = used
        self.total = total
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("memory", fields: 3)
        remaining = try decoder.integer("memory.remaining")
        used = try decoder.integer("memory.used")
        total = try decoder.integer("memory.total")
        try decoder.skip(surplus)
    }

    public var nop: NOPValue { .structure([.signed(remaining), .signed(used), .signed(total)]) }
}

/// How busy one of a device's processors is.
public struct DeviceLoad: Sendable, Hashable, NOPRepresentable {
    /// 0...1.
    public var average: Float
    /// Over how long.
    public var milliseconds: Int32

    public init(average: Float, milliseconds: Int32) {
        self.average = average
        self.milliseconds = milliseconds
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("load", fields: 2)
        average = try decoder.float("load.average")
        milliseconds = try decoder.integer("load.ms")
        try decoder.skip(surplus)
    }

    public var nop: NOPValue { .structure([.float(average), .signed(Int64(milliseconds))]) }
}

/// How warm the parts of a device's chip are, in degrees Celsius.
public struct DeviceTemperatures: Sendable, Hashable, NOPRepresentable {
    public var css: Float
    public var mss: Float
    public var upa: Float
    public var dss: Float
    public var average: Float

    public init(css: Float, mss: Float, upa: Float, dss: Float, average: Float) {
        self.css = css
        self.mss = mss
        self.upa = upa
        self.dss = dss
        self.average = average
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("temperatures", fields: 5)
        css = try decoder.float("temperatures.css")
        mss = try decoder.float("temperatures.mss")
        upa = try decoder.float("temperatures.upa")
        dss = try decoder.float("temperatures.dss")
        average = try decoder.float("temperatures.average")
        try decoder.skip(surplus)
    }

    public var nop: NOPValue { .floats(css, mss, upa, dss, average) }
}
