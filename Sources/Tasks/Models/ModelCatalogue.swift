// SPDX-License-Identifier: Apache-2.0

/// Public models that are known to work in a role. A list, not a download: nothing of them is part of this project, and
/// whoever installs one accepts its licence.
public enum ModelCatalogue {
    /// One file at one place, checked byte for byte.
    public struct Entry: Sendable, Hashable {
        /// The name to install it by.
        public var name: String
        public var role: ModelRole
        /// What its outputs are like, in a manifest's words.
        public var family: String
        /// As stated where the file comes from.
        public var licence: String
        public var bytes: Int
        /// Lower-case hexadecimal digits.
        public var sha256: String
        /// Where this very file was found; the address names the commit.
        public var source: String
        /// What to know before choosing it.
        public var note: String
    }

    private static let github = "https://raw.githubusercontent.com/"

    public static let entries: [Entry] = [
        Entry(
            name: "fastestdet", role: .detection, family: "fastestdet", licence: "BSD-3-Clause", bytes: 998_169,
            sha256: "31cb14c017fce347cb4c846ec62fdf00d76bb3beecdf4be21e7116ac67feb880",
            source: github
                + "dog-qiuqiu/FastestDet/50473cd155cb088aa4a99e64ff6a4b3c24fa07e1/example/onnx-runtime/FastestDet.onnx",
            note: "COCO's 80 objects; the fastest one here, weak on small objects"),
        Entry(
            name: "yolox-nano", role: .detection, family: "yolox", licence: "Apache-2.0 (upstream; the source states none)",
            bytes: 3_678_356, sha256: "e8af074932d4ed7e232278e3055cefcdea3edf178874a3694ae292649fb464dd",
            source: github
                + "Bigisland1729/object-detection-models/7f3f2fa34b351e3d2af150893458106ad3f3a84f/yolox_nano.onnx",
            note: "COCO's 80 objects; the better boxes of the small ones"),
        Entry(
            name: "yunet", role: .faceDetection, family: "yunet", licence: "Apache-2.0", bytes: 317_434,
            sha256: "81dbde155e982455488235acb8ec2dec5d647edf7cf7080d33e4abb69b93a0d2",
            source: github
                + "ShiqiYu/libfacedetection.train/0047ac24afb1a50a0c6105001c89d1b5b805dbf1/onnx/yunet_n_320_320.onnx",
            note: "gives the five landmarks that recognition aligns faces by"),
        Entry(
            name: "ultraface-rfb-320", role: .faceDetection, family: "ultraface", licence: "MIT", bytes: 1_270_727,
            sha256: "34cd7e60aeff28744c657de7a3dc64e872d506741de66987f3426f2b79f88017",
            source: github
                + "Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB/dffdddda9794a50607cba8f318507a28c1c27cab/models/onnx/"
                + "version-RFB-320.onnx",
            note: "no landmarks: recognition is weaker with it"),
        Entry(
            name: "hyperlpr-y5fu-320", role: .plateDetection, family: "yolov5", licence: "Apache-2.0", bytes: 2_343_161,
            sha256: "2a985dc63a5cc947ec36d18503d6fc0fd54525b9dba17f2fe29a71e86b44456d",
            source: github
                + "szad670401/HyperLPR/58ad4ef736fec5289e8c8cb842e066e70c4672c3/resource/models/onnx/y5fu_320x_sim.onnx",
            note: "plates of one and two lines with their four corners; trained on Chinese plates, finds others too"),
        Entry(
            name: "super-resolution-10", role: .superResolution, family: "raw", licence: "Apache-2.0 (ONNX model zoo)",
            bytes: 240_078, sha256: "85f36ff88cc504a24af5e0602148bc56a8aa09a58eca8c0da2756f3e8186035e",
            source: github
                + "codeproject/CodeProject.AI-SuperResolution/e101381406a6d4ced4abbe48971254c2276c7be7/assets/"
                + "super-resolution-10.onnx",
            note: "three times as large; the original server's own model"),
    ]
}
