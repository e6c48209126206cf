// A pass whose root is not finite: where in the forward pass that began.

internal import GradientJournal
internal import GraphModel

/// What is known of the forward pass before a pass whose root is not finite.
struct ForwardPass {
  private let pass: Recording.Pass
  private let passes: [Recording.Pass]
  private let structure: Structure
  private let witnesses: [Recording.Witness]
  /// The first element that is not finite of tensors that no node made, by id.
  private let givenWitnesses: [Int: Recording.Witness]
  /// What is known of the results of nodes.
  private var results: [Int: GradientStatistics] = [:]
  /// What is known of tensors that no node made, by id.
  private var given: [Int: GradientStatistics] = [:]

  init(
    _ pass: Recording.Pass, _ structure: Structure, _ witnesses: [Recording.Witness],
    _ recording: Recording
  ) throws {
    self.pass = pass
    passes = recording.passes
    self.structure = structure
    self.witnesses = witnesses.filter {
      $0.order == NonFinite.forwardOrder && structure.graph.nodes.indices.contains($0.input)
    }
    givenWitnesses = Dictionary(
      witnesses.filter { $0.order == Int(Witness.givenOrder) }.map { ($0.input, $0) }
    ) { first, _ in first }
    let tensors = structure.graph.tensors
    for one in try recording.savedTensors(of: pass.id) where tensors.indices.contains(one.slot) {
      if let edge = tensors[one.slot].gradFn {
        note(one.statistics, of: edge.node)
      } else {
        given[one.slot] = one.statistics
      }
    }
    // What a node saved of its own result has no history there.
    for node in structure.graph.nodes {
      for (name, saved) in node.saved where name.hasPrefix("result") {
        guard case .tensor(let id?) = saved, let statistics = given.removeValue(forKey: id) else {
          continue
        }
        if name == "result" || name == "result0" { note(statistics, of: node.id) }
      }
    }
    for one in try recording.forwardResults(of: pass.id) {
      if let node = one.node, structure.graph.nodes.indices.contains(node) {
        note(one.statistics, of: node)
      }
    }
  }

  /// Of several results of a node one that is not finite counts.
  private mutating func note(_ statistics: GradientStatistics, of node: Int) {
    if let known = results[node], !known.isFinite { return }
    results[node] = statistics
  }

  func origin(_ series: LeafSeries) -> NonFinite.Origin {
    let offending = Set(
      results.filter { !$0.value.isFinite }.map(\.key) + witnesses.map(\.input)
    ).sorted { sequence($0) < sequence($1) }
    // A mask of -∞ is no fault, unless nothing else is found.
    let blamed = offending.filter { !isMask($0) }
    if let leaf = offendingLeaf { return parameterOrigin(leaf, offending, series) }
    guard let first = blamed.first ?? offending.first else {
      return NonFinite.Origin(
        cause: .unknown, verdict: "the root is \(text(pass.root ?? .nan))", node: nil,
        evidence: ["no tensor of the forward pass was recorded: ask for more detail"])
    }
    let rest = offending.filter { sequence($0) > sequence(first) }.map { structure.text($0) }
    var passedOn: [String] = []
    if !rest.isEmpty { passedOn = ["passed on by \(listed(rest, most: 3))"] }
    passedOn.append("the loss is \(text(pass.root ?? .nan))")

    if let constant = offendingConstant(of: first) {
      return NonFinite.Origin(
        cause: .data, verdict: "in the data", node: first,
        evidence: [constant] + passedOn)
    }
    let witness = witnesses.first { $0.input == first }
    let explanation = Explanation(
      forward: witness, of: first, result: results[first], structure: structure,
      results: results, given: given)
    return NonFinite.Origin(
      cause: explanation.cause, verdict: explanation.words, node: first,
      evidence: explanation.evidence + passedOn)
  }

  private func sequence(_ node: Int) -> Int { structure.graph.nodes[node].sequence ?? -1 }

  /// Whether a node put -∞ where something is not to count.
  private func isMask(_ node: Int) -> Bool {
    let masks: Set<String> = [
      "MaskedFillBackward0", "MaskedFillBackward1", "WhereBackward0", "AddBackward0",
      "AddBackward1", "ViewBackward0", "UnsafeViewBackward0", "ReshapeAliasBackward0",
      "TransposeBackward0", "ExpandBackward0",
    ]
    guard masks.contains(structure.name(node)), let result = results[node] else { return false }
    return result.nanCount == 0 && result.positiveInfinityCount == 0
  }

  /// A leaf that was not finite before the pass.
  private var offendingLeaf: Int? {
    structure.graph.nodes.first { node in
      node.leaf.flatMap { given[$0] }.map { !$0.isFinite } ?? false
    }?.id
  }

  private func parameterOrigin(
    _ leaf: Int, _ offending: [Int], _ series: LeafSeries
  ) -> NonFinite.Origin {
    let name = structure.leafText(leaf)
    let statistics = structure.graph.nodes[leaf].leaf.flatMap { given[$0] }
    let place = structure.graph.nodes[leaf].leaf.map(firstPlace) ?? ""
    var evidence = ["it holds \(statistics?.healthWords ?? "what is not finite")\(place)"]
    if let last = series.leaves.first(where: { $0.name == name })?.entries.last {
      let isNext = passes[last.place].id &+ 1 == pass.id
      evidence.append(
        "its gradient was finite in the \(isNext ? "pass" : "recorded pass") before (norm \(text(last.after.norm))): \(isNext ? "the" : "a") "
          + "step that followed made it so")
    } else {
      evidence.append("it was so before the first pass")
    }
    if !offending.isEmpty {
      evidence.append(
        "passed on by \(listed(offending.map { structure.text($0) }, most: 3))")
    }
    return NonFinite.Origin(
      cause: .parameter, verdict: "the parameter \(name)", node: leaf, evidence: evidence,
      parameters: structure.leafName(leaf).map { [$0] } ?? [])
  }

  /// `, the first at [3, 1]: NaN`; empty where that is not known.
  private func firstPlace(in tensor: Int) -> String {
    givenWitnesses[tensor].map { ", the first at \($0.index): \(text($0.value))" } ?? ""
  }

  /// What a node was given that no node made and that is not finite, in words.
  private func offendingConstant(of node: Int) -> String? {
    let known = structure.graph.nodes[node]
    for (name, saved) in known.saved.sorted(by: { $0.key < $1.key })
    where !name.contains("mask") {
      for case let id? in saved.ids {
        let tensor = structure.graph.tensors[id]
        // A node's own result can lie among what it saved without a maker.
        guard tensor.gradFn == nil, tensor.role == .saved, let statistics = given[id],
          !statistics.isFinite
        else { continue }
        let what = tensor.name ?? "what \(structure.text(node)) was given as \(name)"
        return "\(printable(what)), of shape \(tensor.shape), holds \(statistics.healthWords)"
          + "\(firstPlace(in: id)), before any operator"
      }
    }
    return nil
  }
}
