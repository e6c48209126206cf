// What the parts of a diagnosis share: graphs as they are walked, and which passes are looked at.

internal import GraphModel

/// A recording under examination.
final class Examination {
  let recording: Recording
  /// The first pass in which a value is not finite, by its place in `recording.passes`.
  let firstBad: Int?
  private var structures: [Int: Structure] = [:]
  var knownLeafCalls: [LeafCallsKey: [Int: Int]] = [:]

  init(_ recording: Recording) throws {
    self.recording = recording
    firstBad = try recording.passes.firstIndex { pass in
      if let root = pass.root, !root.isFinite { return true }
      guard pass.nonFiniteCount > 0 else { return false }
      // A mask of -∞ that a node had saved is no fault.
      return try recording.holdsNonFinite(pass)
    }
  }

  /// The passes before any value stopped being finite.
  var finitePasses: ArraySlice<Recording.Pass> {
    recording.passes[..<(firstBad ?? recording.passes.count)]
  }

  func structure(_ graph: Int) throws -> Structure {
    if let known = structures[graph] { return known }
    let structure = Structure(try recording.graph(graph))
    structures[graph] = structure
    return structure
  }

  /// The graphs that passes ran over, in the order of these.
  var graphs: [Int] {
    var seen: Set<Int> = []
    return recording.passes.map(\.graph).filter { seen.insert($0).inserted }
  }

  func place(_ node: Int, of graph: Int) throws -> Finding.Place {
    try structure(graph).place(node, of: graph)
  }

  /// A few finite passes, spread over the recording, call by call.
  func detailedPasses() throws -> [DetailedPass] {
    let candidates = Array(finitePasses.filter { $0.callCount > 0 && $0.outcome == .completed })
    guard !candidates.isEmpty else { return [] }
    var chosen: [Recording.Pass] = []
    var rows = 0
    for index in spread(candidates.count, over: Thresholds.detailedPasses) {
      rows += candidates[index].measurementCount
      if rows > Thresholds.detailedRows, !chosen.isEmpty { break }
      chosen.append(candidates[index])
    }
    return try chosen.sorted { $0.id < $1.id }.map { pass in
      try DetailedPass(pass, recording, structure(pass.graph))
    }
  }

  /// So many places of `count`: the first, the last, then those between, so that few are spread as well.
  private func spread(_ count: Int, over wanted: Int) -> [Int] {
    guard count > wanted else { return Array(0..<count) }
    var places = [0, count - 1]
    var parts = 2
    while places.count < wanted {
      for part in stride(from: 1, to: parts, by: 2) where places.count < wanted {
        places.append((count - 1) * part / parts)
      }
      parts *= 2
    }
    var seen: Set<Int> = []
    return places.filter { seen.insert($0).inserted }
  }
}

extension Recording {
  /// Whether a gradient, or a leaf, of a pass holds what is not finite.
  fileprivate func holdsNonFinite(_ pass: Pass) throws -> Bool {
    struct Found: Error {}
    do {
      try forEachMeasurement(
        in: pass.id..<pass.id + 1, roles: Set(Role.allCases).subtracting([.saved]),
        nonFiniteOnly: true
      ) { _ in throw Found() }
      return false
    } catch is Found {
      return true
    }
  }
}

/// A graph with what leads to each of its nodes.
final class Structure {
  let graph: ComputationGraph
  /// For each node, the nodes that took its results in the forward pass, and as which input.
  let consumers: [[(node: Int, input: Int)]]

  init(_ graph: ComputationGraph) {
    self.graph = graph
    var consumers = [[(node: Int, input: Int)]](repeating: [], count: graph.nodes.count)
    for node in graph.nodes {
      for case (let input, let edge?) in node.inputs.enumerated() {
        consumers[edge.node].append((node.id, input))
      }
    }
    self.consumers = consumers
  }

  func name(_ node: Int) -> String { graph.nodes[node].name }

  func leafName(_ node: Int) -> String? {
    graph.nodes[node].leaf.flatMap { graph.tensors[$0].name }
  }

  /// The leaf's name, or what it is.
  func leafText(_ node: Int) -> String {
    if let name = leafName(node) { return printable(name) }
    let shape = graph.nodes[node].leaf.map { graph.tensors[$0].shape } ?? []
    return "an unnamed leaf of shape \(shape)"
  }

  /// The nodes that accumulate gradients.
  var leafNodes: [Int] { graph.nodes.filter { $0.kind == .accumulateGrad }.map(\.id) }

  /// A node for programs.
  func place(_ node: Int, of id: Int) -> Finding.Place {
    let known = graph.nodes[node]
    return Finding.Place(
      graph: id, node: node, name: known.name, leaf: leafName(node), module: known.scope,
      file: known.source?.file, line: known.source?.line)
  }

  /// A node as people find it: `MulBackward0 (layer1.fc, model.swift:12)`.
  func text(_ node: Int) -> String {
    let known = graph.nodes[node]
    if known.kind == .accumulateGrad { return "\(printable(known.name)) of \(leafText(node))" }
    return printable(known.name) + whereText(known)
  }

  /// The name of the first parameter that a node takes, as it is or transposed.
  private func parameter(of node: ComputationGraph.Node) -> String? {
    for case let edge? in node.inputs {
      if let name = leafName(edge.node) { return name }
      let maker = graph.nodes[edge.node]
      if maker.name == "TBackward0", case let next?? = maker.inputs.first,
        let name = leafName(next.node)
      {
        return name
      }
    }
    return nil
  }

  private func whereText(_ node: ComputationGraph.Node) -> String {
    // A module that is called on its own has no path; its parameters may have names.
    let module = node.scope.flatMap { $0.isEmpty ? nil : printable($0) }
    let parts = [
      module ?? parameter(of: node).map { "with \(printable($0))" },
      node.source.map { "\(printable($0.file)):\($0.line)" },
    ].compactMap { $0 }
    return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
  }
}

/// A pass call by call.
struct DetailedPass {
  let pass: Recording.Pass
  let structure: Structure
  let calls: [Recording.Call]
  /// The gradients that calls took and handed on, and what they found at leaves.
  private let measured: [Key: Recording.Measurement]
  let contributions: [Recording.Contribution]

  private struct Key: Hashable {
    var order: Int
    var role: Recording.Role
    var slot: Int
  }

  init(_ pass: Recording.Pass, _ recording: Recording, _ structure: Structure) throws {
    self.pass = pass
    self.structure = structure
    calls = try recording.calls(of: pass.id)
    var measured: [Key: Recording.Measurement] = [:]
    for one in try recording.measurements(of: pass.id) {
      measured[Key(order: one.order, role: one.role, slot: one.slot)] = one
    }
    self.measured = measured
    contributions = try recording.contributions(of: pass.id)
  }

  func measurement(
    _ role: Recording.Role, _ slot: Int = 0, at order: Int
  ) -> Recording.Measurement? {
    measured[Key(order: order, role: role, slot: slot)]
  }
}

/// A number as people read it: three or four digits.
func text(_ value: Double) -> String {
  if value.isNaN { return "NaN" }
  if value.isInfinite { return value < 0 ? "-∞" : "∞" }
  if value == 0 { return "0" }
  let magnitude = abs(value)
  if magnitude >= 1e5 || magnitude < 1e-3 {
    var exponent = 0
    var mantissa = value
    // By steps of ten, as that needs no C function: the loop is short.
    while abs(mantissa) >= 10 {
      mantissa /= 10
      exponent += 1
    }
    while abs(mantissa) < 1 {
      mantissa *= 10
      exponent -= 1
    }
    return "\(rounded(mantissa, 100))e\(exponent)"
  }
  return magnitude >= 100 ? rounded(value, 10) : rounded(value, 1000)
}

private func rounded(_ value: Double, _ places: Double) -> String {
  let result = (value * places).rounded() / places
  return result == result.rounded() && abs(result) < 1e15 ? "\(Int(result))" : "\(result)"
}

/// `1 step`, `2 steps`.
func counted(_ count: Int, _ noun: String, _ nouns: String? = nil) -> String {
  "\(count) \(count == 1 ? noun : nouns ?? noun + "s")"
}

/// Up to `most` names, and how many there are beyond.
func listed(_ names: [String], most: Int = 4) -> String {
  let shown = names.prefix(most).joined(separator: ", ")
  return names.count > most ? "\(shown) and \(names.count - most) more" : shown
}
