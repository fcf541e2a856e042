// SPDX-License-Identifier: Apache-2.0
package import Core
package import XLink

extension DeviceHealth {
    /// nil for figures that cannot be.
    package init?(_ report: DeviceSystemInformation) {
        let degrees = report.temperatures
        guard
            [degrees.css, degrees.mss, degrees.upa, degrees.dss, degrees.average].allSatisfy({ abs($0) < 1000 }),
            report.cssLoad.average.isFinite, report.mssLoad.average.isFinite
        else { return nil }
        self.init(
            temperatures: Temperatures(
                css: degrees.css.rounded(toDigits: 1), mss: degrees.mss.rounded(toDigits: 1),
                upa: degrees.upa.rounded(toDigits: 1), dss: degrees.dss.rounded(toDigits: 1),
                average: degrees.average.rounded(toDigits: 1)),
            load: Load(css: report.cssLoad.fraction, mss: report.mssLoad.fraction),
            memory: Memories(
                ddr: Memory(report.ddr), cmx: Memory(report.cmx), cssHeap: Memory(report.cssHeap),
                mssHeap: Memory(report.mssHeap)))
    }
}

extension DeviceHealth.Memory {
    fileprivate init(_ memory: DeviceMemory) {
        self.init(used: max(0, Int(clamping: memory.used)), total: max(0, Int(clamping: memory.total)))
    }
}

extension DeviceLoad {
    fileprivate var fraction: Double { min(max(0, average), 1).rounded(toDigits: 3) }
}

extension Float {
    /// The camera's numbers have no more digits that mean anything.
    fileprivate func rounded(toDigits digits: Int) -> Double {
        let unit = digits == 1 ? 10.0 : 1000.0
        return (Double(self) * unit).rounded() / unit
    }
}
