// SPDX-License-Identifier: Apache-2.0
import Core
import Testing

struct HexDigitsTests {
    @Test func everyByteHasTwoDigits() {
        #expect(HexDigits.of([0x00, 0x0f, 0xf0, 0xff, 0x2a]) == "000ff0ff2a")
        #expect(HexDigits.of([]).isEmpty)
    }
}
