// The first value that is not finite: who produced it, who only passed it on.

internal import GradientJournal
internal import GraphModel

/// Finds where values stop being finite.
enum NonFinite {
  /// The order of a witness of the forward pass, whose `input` is a node and whose `index` a place in
  /// its result.
  static let forwardOrder = Int(Witness.forwardOrder)

  static func findings(
    _ examination: Examination, _ series: LeafSeries, isAfterGrowth: Bool
  ) throws -> [Finding] {
    guard let bad = examination.firstBad else { return [] }
    let recording = examination.recording
    let pass = recording.passes[bad]
    let structure = try examination.structure(pass.graph)
    let witnesses = try recording.witnesses(of: pass.id)
    let origin: Origin
    if pass.root.map({ !$0.isFinite }) ?? false {
      origin = try ForwardPass(pass, structure, witnesses, recording).origin(series)
    } else {
      origin = try backwardOrigin(pass, structure, witnesses, recording)
    }
    var evidence = origin.evidence
    if bad > 0, recording.passes[bad - 1].session == pass.session,
      recording.passes[bad - 1].id &+ 1 < pass.id
    {
      evidence.append(
        "left out just before: \(counted(pass.id &- recording.passes[bad - 1].id &- 1, "pass", "passes")), "
          + "in which it may have begun")
    }
    if isAfterGrowth { evidence.append("it comes after the gradients had exploded") }
    let where_ = origin.node.map { " at \(structure.text($0))" } ?? ""
    return [
      Finding(
        .nonFinite,
        "the first value that is not finite, in step \(pass.step): \(origin.verdict)\(where_)",
        evidence: evidence, cause: origin.cause,
        node: try origin.node.map { try examination.place($0, of: pass.graph) },
        parameters: origin.parameters, pass: pass)
    ]
  }

  /// Where a value stopped being finite.
  struct Origin {
    var cause: Finding.Cause
    /// What happened, in a few words.
    var verdict: String
    var node: Int?
    var evidence: [String]
    var parameters: [String] = []
  }

  // MARK: In the backward pass

  private static func backwardOrigin(
    _ pass: Recording.Pass, _ structure: Structure, _ witnesses: [Recording.Witness],
    _ recording: Recording
  ) throws -> Origin {
    let calls = try recording.calls(of: pass.id)
    var offending: [Recording.Measurement] = []
    try recording.forEachMeasurement(
      in: pass.id..<pass.id + 1, roles: [.gradOutput, .gradInput, .gradBefore, .parameter],
      nonFiniteOnly: true
    ) { offending.append($0) }
    let passedOn = self.passedOn(offending, calls, structure)

    let witness = witnesses.first {
      calls.node(at: $0.order) != nil
    }
    let firstTaken = offending.first { $0.role == .gradOutput || $0.role == .gradInput }
    if let witness, let node = calls.node(at: witness.order),
      firstTaken.map({ witness.order <= $0.order }) ?? true
    {
      let explanation = Explanation(backward: witness, of: node, structure)
      return Origin(
        cause: explanation.cause, verdict: "\(explanation.words), backward", node: node,
        evidence: explanation.evidence + passedOn.evidence, parameters: passedOn.parameters)
    }
    if let first = firstTaken, let node = calls.node(at: first.order) {
      if first.role == .gradOutput, first.order == 0 {
        return Origin(
          cause: .givenGradient, verdict: "the gradient that the pass began with", node: node,
          evidence: [summary(first)] + passedOn.evidence, parameters: passedOn.parameters)
      }
      let shares = try recording.contributions(of: pass.id, call: first.order).filter {
        first.role == .gradOutput && $0.output == first.slot
      }
      if shares.count > 1, shares.allSatisfy(\.norm.isFinite) {
        return Origin(
          cause: .overflow, verdict: "a sum of \(shares.count) gradients overflows", node: node,
          evidence: ["norms: \(listed(shares.map { text($0.norm) }))"] + passedOn.evidence,
          parameters: passedOn.parameters)
      }
      return Origin(
        cause: .unknown, verdict: "a gradient", node: node,
        evidence: [summary(first)] + passedOn.evidence, parameters: passedOn.parameters)
    }
    let leaf = offending.first { calls.node(at: $0.order) != nil }
    let node = leaf.flatMap { calls.node(at: $0.order) }
    let what = leaf?.role == .gradBefore ? "the gradient that a leaf held before" : "a parameter"
    return Origin(
      cause: .parameter, verdict: what, node: node,
      evidence: [
        leaf.map(summary) ?? "",
        "no gradient of this pass is to blame: it was not finite before the pass",
      ].filter { !$0.isEmpty },
      parameters: node.flatMap { structure.leafName($0) }.map { [$0] } ?? [])
  }

  private static func summary(_ one: Recording.Measurement) -> String {
    "shape \(one.shape), \(one.statistics.healthWords)"
  }

  /// Who took what was not finite already, and the parameters that it reached.
  private static func passedOn(
    _ offending: [Recording.Measurement], _ calls: [Recording.Call], _ structure: Structure
  ) -> (evidence: [String], parameters: [String]) {
    var through: [Int] = []
    var leaves: [Int] = []
    for one in offending where one.role == .gradOutput {
      guard let node = calls.node(at: one.order) else { continue }
      if structure.graph.nodes[node].kind == .accumulateGrad {
        leaves.append(node)
      } else if through.last != node {
        through.append(node)
      }
    }
    var evidence: [String] = []
    if !through.isEmpty {
      evidence.append("passed on by \(listed(through.map { structure.text($0) }, most: 3))")
    }
    let names = leaves.map { structure.leafText($0) }
    if !names.isEmpty { evidence.append("reaches the gradient of \(listed(names))") }
    return (evidence, leaves.compactMap { structure.leafName($0) })
  }
}

extension GradientStatistics {
  /// `3 NaN, 1 +∞ of 12 elements`.
  var healthWords: String {
    let counts = [
      nanCount > 0 ? "\(nanCount) NaN" : nil,
      positiveInfinityCount > 0 ? "\(positiveInfinityCount) +∞" : nil,
      negativeInfinityCount > 0 ? "\(negativeInfinityCount) -∞" : nil,
    ].compactMap { $0 }
    return (counts.isEmpty ? "all finite" : counts.joined(separator: ", "))
      + " of \(counted(count, "element"))"
  }
}
