// What the real PyTorchViz drew: Reference/reference.json, written by make_reference.py.

import Foundation
import GraphModel
import GraphRendering
import Testing

/// One program's graph and what PyTorchViz draws for it.
struct ReferenceCase: Sendable, CustomTestStringConvertible {
  let name: String
  let graph: ComputationGraph
  let drawings: [Drawing]

  var testDescription: String { name }

  /// One call of PyTorchViz.
  struct Drawing: Sendable {
    let showAttrs: Bool
    let showSaved: Bool
    let maxAttrChars: Int
    let size: String
    let statements: [Row]
  }

  /// A statement, its ids numbered by first appearance.
  enum Row: Sendable, Equatable {
    case node(Int, label: String, fillColor: String?)
    case edge(Int, Int, dir: String?, style: String?)
  }

  static let all: [ReferenceCase] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Reference/reference.json")
    let data = try! Data(contentsOf: file)
    return try! JSONDecoder().decode([Stored.Case].self, from: data).map(ReferenceCase.init)
  }()

  /// A drawing's statements in the reference's form.
  static func rows(_ drawing: DotGraph) -> [Row] {
    var numbers: [DotNodeID: Int] = [:]
    func number(_ id: DotNodeID) -> Int {
      if let known = numbers[id] { return known }
      numbers[id] = numbers.count
      return numbers.count - 1
    }
    return drawing.statements.map {
      switch $0 {
      case .node(let id, let label, let fillColor):
        .node(number(id), label: label, fillColor: fillColor)
      case .edge(let from, let to, let attributes):
        .edge(number(from), number(to), dir: attributes.dir, style: attributes.style)
      }
    }
  }
}

/// The file's JSON.
private enum Stored {
  struct Case: Decodable {
    var name: String
    var graph: Graph
    var drawings: [Drawing]
  }

  struct Graph: Decodable {
    var roots: [Int]
    var nodes: [Node]
    var tensors: [Tensor]
  }

  struct Node: Decodable {
    var name: String
    var kind: String
    var inputs: [[Int]?]
    var attributes: [String: Attribute]
    var saved: [String: Saved]
    var leaf: Int?
  }

  struct Saved: Decodable {
    var tensor: Int?
    var tensors: [Int?]?
  }

  struct Attribute: Decodable {
    var bool: Bool?
    var int: Int?
    var double: String?
    var string: String?
    var ints: [Int]?
    var doubles: [String]?
    var bools: [Bool]?

    var value: AttributeValue {
      if let bool { return .bool(bool) }
      if let int { return .int(int) }
      if let double { return .double(Double(double)!) }
      if let string { return .string(string) }
      if let ints { return .ints(ints) }
      if let doubles { return .doubles(doubles.map { Double($0)! }) }
      if let bools { return .bools(bools) }
      return .none
    }
  }

  struct Tensor: Decodable {
    var name: String?
    var shape: [Int]
    var dtype: String
    var gradFn: Int?
    var viewOf: Int?
  }

  struct Drawing: Decodable {
    var showAttrs: Bool
    var showSaved: Bool
    var maxAttrChars: Int
    var size: String
    var statements: [Row]
  }

  struct Row: Decodable {
    var node: Int?
    var label: String?
    var fillcolor: String?
    var edge: [Int]?
    var dir: String?
    var style: String?
  }
}

extension ReferenceCase {
  fileprivate init(_ stored: Stored.Case) {
    name = stored.name
    graph = ComputationGraph(
      producer: .init(name: "PyTorch", version: "2.13.0"), roots: stored.graph.roots,
      nodes: stored.graph.nodes.enumerated().map { id, node in
        .init(
          id: id, name: node.name, kind: .init(rawValue: node.kind)!,
          inputs: node.inputs.map { $0.map { .init(node: $0[0], output: $0[1]) } },
          attributes: node.attributes.mapValues(\.value),
          saved: node.saved.mapValues { saved in
            saved.tensors.map { .tensors($0) } ?? .tensor(saved.tensor)
          }, leaf: node.leaf)
      },
      tensors: stored.graph.tensors.enumerated().map { id, tensor in
        .init(
          id: id, role: .saved, name: tensor.name, shape: tensor.shape, dtype: tensor.dtype,
          gradFn: tensor.gradFn.map { .init(node: $0, output: 0) }, storage: id,
          viewOf: tensor.viewOf)
      })
    drawings = stored.drawings.map {
      .init(
        showAttrs: $0.showAttrs, showSaved: $0.showSaved, maxAttrChars: $0.maxAttrChars,
        size: $0.size,
        statements: $0.statements.map { row in
          if let node = row.node {
            .node(node, label: row.label!, fillColor: row.fillcolor)
          } else {
            .edge(row.edge![0], row.edge![1], dir: row.dir, style: row.style)
          }
        })
    }
  }
}
