// The list of operators in the documentation is that of the code, and names all that are public.

import ConformanceKit
import Foundation
import Testing

private let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..")
  .standardizedFileURL

@Test("The list of operators in the documentation is up to date; if not: make operators")
func listIsUpToDate() throws {
  let survey = try OperatorSurvey(executable: commandPath(), folder: dataFolder)
  let written = try String(
    contentsOf: root.appendingPathComponent("Documentation/Operators.md"), encoding: .utf8)
  let lines = Set(written.split(separator: "\n"))
  let differing = survey.markdown.split(separator: "\n").filter { !lines.contains($0) }
  #expect(survey.markdown == written, "\(differing.joined(separator: "\n"))")
  #expect(survey.unchecked == [], "no reference program calls these")
}

@Test("Every public operator is in the table that the list is made from")
func everyOperatorIsInTheTable() throws {
  let known = Set(OperatorSurvey.operators.map { $0.split(separator: ".").last! })
  let missing = try publicFunctions().filter { name in
    notOperators[name] == nil && !known.contains(Substring(spelledAsInPyTorch(name)))
  }
  #expect(missing == [])
}

/// Public functions in the operators' sources that are no operators of their own, and why.
private let notOperators = [
  "adaptiveMaxPool1dWithIndices": withIndices, "adaptiveMaxPool2dWithIndices": withIndices,
  "adaptiveMaxPool3dWithIndices": withIndices, "maxPool1dWithIndices": withIndices,
  "maxPool2dWithIndices": withIndices, "maxPool3dWithIndices": withIndices,
  "allclose": "gives no tensor", "broadcastShapes": "gives no tensor", "equal": "gives no tensor",
  "forEachNumber": "reads elements", "slice": "makes an index", "toArray": "reads elements",
]

private let withIndices = "PyTorch has an argument, return_indices, for it"

/// The names of the public functions in the operators' sources, without the second names.
private func publicFunctions() throws -> [String] {
  let folder = root.appendingPathComponent("Sources/Autograd/Operators")
  var names: Set<String> = []
  let files = try #require(
    FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
  for case let file as URL in files
  where file.pathExtension == "swift" && file.lastPathComponent != "SecondNames.swift" {
    let text = try String(contentsOf: file, encoding: .utf8)
    for match in text.matches(of: /public (?:static )?func `?([a-zA-Z]\w*)/) {
      names.insert(String(match.1))
    }
  }
  return names.sorted()
}

/// PyTorch's name: `indexAdd_` is `index_add_`.
private func spelledAsInPyTorch(_ name: String) -> String {
  let special = [
    "atLeast1D": "atleast_1d", "atLeast2D": "atleast_2d", "atLeast3D": "atleast_3d",
    "linalgVectorNorm": "vector_norm",
  ]
  if let spelled = special[name] { return spelled }
  return name.replacing(/[A-Z]/) { "_" + $0.output.lowercased() }
}
