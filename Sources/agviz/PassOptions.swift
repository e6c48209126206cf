// The options that choose one pass of a recording.

internal import ArgumentParser
internal import GradientRecording

/// Which pass is meant.
struct PassOptions: ParsableArguments {
  @Option(help: "The step of the pass.")
  var step: Int?

  @Option(help: "The micro-batch of that step, where it has several.")
  var microBatch: Int?

  @Option(help: "The number of the pass.")
  var pass: Int?

  func validate() throws {
    if microBatch != nil, step == nil { throw ValidationError("--micro-batch needs a --step.") }
    if pass != nil, step != nil {
      throw ValidationError("--pass and --step both choose a pass; give one of them.")
    }
  }

  /// Whether no pass is chosen.
  var isEmpty: Bool { step == nil && pass == nil }

  /// The pass that is chosen: where nothing is, the first with something that is not finite, else
  /// the last.
  func chosen(of recording: Recording) throws -> Recording.Pass {
    if let pass { return try recording.pass(pass) }
    var passes = recording.passes
    if let step { passes = passes.filter { $0.step == step } }
    if let microBatch { passes = passes.filter { $0.microBatch == microBatch } }
    guard let last = passes.last else {
      let wanted =
        step.map { "of step \($0)" + (microBatch.map { ", micro-batch \($0)" } ?? "") }
      throw Failure(
        .usage,
        "\(recording.path): there is no pass \(wanted ?? "in the recording"); agviz passes lists "
          + "them")
    }
    if step != nil, passes.count > 1 {
      let isTold = Set(passes.map(\.microBatch)).count == passes.count
      throw Failure(
        .usage,
        "\(recording.path): there are \(passes.count) passes of step \(last.step), "
          + (isTold
            ? "with micro-batches \(passes.map(\.microBatch).min()!) to "
              + "\(passes.map(\.microBatch).max()!); give --micro-batch"
            : "from pass \(passes[0].id) to \(last.id); give --pass"))
    }
    return passes.first { $0.nonFiniteCount > 0 } ?? last
  }
}
