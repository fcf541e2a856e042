// SPDX-License-Identifier: Apache-2.0

/// The routes below `train/`: they keep their place and say at once that training is not part of this server.
struct TrainingTask: TaskJob {
    var module: TaskModule { .training }
    let command: String

    /// The commands of the original's routes.
    static let commands = [
        "create_dataset", "train_model", "resume_training", "status", "cancel", "delete_dataset", "delete_model", "model_info",
        "dataset_info", "list_classes", "list-classes",
    ]

    /// What clients ask about commands that run long, below the module's id.
    static let questions = ["get_command_status", "cancel_command"]

    private static let notInstalled = TaskError.notInstalled(
        what: "training",
        remedy: "train the model on another computer, then add it with `depthd models install FILE --role detection`")

    func obstacle(_ segments: [String]) -> TaskError? { Self.notInstalled }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome { throw Self.notInstalled }
}
