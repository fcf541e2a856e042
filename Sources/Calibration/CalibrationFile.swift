// SPDX-License-Identifier: Apache-2.0
public import Core

/// Reads stereo calibrations in every form they come in, and writes depthd's own.
///
/// | form | told by | remarks |
/// |---|---|---|
/// | depthd YAML | `depthd_calibration` | see `packaging/calibration-example.yml` |
/// | EEPROM JSON of gen2 devices | `cameraData` | lengths in cm, poses chained from socket to socket |
/// | OpenCV stereo JSON | `K1` | K1 D1 K2 D2 R T (mm) or T_squares, optional R1 R2, `image_size` |
/// | gen1 board JSON | `board_config` | no calibration: ideal cameras with the board's fields of view and distances |
/// | gen1 homography | 36 or 37 bytes | right → left at 1280×720; fields of view and baseline from the options |
/// | gen1 `.calib` | 444 or 445 bytes | 111 float32, little-endian; left and right at 1280×800, colour at 1920×1080 |
///
/// Every number is checked; the result always rectifies.
public enum CalibrationFile {
    /// Larger files are refused unread.
    public static let longestBytes = 1 << 20

    /// Reads a calibration.
    /// - Parameters:
    ///   - bytes: the whole file; may be anything.
    ///   - name: what errors call the file.
    ///   - options: what some forms leave open.
    /// - Throws: `CalibrationError` naming file, field and remedy.
    public static func read(_ bytes: [UInt8], name: String, options: CalibrationOptions = CalibrationOptions())
        throws(CalibrationError) -> StereoCalibration
    {
        let calibration = try unchecked(bytes, name: name, options: options)
        try CalibrationCheck(file: name).check(calibration)
        return calibration
    }

    /// Reads a gen1 board description as it stands in the file. For tests; a camera needs the calibration made from it.
    /// - Throws: `CalibrationError`, also when the file is a calibration of another form.
    public static func readBoard(_ bytes: [UInt8], name: String) throws(CalibrationError) -> CalibrationBoard {
        let root = try CalibrationNode.parse(bytes, file: name)
        guard let board = root["board_config"] else {
            throw .missing(file: name, field: "board_config", remedy: "give a gen1 board JSON")
        }
        return try CalibrationBoard(board, path: "board_config", file: name)
    }

    private static func unchecked(_ bytes: [UInt8], name: String, options: CalibrationOptions) throws(CalibrationError)
        -> StereoCalibration
    {
        guard !bytes.isEmpty, bytes.count <= longestBytes else {
            throw .unknownForm(file: name, reason: bytes.isEmpty ? "it is empty" : "it is longer than \(longestBytes) bytes")
        }
        let isText = bytes.allSatisfy { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        if !isText || bytes.count == 36 || bytes.count == 37 {
            switch bytes.count {
            case CalibrationGen1.homographyBytes, CalibrationGen1.homographyBytes + 1:
                return try CalibrationGen1(bytes, file: name).homography(options)
            case CalibrationGen1.fullBytes, CalibrationGen1.fullBytes + 1:
                return try CalibrationGen1(bytes, file: name).full()
            default: throw .unknownForm(file: name, reason: "\(bytes.count) bytes that are not text")
            }
        }
        let root = try CalibrationNode.parse(bytes, file: name)
        if root[CalibrationYAML.versionKey] != nil { return try CalibrationYAML(file: name).read(root) }
        if root["cameraData"] != nil { return try CalibrationEEPROM(root, file: name).calibration() }
        if root["K1"] != nil { return try CalibrationOpenCV(root, file: name).calibration(options) }
        if let board = root["board_config"] {
            return try CalibrationBoard(board, path: "board_config", file: name).idealCalibration(options)
        }
        throw .unknownForm(file: name, reason: "it has none of the keys depthd_calibration, cameraData, K1, board_config")
    }
}

/// What some forms of calibration leave open.
public struct CalibrationOptions: Sendable, Hashable {
    /// Of each grey camera, for gen1 homographies: 71.86° on every gen1 board. 10...170.
    public var horizontalFieldOfViewDegrees: Double
    /// Between the grey cameras, for gen1 homographies: 75 mm, or 90 mm on boards with free camera modules.
    public var baselineMillimetres: Double
    /// Size of the pictures an OpenCV calibration was made with, when the file does not say.
    public var pictureSize: (width: Int, height: Int)? {
        get { pictureWidth.flatMap { width in pictureHeight.map { (width, $0) } } }
        set { (pictureWidth, pictureHeight) = (newValue?.width, newValue?.height) }
    }
    /// Side of a chessboard square, for OpenCV calibrations whose translation is in squares.
    public var squareMillimetres: Double?

    private var pictureWidth: Int?
    private var pictureHeight: Int?

    public init(
        horizontalFieldOfViewDegrees: Double = 71.86, baselineMillimetres: Double = 75,
        pictureSize: (width: Int, height: Int)? = nil, squareMillimetres: Double? = nil
    ) {
        self.horizontalFieldOfViewDegrees = horizontalFieldOfViewDegrees
        self.baselineMillimetres = baselineMillimetres
        self.squareMillimetres = squareMillimetres
        pictureWidth = pictureSize?.width
        pictureHeight = pictureSize?.height
    }
}
