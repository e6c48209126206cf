// Whether a call is what a breakpoint asks for.

public import GraphModel

extension Condition {
  /// Whether it may hold of a call of a node in a pass, as far as that can be told without looking
  /// at gradients.
  public func fits(
    _ node: ComputationGraph.Node, of graph: ComputationGraph, in pass: Recording.Pass
  ) -> Bool {
    holds(
      pass: pass, node: { nodeTerms[$0].holds(node, graph) }, tensor: { _ in nil },
      share: { _ in nil }) != false
  }

  /// Whether the condition holds of a call; nil where that depends on what is not known.
  ///
  /// The closures say whether a term holds, by its place; nil where they do not know.
  func holds(
    pass: Recording.Pass, node: (Int) -> Bool, tensor: (Int) -> Bool?, share: (Int) -> Bool?
  ) -> Bool? {
    func truth(_ expression: Expression) -> Bool? {
      switch expression {
      case .pass(let term): return term.holds(pass)
      case .node(let place): return node(place)
      case .tensor(let place): return tensor(place)
      case .share(let place): return share(place)
      case .not(let inner): return truth(inner).map { !$0 }
      case .all(let parts):
        var result: Bool? = true
        for part in parts {
          switch truth(part) {
          case false: return false
          case nil: result = nil
          case true: break
          }
        }
        return result
      case .any(let parts):
        var result: Bool? = false
        for part in parts {
          switch truth(part) {
          case true: return true
          case nil: result = nil
          case false: break
          }
        }
        return result
      }
    }
    return truth(expression)
  }

  /// The terms about tensors that hold of a tensor, as bits.
  func bits(
    _ measurement: Recording.Measurement, before: GradientStatistics?
  ) -> UInt64 {
    var bits: UInt64 = 0
    for (place, term) in tensorTerms.enumerated()
    where term.roles.contains(measurement.role) && term.holds(measurement.statistics, before) {
      bits |= 1 << UInt64(place)
    }
    return bits
  }

  /// The terms about shares that hold of a share, as bits.
  func bits(_ share: Recording.Contribution) -> UInt64 {
    var bits: UInt64 = 0
    for (place, term) in shareTerms.enumerated()
    where term.comparison.holds(term.isCosine ? share.cosine : share.norm) {
      bits |= 1 << UInt64(place)
    }
    return bits
  }

  /// The roles of the tensors that are asked about.
  var roles: Set<Recording.Role> { tensorTerms.reduce(into: []) { $0.formUnion($1.roles) } }
  /// Whether the step before must be known.
  var looksBack: Bool { tensorTerms.contains { $0.looksBack } }
  /// Whether every term about tensors is false of those whose elements are finite.
  var isOfNonFinite: Bool { tensorTerms.allSatisfy(\.isOfNonFinite) }
}

extension Condition.PassTerm {
  func holds(_ pass: Recording.Pass) -> Bool {
    switch self {
    case .number(let comparison): comparison.holds(Double(pass.id))
    case .step(let comparison): comparison.holds(Double(pass.step))
    case .microBatch(let comparison): comparison.holds(Double(pass.microBatch))
    case .phase(let pattern): pattern.matches(pass.phase)
    }
  }
}

extension Condition.NodeTerm {
  func holds(_ node: ComputationGraph.Node, _ graph: ComputationGraph) -> Bool {
    switch self {
    case .id(let id): return node.id == id
    case .name(let pattern):
      return pattern.matches(node.name) || pattern.matches(operatorName(node.name))
    case .module(let pattern):
      guard let scope = node.scope else { return false }
      if pattern.matches(scope) { return true }
      // What is in a module is meant with it.
      return scope.indices.contains { scope[$0] == "." && pattern.matches(scope[..<$0]) }
    case .parameter(let pattern):
      return graph.leafName(of: node).map { pattern.matches($0) } ?? false
    case .source(let file, let line):
      guard let source = node.source, line == nil || line == source.line else { return false }
      let name = source.file.split(separator: "/").last ?? ""
      return file.matches(source.file) || file.matches(name)
    }
  }
}

extension ComputationGraph {
  /// The name of the leaf that a node accumulates in.
  func leafName(of node: Node) -> String? {
    guard let leaf = node.leaf, tensors.indices.contains(leaf) else { return nil }
    return tensors[leaf].name
  }
}

extension Condition.TensorTerm {
  /// Whether the term holds of a tensor; `before` is the same of the step before.
  func holds(_ statistics: GradientStatistics, _ before: GradientStatistics?) -> Bool {
    switch question {
    case .quantity(let quantity, let comparison):
      return comparison.holds(quantity.value(statistics))
    case .changes:
      return before.map { $0.hash != statistics.hash } ?? false
    case .change(let quantity, let change, let comparison):
      guard let before else { return false }
      return comparison.holds(
        change.from(quantity.value(before), to: quantity.value(statistics)))
    }
  }
}

extension Condition.Change {
  /// How much a number changed; NaN where one of both is.
  func from(_ before: Double, to now: Double) -> Double {
    switch self {
    case .factor:
      let (a, b) = (before.magnitude, now.magnitude)
      return a == b ? 1 : a.isNaN || b.isNaN ? .nan : max(a, b) / min(a, b)
    case .percent:
      return now == before ? 0 : 100 * (now - before).magnitude / before.magnitude
    case .difference: return (now - before).magnitude
    }
  }
}
