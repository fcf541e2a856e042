// SPDX-License-Identifier: Apache-2.0

/// The characters of plate text models that say nothing about them themselves.
enum PlateAlphabet {
    /// LPRNet for Chinese plates: provinces, digits, letters; the last class is the blank.
    static let lprnet: [String] =
        "京沪津渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新0123456789ABCDEFGHJKLMNPQRSTUVWXYZIO-".map { String($0) }
}
