// Parameters whose gradient is zero, and the node that makes it so.

internal import GraphModel

/// Finds gradients that are zero in all passes.
enum ZeroGradients {
  static func findings(_ passes: [DetailedPass], _ examination: Examination) -> [Finding] {
    guard passes.count >= Thresholds.zeroPasses else { return [] }
    var leaves: [Key: (isZero: Bool, passes: Int, last: (DetailedPass, node: Int))] = [:]
    for pass in passes {
      for call in pass.calls where pass.structure.graph.nodes[call.node].kind == .accumulateGrad {
        guard let taken = pass.measurement(.gradOutput, at: call.order)?.statistics,
          taken.count > 0
        else { continue }
        let isZero = taken.zeroCount == taken.count
        let name = pass.structure.leafName(call.node)
        let key: Key = name.map { .name($0) } ?? .node(graph: pass.pass.graph, call.node)
        let before = leaves[key]
        leaves[key] = (
          (before?.isZero ?? true) && isZero, (before?.passes ?? 0) + 1, (pass, call.node)
        )
      }
    }
    let zero = leaves.values.filter { $0.isZero && $0.passes >= Thresholds.zeroPasses }
      .map(\.last).sorted { $0.node < $1.node }
    guard !zero.isEmpty else { return [] }

    // One finding for what one node zeroes.
    var groups: [(zeroer: Int?, pass: DetailedPass, nodes: [Int])] = []
    for (pass, node) in zero {
      let zeroer = zeroer(before: node, pass)
      if let known = groups.firstIndex(where: {
        $0.zeroer == zeroer && $0.pass.pass.graph == pass.pass.graph
      }) {
        groups[known].nodes.append(node)
      } else {
        groups.append((zeroer, pass, [node]))
      }
    }
    return groups.map { group in
      finding(group.zeroer, group.pass, group.nodes, passes, examination)
    }
  }

  private enum Key: Hashable {
    case name(String)
    case node(graph: Int, Int)
  }

  /// The node between the root and a leaf that handed on zero and took what is not; nil where the
  /// pass began with zero.
  private static func zeroer(before leaf: Int, _ pass: DetailedPass) -> Int? {
    var orders: [Int: Int] = [:]
    for call in pass.calls { orders[call.node] = call.order }
    var seen: Set<Int> = [leaf]
    var queue = [leaf]
    while let node = queue.popLast() {
      for (consumer, _) in pass.structure.consumers[node] {
        guard seen.insert(consumer).inserted, let order = orders[consumer] else { continue }
        let outputs = pass.structure.graph.nodes[consumer].outputs.indices
        let isZero = outputs.allSatisfy {
          guard let taken = pass.measurement(.gradOutput, $0, at: order)?.statistics else {
            return true
          }
          return taken.zeroCount == taken.count
        }
        if !isZero { return consumer }
        queue.append(consumer)
      }
    }
    return nil
  }

  private static func finding(
    _ zeroer: Int?, _ pass: DetailedPass, _ nodes: [Int], _ passes: [DetailedPass],
    _ examination: Examination
  ) -> Finding {
    let structure = pass.structure
    let names = nodes.map { structure.leafText($0) }
    var summary = "the gradient of \(listed(names)) is zero in all passes"
    if names.count > 1 { summary = "the gradients of \(listed(names)) are zero in all passes" }
    var evidence: [String] = []
    if let zeroer {
      summary += ": made so by \(structure.text(zeroer))"
      evidence.append(reason(zeroer, structure))
      if let order = pass.calls.first(where: { $0.node == zeroer })?.order,
        let taken = pass.measurement(.gradOutput, at: order)
      {
        evidence.append(
          "it takes a gradient of norm \(text(taken.statistics.norm)) and hands on nothing but zeros"
        )
      }
    } else {
      evidence.append("what reaches it is zero from the start of the pass on")
    }
    evidence.append("so it is in all \(counted(passes.count, "pass", "passes")) looked at")
    return Finding(
      .zeroGradient, summary, evidence: evidence,
      node: zeroer.flatMap { try? examination.place($0, of: pass.pass.graph) },
      parameters: nodes.compactMap { structure.leafName($0) }, pass: passes.first?.pass)
  }

  /// What makes a gradient zero there.
  private static func reason(_ node: Int, _ structure: Structure) -> String {
    switch structure.name(node) {
    case "RoundBackward0", "FloorBackward0", "CeilBackward0", "TruncBackward0", "SignBackward0",
      "SgnBackward0":
      "its result is a step function, flat all over"
    case "ReluBackward0", "ThresholdBackward0", "HardtanhBackward0", "ClampBackward1",
      "ClampMinBackward0", "ClampMaxBackward0", "ClampBackward0":
      "every element lies where the function is flat"
    case "MulBackward0", "MmBackward0", "BmmBackward0", "AddmmBackward0", "MulBackward1",
      "ConvolutionBackward0":
      "a factor that it saved is zero"
    case "SigmoidBackward0", "TanhBackward0", "SoftmaxBackward0", "LogSoftmaxBackward0":
      "every element is so far out that the slope is less than what the dtype holds"
    default: "its derivative is zero at every element"
    }
  }
}
