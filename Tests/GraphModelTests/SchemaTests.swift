// The schema and the code tell one format.

import Foundation
import GraphModel
import Testing

@Suite("The JSON Schema")
struct SchemaTests {
  let schema: SchemaValidator

  init() throws {
    let package = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    schema = try SchemaValidator(
      contentsOf: package.appending(path: "Sources/GraphModel/agviz.graph.schema.json"))
  }

  @Test(
    "allows what is written",
    arguments: [
      Graph.sample(), .chain(["SinBackward0"]),
      Graph(producer: .agviz, roots: [], nodes: [], tensors: []),
    ])
  func written(_ graph: Graph) throws {
    #expect(try schema.problem(in: graph.json) == nil)
  }

  @Test(
    "refuses what the reader refuses by a key or a type",
    arguments: BadFileTests.damages.filter {
      [.unknownFormat, .unknownVersion, .badValue].contains($0.code)
        && !inexpressible.contains($0.testDescription)
    })
  func refused(_ damage: Damage) throws {
    let text = Graph.sample().json.replacing(damage.old, with: damage.new, maxReplacements: 1)
    #expect(try schema.problem(in: text) != nil)
  }

  /// What a schema cannot say, or what is no JSON to Foundation.
  static let inexpressible: Set<String> = [
    "a shape too large to count", "a fraction for a whole number", "a number over 64 bits",
    "a number beyond a double", "a number of a thousand digits", "a tuple of two types",
    "a key given twice", "an unknown key given twice", "a format given twice", "a NUL in a name",
    "a NUL in an attribute's name", "a missing comma",
  ]
}
