// A graph of three nodes for the command's tests.

import GraphModel

extension ComputationGraph {
  /// mean(w * x), or another operation's.
  static func small(operation: String = "MulBackward0") -> ComputationGraph {
    ComputationGraph(
      producer: .agviz, roots: [0],
      nodes: [
        Node(
          id: 0, name: "MeanBackward0", kind: .backward, inputs: [Edge(node: 1, output: 0)],
          outputs: [Output(shape: [], dtype: "float32")], attributes: ["self_sym_numel": .int(4)],
          sequence: 1),
        Node(
          id: 1, name: operation, kind: .backward, inputs: [Edge(node: 2, output: 0), nil],
          outputs: [Output(shape: [4], dtype: "float32")], saved: ["other": .tensor(2)],
          sequence: 0),
        Node(
          id: 2, name: "AccumulateGrad", kind: .accumulateGrad, inputs: [],
          outputs: [Output(shape: [4], dtype: "float32")], leaf: 1),
      ],
      tensors: [
        Tensor(
          id: 0, role: .root, name: "loss", shape: [], dtype: "float32", requiresGrad: true,
          gradFn: Edge(node: 0, output: 0), storage: 0),
        Tensor(
          id: 1, role: .leaf, name: "w", shape: [4], dtype: "float32", requiresGrad: true,
          storage: 1),
        Tensor(id: 2, role: .saved, shape: [4], dtype: "float32", storage: 2),
      ])
  }
}
