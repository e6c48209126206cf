// `agviz info`: what a recording is and holds.

internal import ArgumentParser
internal import GradientRecording
internal import GraphModel

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print what a recording holds.",
    discussion: """
      The programs that recorded and how they ended, what they were asked to record, how much \
      there is and how large it is, and what was left out. A recording whose program was killed is \
      recovered first, which is said.
      """)

  @Argument(help: "The recording.")
  var file: RecordingArgument

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    // The notices are part of what is printed.
    let facts = try RecordingFacts(try file.open(quietly: true))
    try emit(json ? facts.json : facts.description)
  }
}
