// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Codec
import Core
import Foundation
import V4L2

/// One device, opened and set up; it streams once a `V4L2BufferQueue` is made of its port.
final class V4L2CameraDevice {
    let port: V4L2Device
    let agreement: V4L2Agreement
    let picture: V4L2PictureLayout
    let unpacker: V4L2Unpacker

    /// Opens a device and comes to an agreement with it.
    /// - Parameters:
    ///   - setting: names the camera in errors.
    ///   - lenses: 1, or 2 for both lenses in one picture.
    init(
        _ settings: V4L2Camera, setting: String, lenses: Int, pixels: PixelFormat, system: any V4L2System
    ) throws(CaptureError) {
        let node = settings.node
        port = try V4L2CameraDevice.open(node, setting: setting, system)
        do {
            let identity = try port.identity()
            try V4L2CameraDevice.check(identity, node)
            let request = V4L2CameraDevice.request(settings, lenses: lenses, isColor: pixels == .bgr24)
            let current = try port.picture()
            let reader = try V4L2ModeReader(port, wanted: request.sizes)
            let choice = V4L2ModeNegotiation.choose(
                request, from: reader.offers, current: V4L2Size(width: current.width, height: current.height))
            let offered = V4L2ModeNegotiation.summary(reader.offers)
            guard let choice else {
                throw CaptureError.unusable(what: "\(setting) \(node): \(request.description)", remedy: "it offers \(offered)")
            }
            // Listing them takes a camera some milliseconds each, so not while depthd waits for a lost camera.
            let notes = settings.controls.isEmpty ? [] : try V4L2Controls(port).set(settings.controls, node: node)
            let setup = try V4L2CameraDevice.setUp(port, choice, lenses: lenses, node: node)
            picture = setup.picture
            unpacker = try V4L2Unpacker(
                format: setup.format, picture: setup.picture, reduction: choice.reduction, lenses: lenses, pixels: pixels,
                significantBits: settings.significantBits)
            agreement = V4L2Agreement(
                node: node, driver: identity.driver, card: identity.card, asked: request.description, offered: offered,
                format: setup.format, width: setup.picture.width, height: setup.picture.height,
                framesPerSecond: setup.framesPerSecond, reduction: choice.reduction, notes: reader.notes + notes + setup.notes)
        } catch let error as CaptureError {
            throw error
        } catch let failure as V4L2CallError {
            throw V4L2CameraDevice.error(failure, node)
        } catch let lie as V4L2InvalidReply {
            throw .unusable(what: "\(setting) \(node)", remedy: "use another format or camera: \(lie.reason)")
        } catch {
            throw .unusable(what: "\(setting) \(node)", remedy: "\(error)")
        }
    }

    /// Bytes a whole picture has at least.
    var neededBytes: Int {
        agreement.format.byteCount(width: picture.width, height: picture.height, stride: picture.stride)
    }

    /// What a failed call means: the device is gone, taken, or cannot do it.
    static func error(_ failure: V4L2CallError, _ node: String) -> CaptureError {
        guard failure.errno != EBUSY else {
            return .unusable(what: node, remedy: "another program uses it: stop that program (fuser -v \(node) names it)")
        }
        return .lost("\(node): \(failure)")
    }

    private static func open(_ node: String, setting: String, _ system: any V4L2System) throws(CaptureError) -> V4L2Device {
        do {
            return V4L2Device(try system.open(node))
        } catch {
            switch error.errno {
            case EACCES, EPERM:
                throw .unusable(what: "\(setting) \(node)", remedy: V4L2Access.remedy(node, error.errno))
            case ENOTTY:
                throw .unusable(what: "\(setting) \(node)", remedy: "name a video node; this is something else")
            case EBUSY: throw V4L2CameraDevice.error(error, node)
            // Not there (yet): it may be plugged in later.
            default: throw .lost("\(node): \(error)")
            }
        }
    }

    private static func check(_ identity: V4L2Identity, _ node: String) throws(CaptureError) {
        if identity.isPlanarOnly {
            throw .unusable(
                what: node, remedy: "use a USB camera: this one (\(identity.driver)) has the multi-planar interface only")
        }
        guard identity.isCapture, identity.streams else {
            throw .unusable(
                what: node,
                remedy: "this node of \(identity.card) delivers no pictures: name the one that does, often the node before it"
            )
        }
    }

    private static func request(_ settings: V4L2Camera, lenses: Int, isColor: Bool) -> V4L2ModeRequest {
        V4L2ModeRequest(
            size: settings.width > 0 ? V4L2Size(width: settings.width * lenses, height: settings.height) : nil,
            framesPerSecond: settings.framesPerSecond > 0 ? settings.framesPerSecond : 30, formats: settings.formats,
            isColor: isColor)
    }

    private struct Setup {
        var format: V4L2Format
        var picture: V4L2PictureLayout
        var framesPerSecond: Double
        var notes: [String]
    }

    /// Sets format and rate and reads what the driver made of it.
    private static func setUp(_ port: V4L2Device, _ choice: V4L2ModeChoice, lenses: Int, node: String) throws -> Setup {
        let answer = try port.setPicture(code: choice.format.code, width: choice.size.width, height: choice.size.height)
        let (format, picture) = try V4L2Validation.believed(answer)
        var notes: [String] = []
        if format != choice.format || picture.width != choice.size.width || picture.height != choice.size.height {
            notes.append(
                "requested \(choice.format.rawValue) \(choice.size.width)x\(choice.size.height), the driver chose "
                    + "\(format.rawValue) \(picture.width)x\(picture.height)")
        }
        let reduction = format == .mjpeg ? choice.reduction : 1
        guard reduction == choice.reduction, picture.width % (reduction * lenses * format.granularity.columns) == 0,
            picture.height % reduction == 0
        else {
            throw CaptureError.unusable(
                what: "\(node) set itself to \(format.rawValue) \(picture.width)x\(picture.height)",
                remedy: "choose a size that it offers")
        }
        let rate = try port.setRate(choice.framesPerSecond)
        if let rate, abs(rate - choice.framesPerSecond) > 0.02 * choice.framesPerSecond {
            notes.append("requested \(rateText(choice.framesPerSecond)) frames/s, the driver chose \(rateText(rate))")
        } else if rate == nil {
            notes.append("the driver does not report its rate")
        }
        return Setup(format: format, picture: picture, framesPerSecond: rate ?? choice.framesPerSecond, notes: notes)
    }
}
