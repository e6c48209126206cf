// Two shapes that were broadcast to a square, though they were meant to match element by element.

internal import GraphModel

/// Finds the classic mistake: predictions of shape [n, 1] against targets of shape [n].
enum Broadcasting {
  static func findings(_ examination: Examination) -> [Finding] {
    var findings: [Finding] = []
    for graph in examination.graphs {
      guard let structure = try? examination.structure(graph) else { continue }
      for node in structure.graph.nodes {
        guard let operand = operand(node, structure) else { continue }
        let place = try? examination.place(node.id, of: graph)
        // A graph of each batch size tells the same.
        if findings.contains(where: { $0.node?.line == place?.line && $0.node?.file == place?.file }
        ) {
          continue
        }
        let output = node.outputs.first?.shape ?? operand.result
        let result = operand.result.isEmpty ? output : operand.result
        findings.append(
          Finding(
            .wrongBroadcast,
            "wrong broadcast at \(structure.text(node.id)): \(operand.shape) against "
              + "\(operand.other ?? "another shape") gives \(result)",
            evidence: [
              "the result is larger than what \(structure.text(operand.source)) gave: its "
                + "\(counted(product(operand.shape), "element")) met every one of the other's, "
                + "\(product(result)) pairs in all",
              "the gradient of each is a sum over \(product(result) / max(product(operand.shape), 1))",
              "give both the same shape: squeeze(1) the one or unsqueeze(1) the other",
            ], node: place, pass: examination.recording.passes.first { $0.graph == graph }))
      }
    }
    return findings
  }

  private struct Operand {
    var shape: [Int]
    var other: String?
    var result: [Int]
    /// The node that made the operand.
    var source: Int
  }

  /// The operand of a node that was broadcast by mistake; nil where none was.
  private static func operand(
    _ node: ComputationGraph.Node, _ structure: Structure
  ) -> Operand? {
    let result: [Int]
    switch node.name {
    case "SubBackward0", "MulBackward0": result = node.outputs.first?.shape ?? []
    // A loss broadcasts what it compares beforehand.
    case "ExpandBackward0":
      guard
        structure.consumers[node.id].contains(where: {
          losses.contains(structure.name($0.node)) && $0.input < 2
        })
      else { return nil }
      result = node.outputs.first?.shape ?? []
    default: return nil
    }
    // A square: both were of one length.
    guard result.count == 2, result[0] == result[1], result[0] > 1 else { return nil }
    for case let edge? in node.inputs {
      let shape =
        structure.graph.nodes[edge.node].outputs.indices.contains(edge.output)
        ? structure.graph.nodes[edge.node].outputs[edge.output].shape : []
      guard shape == [result[0], 1], !isDeliberate(edge.node, structure) else { continue }
      guard reachesRoot(node.id, structure) else { continue }
      let other = otherShape(node, than: edge, structure)
      // A weight is broadcast on purpose where it has dimensions for it.
      if let other, other.count != 1 { continue }
      if node.name == "MulBackward0", other == nil { continue }
      let otherText = other.map { "\($0)" } ?? "[\(result[0])]"
      return Operand(shape: shape, other: otherText, result: result, source: edge.node)
    }
    return nil
  }

  private static let losses: Set<String> = [
    "MseLossBackward0", "SmoothL1LossBackward0", "HuberLossBackward0", "SubBackward0",
  ]

  /// Whether a tensor was given its dimension of 1 by hand.
  private static func isDeliberate(_ node: Int, _ structure: Structure) -> Bool {
    let shaping: Set<String> = [
      "UnsqueezeBackward0", "ViewBackward0", "ReshapeAliasBackward0", "UnsafeViewBackward0",
      "ExpandBackward0", "SliceBackward0", "SelectBackward0", "AccumulateGrad", "TBackward0",
      "TransposeBackward0", "IndexBackward0", "NarrowBackward0", "SplitBackward0", "SumBackward1",
      "MeanBackward1", "ViewAsBackward0", "AliasBackward0",
    ]
    return shaping.contains(structure.name(node))
  }

  /// Whether what a node gave is only reduced on the way to the root: it is part of a loss.
  private static func reachesRoot(_ node: Int, _ structure: Structure) -> Bool {
    let reducing: Set<String> = [
      "PowBackward0", "AbsBackward0", "MeanBackward0", "SumBackward0", "MeanBackward1",
      "SumBackward1", "MulBackward0", "MulBackward1", "DivBackward0", "DivBackward1",
      "MseLossBackward0", "SmoothL1LossBackward0", "HuberLossBackward0", "SubBackward0",
      "SqrtBackward0", "AddBackward0", "NegBackward0",
    ]
    var current = node
    for _ in 0..<8 {
      let consumers = Set(structure.consumers[current].map(\.node))
      guard consumers.count == 1 else { return consumers.isEmpty }
      current = consumers.first!
      guard reducing.contains(structure.name(current)) else { return false }
    }
    return false
  }

  /// The shape of what the operand met; nil where it is not known.
  private static func otherShape(
    _ node: ComputationGraph.Node, than edge: ComputationGraph.Edge, _ structure: Structure
  ) -> [Int]? {
    if let slot = node.inputs.firstIndex(of: edge) {
      let rest = node.inputs.indices.filter { $0 != slot }.compactMap { node.inputs[$0] }
      if let other = rest.first {
        let outputs = structure.graph.nodes[other.node].outputs
        if outputs.indices.contains(other.output) { return outputs[other.output].shape }
        return structure.graph.nodes[other.node].leaf.map { structure.graph.tensors[$0].shape }
      }
    }
    for name in ["other", "self"] {
      if case .tensor(let id?)? = node.saved[name] {
        let tensor = structure.graph.tensors[id]
        if tensor.gradFn == edge { continue }
        if tensor.gradFn == nil { return tensor.shape }
      }
    }
    return nil
  }
}

private func product(_ shape: [Int]) -> Int {
  shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
}
