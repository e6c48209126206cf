// Where the samples' graphs go: a folder of dumps and pictures.

internal import Glibc
public import GraphModel
internal import GraphRendering

/// Writes a graph's dump, `NAME.json`, and its pictures, `NAME.svg` and `NAME.png`.
///
/// They go to the folder that the program's first argument names, `output` unless there is one,
/// which is made when it is missing. Ends the program with a message when one cannot be written.
public func save(_ graph: ComputationGraph, as name: String) {
  let folder = CommandLine.arguments.dropFirst().first ?? "output"
  do {
    makeFolder(folder)
    try graph.write(to: "\(folder)/\(name).json")
    let drawing = makeDot(graph)
    for format in [ImageFormat.svg, .png] {
      try writeFile(drawing.render(format: format), to: "\(folder)/\(name).\(format.rawValue)")
    }
  } catch {
    try? writeAll(Array("error: \(error)\n".utf8), to: STDERR_FILENO, file: "standard error")
    exit(1)
  }
}

/// Makes a folder and those above it; what cannot be made shows when a file is written there.
private func makeFolder(_ path: String) {
  var made = path.hasPrefix("/") ? "" : "."
  for part in path.split(separator: "/") {
    made += "/\(part)"
    mkdir(made, 0o777)
  }
}
