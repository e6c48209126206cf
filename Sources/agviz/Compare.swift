// `agviz compare`: where two recordings part, and how far that spreads.

internal import ArgumentParser
internal import GradientRecording

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say where two recordings part, step by step.",
    discussion: """
      Nodes are matched even where the graphs differ. The first node whose inputs agree and whose \
      result does not is named, then how far the difference spreads. Ends with 1 when they differ.
      """)

  @Argument(help: "The one recording.", completion: .file(extensions: ["agviz"]))
  var first: String

  @Argument(help: "The other recording.", completion: .file(extensions: ["agviz"]))
  var second: String

  @Option(
    help: "How far norms may differ, relative to the larger, where bits do; 0 for not at all.")
  var tolerance = 1e-5

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard tolerance >= 0, tolerance < 1 else {
      throw ValidationError("--tolerance is a number from 0 to less than 1")
    }
  }

  func run() throws {
    let comparison = try RecordingComparison(
      Recording(contentsOf: first), Recording(contentsOf: second), tolerance: tolerance)
    try emit(json ? comparison.json : comparison.description)
    if !comparison.isEqual { throw ExitCode(ExitStatus.negative.rawValue) }
  }
}
