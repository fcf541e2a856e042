// SPDX-License-Identifier: Apache-2.0
internal import Core

/// What the jobs below `vision/face` share.
struct FaceServices: Sendable {
    let models: any TaskModels
    let reader: PictureReader
    let store: FaceStore

    var finder: FaceFinder { FaceFinder(models: models) }
    var embedder: FaceEmbedder { FaceEmbedder(models: models) }

    /// The words clients test for.
    static let noFace = TaskError.refused("No face found in image")

    /// The user's name of a request.
    func user(_ call: TaskCall) throws(TaskError) -> String {
        guard let user = call.values.text("userid", "userId"), !user.isEmpty else {
            throw .value(name: "userid", reason: "is missing: send the name of the person")
        }
        guard user.utf8.count <= FaceStore.longestName else {
            throw .value(name: "userid", reason: "may have at most \(FaceStore.longestName) bytes")
        }
        return user
    }
}

/// `vision/face`: where faces are.
struct FaceDetectionTask: TaskJob {
    var module: TaskModule { .face }
    var command: String { "detect" }
    var emptyResult: JSONObject { .noPredictions }
    let services: FaceServices

    func obstacle(_ segments: [String]) -> TaskError? { services.models.obstacle(.faceDetection) }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let confidence = try call.values.fraction("min_confidence", default: 0.67)
        let frame = try services.reader.picture(call)
        let faces = try services.finder.find(frame, confidence: confidence, call)
        let predictions = faces.map { face in
            var object: JSONObject = ["confidence": .number(face.confidence)]
            PixelBox(face.box, in: frame.header).append(to: &object)
            return JSONValue.object(object)
        }
        let message =
            switch faces.count {
            case 0: "No faces found"
            case 1: "Found 1 face"
            default: "Found \(faces.count) faces"
            }
        return TaskOutcome(
            [
                "success": .bool(true), "message": .string(message), "count": .int(faces.count),
                "predictions": .array(predictions),
            ], found: faces.map { _ in "face" })
    }
}

/// `vision/face/register`: learns a person from one or more pictures.
struct FaceRegisterTask: TaskJob {
    var module: TaskModule { .face }
    var command: String { "register" }
    let services: FaceServices
    /// As the original asks of faces to register.
    private static let confidence: Float = 0.55

    func obstacle(_ segments: [String]) -> TaskError? { services.models.obstacle(.faceDetection, .faceEmbedding) }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let user = try services.user(call)
        guard !call.request.files.isEmpty else { throw .missingFile("no image") }
        var vectors: [FaceVector] = []
        for index in call.request.files.indices {
            try call.checkDeadline()
            let frame = try services.reader.picture(call, at: index)
            let faces = try services.finder.find(frame, confidence: Self.confidence, call)
            // Pictures without a face, or with tiny ones only, are passed over.
            guard let face = FaceFinder.best(faces, in: frame) else { continue }
            vectors.append(try services.embedder.embed(face, in: frame, call))
        }
        guard let mean = FaceVector(meanOf: vectors) else { throw .refused("No face detected") }
        let isNew = try services.store.register(user, mean, pictures: vectors.count)
        return TaskOutcome(
            ["success": .bool(true), "message": .string(isNew ? "face added" : "face updated")], found: vectors.map { _ in "" })
    }
}

/// `vision/face/recognize`: whose faces are in the picture.
struct FaceRecognizeTask: TaskJob {
    var module: TaskModule { .face }
    var command: String { "recognize" }
    var emptyResult: JSONObject { .noPredictions }
    let services: FaceServices

    func obstacle(_ segments: [String]) -> TaskError? { services.models.obstacle(.faceDetection, .faceEmbedding) }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let confidence = try call.values.fraction("min_confidence", default: Double(FaceScale.documentedThreshold))
        let frame = try services.reader.picture(call)
        let faces = try services.finder.find(frame, confidence: confidence, call)
        guard !faces.isEmpty else { throw FaceServices.noFace }
        let scale = try services.embedder.scale()
        var people: [(user: String, score: Float, face: Detection)] = []
        for face in faces {
            try call.checkDeadline()
            guard FaceFinder.isRecognisable(face, in: frame) else {
                people.append(("unknown", 0, face))
                continue
            }
            let closest = services.store.closest(to: try services.embedder.embed(face, in: frame, call))
            let score = closest.map { scale.score(cosine: $0.cosine) } ?? 0
            let isKnown = closest != nil && score >= confidence
            people.append((isKnown ? closest?.user ?? "unknown" : "unknown", isKnown ? score : 0, face))
        }
        people.sort { $0.score > $1.score }
        let predictions = people.map { person in
            var object: JSONObject = ["confidence": .number(person.score), "userid": .string(person.user)]
            PixelBox(person.face.box, in: frame.header).append(to: &object)
            return JSONValue.object(object)
        }
        let names = people.filter { $0.score > 0 }.map(\.user)
        return TaskOutcome(
            [
                "success": .bool(true),
                "message": .string(names.isEmpty ? "No known faces" : "A face was recognised"),
                "count": .int(predictions.count), "predictions": .array(predictions),
            ], found: names)
    }
}

/// `vision/face/match`: whether two pictures show one person.
struct FaceMatchTask: TaskJob {
    var module: TaskModule { .face }
    var command: String { "match" }
    let services: FaceServices
    /// As the original asks of faces to compare.
    private static let confidence: Float = 0.8

    func obstacle(_ segments: [String]) -> TaskError? { services.models.obstacle(.faceDetection, .faceEmbedding) }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        var vectors: [FaceVector] = []
        for index in 0..<2 {
            let frame = try services.reader.picture(call, at: index)
            let faces = try services.finder.find(frame, confidence: Self.confidence, call)
            guard let face = FaceFinder.best(faces, in: frame) else {
                throw .refused("No face found in one or both images")
            }
            vectors.append(try services.embedder.embed(face, in: frame, call))
        }
        guard let cosine = vectors[0].cosine(vectors[1]) else { throw .network("the model changed between two faces") }
        return TaskOutcome(
            ["success": .bool(true), "similarity": .number(try services.embedder.scale().score(cosine: cosine))])
    }
}

/// `vision/face/list`: who is registered.
struct FaceListTask: TaskJob {
    var module: TaskModule { .face }
    var command: String { "list" }
    let services: FaceServices

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        TaskOutcome(["success": .bool(true), "faces": .array(services.store.users.map { .string($0) })])
    }
}

/// `vision/face/delete`: forgets a person. A person nobody knew is a success, too.
struct FaceDeleteTask: TaskJob {
    var module: TaskModule { .face }
    var command: String { "delete" }
    let services: FaceServices

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        _ = services.store.delete(try services.user(call))
        return TaskOutcome(["success": .bool(true)])
    }
}
