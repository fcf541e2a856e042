// SPDX-License-Identifier: Apache-2.0

extension BlobLowering {
    /// Adds one stage to the graph. The numbers are those of the format.
    func lower(_ stage: BlobStage) throws(BlobStageFault) {
        guard let cursor = blob.parameters(of: stage) else { throw BlobStageFault("its parameters cannot be read") }
        var parameters = BlobParameters(cursor)
        switch stage.type {
        case BlobStageType.hardware: try hardware(stage)
        case 0, 49, 58: try softwareConvolution(stage, &parameters)
        case 8: try depthConvolution(stage, &parameters)
        case 22, 63: try deconvolution(stage, &parameters, isDepthwise: stage.type == 63)
        case 116: try convolution3D(stage, &parameters)
        case 4: try fullyConnected(stage)
        case 1: try pooling(stage, &parameters, isMaximum: true)
        case 2: try pooling(stage, &parameters, isMaximum: false)
        case 59, 60: try globalPooling(stage, isMaximum: stage.type == 60)
        case 118: try pooling3D(stage, &parameters)
        case 19, 34, 56, 27, 28, 71, 73, 128, 129, 30, 5: try movement(stage, &parameters)
        case 133, 100, 103, 126, 136, 139, 117, 94: try indexing(stage, &parameters)
        case 31, 32, 33, 111: try conversion(stage, &parameters)
        case 6, 44, 45, 46, 9, 15, 47, 10, 109: try perChannel(stage, &parameters)
        case 20, 21, 23, 26, 57, 92, 101, 102, 110, 131, 132, 134, 135, 137, 138, 140, 142, 84:
            try unary(stage, &parameters)
        case 12...14, 75...83, 85...89: try binary(stage, &parameters)
        case 90: try select(stage)
        case 3, 11, 18, 35, 61, 62: try normalisation(stage, &parameters)
        case 93, 105, 112, 113, 114, 104, 74, 91: try reduction(stage, &parameters)
        case 67, 72: try resampling(stage, &parameters)
        case 70: try recurrent(stage, &parameters)
        case 29: try regionLayer(stage, &parameters)
        case 37, 43, 64, 65, 66: try hostOperation(stage, &parameters)
        default: throw BlobStageFault(Self.reason(stage.type))
        }
    }

    private static func reason(_ type: Int) -> String {
        switch type {
        case 68, 115: "it carries a program for the chip's vector processors"
        case 119, 120: "loops are not supported"
        case 122, 127, 130: "it decides shapes at run time"
        case 69: "it holds other blobs"
        default: "this type of stage is not supported"
        }
    }
}
