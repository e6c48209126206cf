// `agviz passes`: the passes of a recording, a line each.

internal import ArgumentParser
internal import GradientRecording
internal import GraphModel

struct Passes: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the passes of a recording.",
    discussion: """
      A line for each pass: its number, step, micro-batch and phase, the value of its root, how \
      many nodes ran, the L2 norm of all gradients of leaves after it, how many of its tensors hold \
      what is not finite, how long it took and how it ended.
      """)

  @Argument(help: "The recording.")
  var file: RecordingArgument

  @Option(help: "Only so many passes at the end.")
  var last: Int?

  @Option(help: "Only the passes of a step.")
  var step: Int?

  @Flag(help: "Only passes with something that is not finite.")
  var nonFinite = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if let last, last < 1 {
      throw ValidationError("--last is a number from 1 on, not \(last).")
    }
  }

  func run() throws {
    let recording = try file.open()
    var passes = recording.passes
    if let step { passes = passes.filter { $0.step == step } }
    if nonFinite { passes = passes.filter { $0.nonFiniteCount > 0 } }
    if let last { passes = passes.suffix(last) }
    let table = try Progress.show("adding norms up") { progress in
      try PassTable(passes, of: recording) { progress.update($0, of: $1) }
    }
    try emit(json ? table.json : table.description)
  }
}
