// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Core

/// Brings what a camera sends into the order in which a source delivers it: everything of an exposure has its number, and what the
/// camera made of a picture comes after it. Pure.
package struct DeliverySorter {
    private var assembler: ExposureAssembler
    /// Outputs that came before the pictures of their exposure.
    private var early: CaptureTensors?
    private var lost = 0

    package init(lenses: Set<CameraInstance>, framesPerSecond: Double) {
        assembler = ExposureAssembler(lenses: lenses, framesPerSecond: framesPerSecond)
    }

    /// Pictures without partner, and what belongs to no exposure.
    package var dropped: Int { assembler.unpaired + lost }

    /// Something has come.
    /// - Returns: what is to be delivered now.
    package mutating func add(_ arrival: CaptureDelivery) -> [CaptureDelivery] {
        switch arrival {
        case .frame(let frame):
            let complete = assembler.add(frame).map(CaptureDelivery.frame)
            guard let waiting = early, !complete.isEmpty else { return complete }
            early = nil
            return complete + place(waiting)
        case .tensors(let tensors):
            return place(tensors)
        case .encoded(let picture):
            // One that is left out costs all that build on it: any exposure near will do.
            guard let nearest = assembler.nearest(to: picture.captured) else {
                lost += 1
                return []
            }
            return [.encoded(picture.numbered(nearest.sequence))]
        case .health, .motion, .crash:
            return [arrival]
        }
    }

    private mutating func place(_ tensors: CaptureTensors) -> [CaptureDelivery] {
        switch assembler.place(of: tensors.header.captured) {
        case .exposure(let sequence):
            return [.tensors(tensors.numbered(sequence))]
        case .ahead:
            // The newest wins.
            if early != nil { lost += 1 }
            early = tensors
        case .unknown:
            lost += 1
        }
        return []
    }
}
