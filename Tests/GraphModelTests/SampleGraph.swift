// A small graph with one of everything, for the tests to write, read, break and compare.

import GraphModel

typealias Graph = ComputationGraph

extension ComputationGraph {
  /// mean((w * x + b).select(0, -1)), with every kind of attribute, saved tensor and role.
  static func sample() -> Graph {
    Graph(
      producer: Producer(name: "agviz", version: "0.1.0"),
      roots: [0],
      nodes: [
        Node(
          id: 0, name: "MeanBackward0", kind: .backward, inputs: [Edge(node: 1, output: 0)],
          outputs: [Output(shape: [], dtype: "float32")],
          attributes: [
            "self_sym_sizes": .ints([2, 3]), "self_sym_numel": .int(6),
            "dtype": AttributeValue.none,
            "keepdim": .bool(false), "scale": .double(1), "mode": .string("a \"b\"\\/\u{7}ü\n"),
          ], sequence: 2),
        Node(
          id: 1, name: "AddBackward0", kind: .backward,
          inputs: [Edge(node: 2, output: 0), Edge(node: 4, output: 0)],
          outputs: [Output(shape: [2, 3], dtype: "float32")],
          attributes: [
            "nan": .double(.nan), "inf": .double(-.infinity), "none": .ints([]),
            "factors": .doubles([0.5, 2]), "bad": .doubles([.infinity, 1]), "no": .doubles([]),
            "mask": .bools([true, false]), "nothing": .bools([]),
          ], scope: "layer1.0", source: SourceLocation(file: "main.swift", line: 12), sequence: 1),
        Node(
          id: 2, name: "MulBackward0", kind: .backward,
          inputs: [Edge(node: 3, output: 0), nil],
          outputs: [Output(shape: [2, 3], dtype: "float32")],
          saved: ["self": .tensor(nil), "other": .tensor(3), "tensors": .tensors([3, nil])],
          sequence: 0),
        Node(
          id: 3, name: "AccumulateGrad", kind: .accumulateGrad, inputs: [],
          outputs: [Output(shape: [2, 3], dtype: "float32")], leaf: 1),
        Node(
          id: 4, name: "AccumulateGrad", kind: .accumulateGrad, inputs: [],
          outputs: [Output(shape: [3], dtype: "float32")], leaf: 2),
      ],
      tensors: [
        Tensor(
          id: 0, role: .root, name: "loss", shape: [], dtype: "float32", requiresGrad: true,
          gradFn: Edge(node: 0, output: 0), storage: 0, viewOf: 4, values: [0.1]),
        Tensor(
          id: 1, role: .leaf, name: "w", shape: [2, 3], dtype: "float32", requiresGrad: true,
          storage: 1,
          gradient: GradientSummary(
            minimum: -1, maximum: 2.5e-7, mean: .nan, norm: .infinity, nanCount: 1,
            infinityCount: 0)),
        Tensor(
          id: 2, role: .leaf, name: "b", shape: [3], dtype: "float32", requiresGrad: true,
          storage: 2),
        Tensor(
          id: 3, role: .saved, shape: [2, 3], dtype: "float32", storage: 3,
          values: [1, .nan, .infinity, -.infinity, -0.0, 1e300]),
        Tensor(
          id: 4, role: .base, shape: [1], dtype: "float32", requiresGrad: true,
          gradFn: Edge(node: 0, output: 0), storage: 0),
      ])
  }

  /// A chain of operators that ends in one leaf.
  static func chain(_ names: [String]) -> Graph {
    let operators = names.enumerated().map { id, name in
      Node(
        id: id, name: name, kind: .backward, inputs: [Edge(node: id + 1, output: 0)],
        outputs: [Output(shape: [], dtype: "float32")], sequence: names.count - 1 - id)
    }
    return Graph(
      producer: .agviz, roots: [0],
      nodes: operators + [
        Node(id: names.count, name: "AccumulateGrad", kind: .accumulateGrad, inputs: [], leaf: 1)
      ],
      tensors: [
        Tensor(
          id: 0, role: .root, shape: [], dtype: "float32", requiresGrad: true,
          gradFn: Edge(node: 0, output: 0), storage: 0),
        Tensor(
          id: 1, role: .leaf, name: "w", shape: [], dtype: "float32", requiresGrad: true,
          storage: 1),
      ])
  }
}
