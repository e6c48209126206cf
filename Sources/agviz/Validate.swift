// `agviz validate`: is a file a graph?

internal import ArgumentParser
internal import GraphModel

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that a file is a graph.",
    discussion: """
      Ends with 1 and names the first line and key that is wrong when it is not; with --json that \
      is an object on standard output.
      """)

  @Argument(help: "The graph, or - for standard input.")
  var file: GraphFile

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let graph: ComputationGraph
    do {
      graph = try file.read()
    } catch {
      guard ExitStatus(error.code) == .badData else { throw error }
      guard json else { throw Failure(.negative, error.description) }
      try emit(#"{"valid": false, "error": \#(error.json)}"#)
      throw ExitCode(ExitStatus.negative.rawValue)
    }
    try emit(
      json
        ? #"{"valid": true}"#
        : "\(printable(file.name, limit: 4096)): a graph of \(graph.nodes.count) nodes and "
          + "\(graph.tensors.count) tensors")
  }
}
