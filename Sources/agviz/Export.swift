// `agviz export`: a recording for other programs.

internal import ArgumentParser
internal import GradientRecording
internal import GraphModel

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a recording for other programs.",
    discussion: """
      csv and json are a row for each measured tensor (json: an object a line); safetensors holds \
      the recorded elements, under names such as 12.3.MulBackward0.gradInput.0 for pass, call, \
      node, role and slot, and 12.saved.7 for tensor 7 of the graph; perfetto is the times of all \
      calls, for https://ui.perfetto.dev and chrome://tracing. The output is replaced when it is \
      complete, and left alone when anything fails.
      """)

  /// What a recording is written as.
  enum Format: String, CaseIterable, Sendable {
    case csv, json, safetensors, perfetto
  }

  @Argument(help: "The recording.")
  var file: RecordingArgument

  @Option(help: "The form of the output.")
  var format: Choice<Format>

  @Option(
    name: .shortAndLong, help: "The output, or - for standard output.", completion: .file())
  var output: String

  @Option(help: "Only the passes of a step.")
  var step: Int?

  @Option(help: "Only the pass of a number.")
  var pass: Int?

  func validate() throws {
    if format.value == .safetensors, output == "-" {
      throw ValidationError("safetensors are written to a file; give its name after -o.")
    }
  }

  func run() throws {
    let recording = try file.open()
    let passes = try chosen(of: recording)
    try Progress.show("writing \(output)") { progress in
      func update(_ done: Int, _ total: Int) { progress.update(done, of: total) }
      if format.value == .safetensors {
        try exportValues(of: passes, in: recording, to: output, progress: update)
        return
      }
      try emitInPieces(to: output) { emit in
        switch format.value {
        case .csv:
          try recording.exportTable(of: passes, as: .csv, progress: update, to: emit)
        case .json:
          try recording.exportTable(of: passes, as: .jsonLines, progress: update, to: emit)
        case .perfetto: try recording.exportTrace(of: passes, progress: update, to: emit)
        case .safetensors: break
        }
      }
    }
  }

  private func chosen(of recording: Recording) throws -> [Recording.Pass] {
    var passes = recording.passes
    if let pass { passes = [try recording.pass(pass)] }
    if let step {
      passes = passes.filter { $0.step == step }
      if passes.isEmpty {
        throw Failure(.usage, "\(file.path): there is no pass of step \(step)")
      }
    }
    return passes
  }
}
