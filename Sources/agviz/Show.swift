// `agviz show`: a graph at a glance.

internal import ArgumentParser
internal import GraphModel

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a graph's counts, roots, leaves and operators.",
    discussion: "For each leaf it says whether a backward pass from the roots gives it a gradient.")

  @Argument(help: "The graph, or - for standard input.")
  var file: GraphFile

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let summary = try file.read().summary
    try emit(json ? summary.json : summary.description)
  }
}
