// `agviz diff`: what changed from one graph to another.

internal import ArgumentParser
internal import GraphModel

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print what changed from one graph to another.",
    discussion: """
      Structure comes first: nodes, edges, leaves, shapes; then attributes, saved tensors and \
      source lines. Ends with 1 when the graphs differ, as diff does.
      """)

  @Argument(help: "The graph before, or - for standard input.")
  var before: GraphFile

  @Argument(help: "The graph after, or - for standard input.")
  var after: GraphFile

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let diff = GraphDiff(from: try before.read(), to: try after.read())
    if json {
      try emit(diff.json)
    } else if !diff.isEmpty {
      try emit(diff.description)
    }
    if !diff.isEmpty { throw ExitCode(ExitStatus.negative.rawValue) }
  }
}
