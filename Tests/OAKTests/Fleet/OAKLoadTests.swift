// SPDX-License-Identifier: Apache-2.0
import Core
import OAK
import Testing

struct OAKLoadTests {
    private func time(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64(seconds * 1e9)) }

    @Test func fiveFallsInTenMinutesLowerItStepByStep() {
        var load = OAKLoad(isOnUSB: true)
        var steps: [OAKLoad.Step] = []
        for fall in 0..<25 {
            if let step = load.fell(at: time(Double(fall) * 100)) { steps.append(step) }
            if fall == 3 { #expect(load.applied(to: OAKSettings()) == OAKSettings()) }
            if fall == 4 {
                let settings = load.applied(to: OAKSettings())
                #expect(settings.usb2 && settings.colorWidth == 640 && settings.framesPerSecond == 30)
            }
        }
        #expect(steps == [.usb2, .noColor, .slow])
        let settings = load.applied(to: OAKSettings())
        #expect(settings.usb2 && settings.colorWidth == 0 && settings.colorHeight == 0 && settings.framesPerSecond == 10)
        #expect(load.applied(to: OAKSettings(framesPerSecond: 5)).framesPerSecond == 5)
    }

    @Test func fallsThatAreFarApartAreNone() {
        var load = OAKLoad(isOnUSB: true)
        for fall in 0..<50 { #expect(load.fell(at: time(Double(fall) * 151)) == nil) }
    }

    @Test func inTheNetworkThereIsNoUSBToSlowDown() {
        var load = OAKLoad(isOnUSB: false)
        var steps: [OAKLoad.Step] = []
        for fall in 0..<10 { if let step = load.fell(at: time(Double(fall))) { steps.append(step) } }
        #expect(steps == [.noColor, .slow])
        #expect(!load.applied(to: OAKSettings()).usb2)
    }
}
