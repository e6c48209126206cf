// Units that learn nothing: relus that never fire, sigmoids and tanhs that are flat.

internal import GraphModel

/// Finds layers of which much hands no gradient on, in all passes.
enum DeadUnits {
  static func findings(_ passes: [DetailedPass], _ examination: Examination) -> [Finding] {
    guard passes.count >= Thresholds.zeroPasses else { return [] }
    var found: [Finding] = []
    var named: Set<String> = []
    for graph in Set(passes.map(\.pass.graph)).sorted() {
      let alike = passes.filter { $0.pass.graph == graph }
      guard alike.count >= Thresholds.zeroPasses else { continue }
      for node in alike[0].structure.graph.nodes {
        let finding: Finding? =
          switch node.name {
          case "ReluBackward0", "ThresholdBackward0": dead(node.id, alike, examination)
          case "SigmoidBackward0", "TanhBackward0": saturated(node.id, alike, examination)
          default: nil
          }
        // Another graph of the same program says the same of its layers.
        let place = "\(node.name) \(node.scope ?? "") \(node.source?.line ?? node.id)"
        if let finding, named.insert(place).inserted { found.append(finding) }
      }
    }
    return found
  }

  /// What a node took and handed on in each pass; nil where it did not run in all.
  private static func flows(
    _ node: Int, _ passes: [DetailedPass]
  ) -> [(taken: GradientStatistics, given: GradientStatistics)]? {
    var flows: [(taken: GradientStatistics, given: GradientStatistics)] = []
    for pass in passes {
      guard let order = pass.calls.first(where: { $0.node == node })?.order,
        let taken = pass.measurement(.gradOutput, at: order),
        let given = pass.measurement(.gradInput, at: order)
      else { return nil }
      flows.append((taken.statistics, given.statistics))
    }
    return flows
  }

  private static func dead(
    _ node: Int, _ passes: [DetailedPass], _ examination: Examination
  ) -> Finding? {
    guard let flows = flows(node, passes) else { return nil }
    let structure = passes[0].structure
    let share = flows.map(\.given.zeroFraction).min()!
    // What comes may be sparse itself, behind a pooling layer or a dropout.
    let isOfNode = flows.allSatisfy { $0.taken.zeroFraction < 0.5 }
    let bias = biasGradients(behind: node, passes)
    let units = bias.flatMap { deadUnits($0, batch: flows[0].taken.count / max($0[0].count, 1)) }
    guard (isOfNode && share >= Thresholds.deadShare) || units != nil else { return nil }
    var evidence = [
      "of what it hands on at least \(percent(share)) is zero in each of the "
        + "\(counted(passes.count, "pass", "passes")) looked at"
    ]
    var who = "\(percent(share)) of its gradient is zero"
    if let units {
      who = "\(units.dead) of \(units.count) units"
      evidence.append(
        "the gradient of the bias before it has \(units.dead) zeros or more in all of them: these "
          + "units fire for no sample of a batch")
    }
    evidence.append(
      "the input lies below zero: a large negative bias, or a step that was too large")
    return Finding(
      .deadUnits, "dead units behind \(structure.text(node)): \(who)", evidence: evidence,
      node: try? examination.place(node, of: passes[0].pass.graph), pass: passes[0].pass)
  }

  /// The gradients of the bias that is added right before a node; nil where none is.
  private static func biasGradients(
    behind node: Int, _ passes: [DetailedPass]
  ) -> [GradientStatistics]? {
    let structure = passes[0].structure
    var current = node
    // A view or a normalisation may lie between, not another layer.
    for _ in 0..<3 {
      guard case let edge?? = structure.graph.nodes[current].inputs.first else { return nil }
      current = edge.node
      let leaves = structure.graph.nodes[current].inputs.compactMap { $0?.node }.filter {
        guard let leaf = structure.graph.nodes[$0].leaf else { return false }
        return structure.graph.tensors[leaf].shape.count == 1
      }
      guard let bias = leaves.first else { continue }
      let gradients = passes.compactMap { pass -> GradientStatistics? in
        guard let order = pass.calls.first(where: { $0.node == bias })?.order else { return nil }
        return pass.measurement(.gradOutput, at: order)?.statistics
      }
      return gradients.count == passes.count && gradients[0].count > 0 ? gradients : nil
    }
    return nil
  }

  private static func deadUnits(
    _ gradients: [GradientStatistics], batch: Int
  ) -> (dead: Int, count: Int)? {
    let dead = gradients.map(\.zeroCount).min()!
    let most = gradients.map(\.zeroCount).max()!
    let count = gradients[0].count
    // The same units each time: their number hardly changes.
    guard batch >= Thresholds.deadBatch, Double(dead) >= Thresholds.deadUnits * Double(count),
      most - dead <= max(count / 10, 1)
    else { return nil }
    return (dead, count)
  }

  private static func saturated(
    _ node: Int, _ passes: [DetailedPass], _ examination: Examination
  ) -> Finding? {
    guard let flows = flows(node, passes) else { return nil }
    let structure = passes[0].structure
    guard isHidden(node, structure), flows.allSatisfy({ $0.taken.norm > 0 }) else { return nil }
    let ratios = flows.map { $0.given.norm / $0.taken.norm }
    guard let most = ratios.max(), most <= Thresholds.saturation else { return nil }
    return Finding(
      .saturatedUnits,
      "saturated units at \(structure.text(node)): it hands on \(text(most)) of the gradient",
      evidence: [
        "norm: \(text(flows[0].taken.norm)) in, \(text(flows[0].given.norm)) out (step "
          + "\(passes[0].pass.step))",
        "its input is so large that the function is flat there: scale or normalise what comes in",
      ], node: try? examination.place(node, of: passes[0].pass.graph), pass: passes[0].pass)
  }

  /// Whether a product with weights follows: a loss of a probability gives what its sigmoid takes away.
  private static func isHidden(_ node: Int, _ structure: Structure) -> Bool {
    let products: Set<String> = [
      "AddmmBackward0", "MmBackward0", "BmmBackward0", "BaddbmmBackward0", "ConvolutionBackward0",
    ]
    var consumer = node
    // A consumer has a smaller id or lies nearer to the root: no way is longer than the graph.
    for _ in structure.graph.nodes {
      guard let next = structure.consumers[consumer].first?.node else { return false }
      if products.contains(structure.name(next)) { return true }
      consumer = next
    }
    return false
  }

  private static func percent(_ share: Double) -> String {
    share == 1 ? "all" : "\(Int((share * 100).rounded(.down))) %"
  }
}
