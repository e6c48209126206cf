// Compares two aligned graphs part by part and puts the differences into words.

/// The comparison of two graphs, from their alignment to the list of changes.
struct GraphComparison {
  private let first: ComputationGraph
  private let second: ComputationGraph
  private let nodes: GraphAlignment
  /// For each tensor of the first graph, the one of the second that stands for it.
  private var tensors: [Int?]
  private var tensorsBack: [Int?]
  private var changes: [GraphDiff.Kind: [String]] = [:]
  private let firstPlaces: Places
  private let secondPlaces: Places

  init(_ first: ComputationGraph, _ second: ComputationGraph) {
    self.first = first
    self.second = second
    nodes = GraphAlignment(first, second)
    tensors = Array(repeating: nil, count: first.tensors.count)
    tensorsBack = Array(repeating: nil, count: second.tensors.count)
    firstPlaces = Places(first)
    secondPlaces = Places(second)
  }

  mutating func run() -> [GraphDiff.Change] {
    matchTensors()
    compareNodes()
    compareRoots()
    compareLeaves()
    for (i, j) in pairs(tensors) { compareTensor(first.tensors[i], second.tensors[j]) }
    compareStorages()
    compareOrder()
    let (a, b) = (first.producer, second.producer)
    if a != b {
      note(.producer, "~ producer: \(a.name) \(a.version) → \(b.name) \(b.version)")
    }
    return GraphDiff.Kind.allCases.flatMap { kind in
      (changes[kind] ?? []).map { GraphDiff.Change(kind: kind, description: $0) }
    }
  }

  private mutating func note(_ kind: GraphDiff.Kind, _ text: String) {
    changes[kind, default: []].append(printable(text, limit: 1000))
  }

  private func pairs(_ map: [Int?]) -> [(Int, Int)] {
    map.indices.compactMap { index in map[index].map { (index, $0) } }
  }

  /// Names decide first, then the places that matched nodes give their tensors.
  private mutating func matchTensors() {
    var names: [String: Int] = [:]
    for tensor in second.tensors {
      if let name = tensor.name, names[name] == nil { names[name] = tensor.id }
    }
    for tensor in first.tensors {
      if let name = tensor.name, let other = names[name] { match(tensor.id, other) }
    }
    for (a, b) in zip(first.roots, second.roots) { match(a, b) }
    for (i, j) in pairs(nodes.forward) {
      let (a, b) = (first.nodes[i], second.nodes[j])
      if let leafA = a.leaf, let leafB = b.leaf { match(leafA, leafB) }
      for (name, saved) in a.saved.sorted(by: { $0.key < $1.key }) {
        guard let other = b.saved[name] else { continue }
        for case (let idA?, let idB?) in zip(saved.ids, other.ids) { match(idA, idB) }
      }
    }
    for (i, j) in pairs(tensors) {
      var (a, b) = (i, j)
      while let baseA = first.tensors[a].viewOf, let baseB = second.tensors[b].viewOf,
        match(baseA, baseB)
      {
        (a, b) = (baseA, baseB)
      }
    }
  }

  @discardableResult
  private mutating func match(_ a: Int, _ b: Int) -> Bool {
    guard tensors[a] == nil, tensorsBack[b] == nil else { return false }
    tensors[a] = b
    tensorsBack[b] = a
    return true
  }

  /// Whether a tensor of the first graph, or none, stands for one of the second.
  private func corresponds(_ a: Int?, _ b: Int?) -> Bool {
    guard let a else { return b == nil }
    return b != nil && tensors[a] == b
  }

  private mutating func compareRoots() {
    if first.roots.count != second.roots.count {
      note(.root, "~ roots: \(first.roots.count) → \(second.roots.count)")
    }
    for (index, (a, b)) in zip(first.roots, second.roots).enumerated() where tensors[a] != b {
      note(.root, "~ root \(index): \(firstPlaces.tensor(a)) → \(secondPlaces.tensor(b))")
    }
  }

  private mutating func compareLeaves() {
    for tensor in first.tensors where tensors[tensor.id] == nil && tensor.isLeafOrNamed {
      note(.leafLost, "- \(firstPlaces.tensor(tensor.id)), \(tensor.type)")
    }
    for tensor in second.tensors where tensorsBack[tensor.id] == nil && tensor.isLeafOrNamed {
      note(.leafAdded, "+ \(secondPlaces.tensor(tensor.id)), \(tensor.type)")
    }
  }

  private mutating func compareTensor(_ a: ComputationGraph.Tensor, _ b: ComputationGraph.Tensor) {
    // Most pairs agree in everything; their labels are then never made.
    var label: String { firstPlaces.tensor(a.id) }
    if a.name != b.name {
      note(.tensorRenamed, "~ name of \(label): \(nameText(a.name)) → \(nameText(b.name))")
    }
    if a.type != b.type { note(.shape, "~ shape of \(label): \(a.type) → \(b.type)") }
    if a.role != b.role { note(.tensor, "~ role of \(label): \(a.role) → \(b.role)") }
    if a.requiresGrad != b.requiresGrad {
      note(.tensor, "~ \(label) requires a gradient: \(a.requiresGrad) → \(b.requiresGrad)")
    }
    if let target = changed(a.gradFn, b.gradFn) { note(.edge, "~ gradFn of \(label): \(target)") }
    if !corresponds(a.viewOf, b.viewOf) {
      let from = a.viewOf.map { firstPlaces.tensor($0) } ?? "none"
      let to = b.viewOf.map { secondPlaces.tensor($0) } ?? "none"
      note(.tensor, "~ base of \(label): \(from) → \(to)")
    }
    if let change = valuesChange(a.values, b.values) {
      note(.values, "~ values of \(label): \(change)")
    }
    if a.gradient != b.gradient, a.gradient?.text != b.gradient?.text {
      let (from, to) = (a.gradient?.text ?? "none", b.gradient?.text ?? "none")
      note(.values, "~ gradient of \(label): \(from) → \(to)")
    }
  }

  private func valuesChange(_ a: [Double]?, _ b: [Double]?) -> String? {
    guard let a, let b, a.count == b.count else {
      return a?.count == b?.count
        ? nil : "\(a.map { "\($0.count)" } ?? "none") → \(b.map { "\($0.count)" } ?? "none")"
    }
    func differs(_ index: Int) -> Bool {
      a[index] != b[index] && !(a[index].isNaN && b[index].isNaN)
    }
    guard let index = a.indices.first(where: differs) else { return nil }
    let count = a.indices.count(where: differs)
    return "\(count) of \(a.count) differ, first at \(index): \(a[index]) → \(b[index])"
  }

  /// Storage numbers may differ; which tensors share one may not.
  private mutating func compareStorages() {
    var forward: [Int: (storage: Int, tensor: Int)] = [:]
    var backward: [Int: (storage: Int, tensor: Int)] = [:]
    for (i, j) in pairs(tensors) {
      let (a, b) = (first.tensors[i].storage, second.tensors[j].storage)
      if let known = forward[a], known.storage != b {
        note(
          .tensor,
          "~ storage: \(firstPlaces.tensor(i)) no longer shares memory with "
            + firstPlaces.tensor(known.tensor))
      } else if let known = backward[b], known.storage != a {
        note(
          .tensor,
          "~ storage: \(firstPlaces.tensor(i)) now shares memory with "
            + firstPlaces.tensor(known.tensor))
      } else {
        if forward[a] == nil { forward[a] = (b, i) }
        if backward[b] == nil { backward[b] = (a, i) }
      }
    }
  }

  private mutating func compareNodes() {
    for i in first.nodes.indices where nodes.forward[i] == nil {
      note(.nodeRemoved, "- \(firstPlaces.nodeInContext(i))")
    }
    for j in second.nodes.indices where nodes.backward[j] == nil {
      note(.nodeAdded, "+ \(secondPlaces.nodeInContext(j))")
    }
    for (i, j) in pairs(nodes.forward) { compareNode(first.nodes[i], second.nodes[j]) }
  }

  private mutating func compareNode(_ a: ComputationGraph.Node, _ b: ComputationGraph.Node) {
    let isRenamed = a.name != b.name || a.kind != b.kind
    // Most pairs agree in everything; their labels are then never made.
    var label: String {
      let name = quotedName(a.name)
      return a.id == b.id ? "node \(a.id) \(name)" : "node \(a.id)→\(b.id) \(name)"
    }
    if isRenamed {
      let kind = a.kind == b.kind ? "" : " (\(a.kind) → \(b.kind))"
      note(.nodeRenamed, "~ \(label): is now \(quotedName(b.name))\(kind)")
    }
    if a.inputs.count != b.inputs.count {
      note(.edge, "~ edge: \(label) had \(a.inputs.count) inputs, now \(b.inputs.count)")
    }
    for (slot, (edgeA, edgeB)) in zip(a.inputs, b.inputs).enumerated() {
      if let target = changed(edgeA, edgeB) {
        note(.edge, "~ edge: input \(slot) of \(label): \(target)")
      }
    }
    if !corresponds(a.leaf, b.leaf) {
      let from = a.leaf.map { firstPlaces.tensor($0) } ?? "none"
      let to = b.leaf.map { secondPlaces.tensor($0) } ?? "none"
      note(.edge, "~ leaf of \(label): \(from) → \(to)")
    }
    if a.outputs != b.outputs {
      let from = a.outputs.map(\.type).joined(separator: ", ")
      let to = b.outputs.map(\.type).joined(separator: ", ")
      note(.shape, "~ outputs of \(label): \(from) → \(to)")
    }
    // Another operator has other attributes and saves other tensors; its name says that.
    if !isRenamed {
      compareAttributes(a, b, label)
      compareSaved(a, b, label)
    }
    if a.scope != b.scope {
      note(.scope, "~ scope of \(label): \(nameText(a.scope)) → \(nameText(b.scope))")
    }
    if a.source != b.source {
      note(.source, "~ source of \(label): \(a.source.text) → \(b.source.text)")
    }
  }

  private mutating func compareAttributes(
    _ a: ComputationGraph.Node, _ b: ComputationGraph.Node, _ label: @autoclosure () -> String
  ) {
    guard a.attributes != b.attributes else { return }
    for name in Set(a.attributes.keys).union(b.attributes.keys).sorted() {
      let (from, to) = (a.attributes[name]?.json, b.attributes[name]?.json)
      if from != to {
        note(
          .attribute,
          "~ attribute \(quotedName(name)) of \(label()): \(from.short) → \(to.short)")
      }
    }
  }

  private mutating func compareSaved(
    _ a: ComputationGraph.Node, _ b: ComputationGraph.Node, _ label: @autoclosure () -> String
  ) {
    guard !(a.saved.isEmpty && b.saved.isEmpty) else { return }
    for name in Set(a.saved.keys).union(b.saved.keys).sorted() {
      let (from, to) = (a.saved[name], b.saved[name])
      let isSame =
        switch (from, to) {
        case (.tensor(let a), .tensor(let b)): corresponds(a, b)
        case (.tensors(let a), .tensors(let b)):
          a.count == b.count && zip(a, b).allSatisfy { corresponds($0, $1) }
        default: false
        }
      if isSame { continue }
      let before = from.map { firstPlaces.saved($0) } ?? "not saved"
      let after = to.map { secondPlaces.saved($0) } ?? "not saved"
      note(.saved, "~ saved \(quotedName(name)) of \(label()): \(before) → \(after)")
    }
  }

  /// How an edge changed; nil when it leads to where it led.
  private func changed(
    _ a: ComputationGraph.Edge?, _ b: ComputationGraph.Edge?
  ) -> String? {
    let isSame =
      switch (a, b) {
      case (nil, nil): true
      case (let a?, let b?): nodes.forward[a.node] == b.node && a.output == b.output
      default: false
      }
    return isSame ? nil : "\(firstPlaces.edge(a)) → \(secondPlaces.edge(b))"
  }

  /// Sequence numbers may differ; the order that they give the matched nodes may not.
  private mutating func compareOrder() {
    let pairs = pairs(nodes.forward).sorted {
      (first.nodes[$0.0].sequence ?? -1) < (first.nodes[$1.0].sequence ?? -1)
    }
    var last: (i: Int, sequence: Int)?
    for (i, j) in pairs {
      let (a, b) = (first.nodes[i].sequence, second.nodes[j].sequence)
      guard (a == nil) == (b == nil) else {
        note(
          .order,
          "~ order: \(firstPlaces.node(i)) \(a == nil ? "now has" : "has no") sequence number")
        return
      }
      guard let b else { continue }
      if let last, b < last.sequence {
        note(
          .order,
          "~ order: \(firstPlaces.node(i)) is now created before \(firstPlaces.node(last.i))")
        return
      }
      last = (i, b)
    }
  }
}

/// Names for the nodes and tensors of one graph, by where they stand.
private struct Places {
  private let graph: ComputationGraph
  /// For each node, the first node that leads to it, and by which input.
  private var consumers: [(node: Int, slot: Int)?]
  /// For each tensor, the first node that saved it.
  private var savers: [Int?]

  init(_ graph: ComputationGraph) {
    self.graph = graph
    consumers = Array(repeating: nil, count: graph.nodes.count)
    savers = Array(repeating: nil, count: graph.tensors.count)
    for node in graph.nodes {
      for (slot, input) in node.inputs.enumerated() {
        if let input, consumers[input.node] == nil { consumers[input.node] = (node.id, slot) }
      }
      for saved in node.saved.values {
        for case let id? in saved.ids where savers[id] == nil { savers[id] = node.id }
      }
    }
  }

  func node(_ id: Int) -> String {
    let node = graph.nodes[id]
    let leaf = node.leaf.flatMap { graph.tensors[$0].name }.map { " of \(quotedName($0))" } ?? ""
    return "node \(id) \(quotedName(node.name))\(leaf)"
  }

  func nodeInContext(_ id: Int) -> String {
    consumers[id].map { "\(node(id)): input \($0.slot) of \(node($0.node))" } ?? node(id)
  }

  func edge(_ edge: ComputationGraph.Edge?) -> String {
    guard let edge else { return "none" }
    return node(edge.node) + (edge.output == 0 ? "" : " output \(edge.output)")
  }

  func tensor(_ id: Int) -> String {
    let tensor = graph.tensors[id]
    if let name = tensor.name { return "\(tensor.role) \(quotedName(name))" }
    if tensor.role == .saved, let saver = savers[id] {
      return "tensor \(id) saved by \(node(saver))"
    }
    return "\(tensor.role) tensor \(id)"
  }

  func saved(_ saved: ComputationGraph.Saved) -> String {
    let names = saved.ids.map { id in id.map { tensor($0) } ?? "none" }
    if case .tensor = saved { return names[0] }
    return "[\(names.joined(separator: ", "))]"
  }
}

/// A name as it is; in quotes when it is not one plain word.
private func quotedName(_ name: String) -> String {
  let isPlain = name.unicodeScalars.allSatisfy {
    $0.properties.isAlphabetic || $0.properties.numericType != nil
      || "_.:/-".unicodeScalars.contains($0)
  }
  return isPlain && !name.isEmpty && name.utf8.count <= 100 ? name : quoted(name)
}

private func nameText(_ name: String?) -> String {
  name.map(quotedName) ?? "none"
}

extension ComputationGraph.Tensor {
  fileprivate var type: String { "\(dtype) \(shape)" }
  fileprivate var isLeafOrNamed: Bool { role == .leaf || name != nil }
}

extension ComputationGraph.Output {
  fileprivate var type: String { "\(dtype) \(shape)" }
}

extension ComputationGraph.GradientSummary {
  fileprivate var text: String {
    "min \(minimum) max \(maximum) mean \(mean) norm \(norm) nan \(nanCount) inf \(infinityCount)"
  }
}

extension ComputationGraph.SourceLocation? {
  fileprivate var text: String { map { "\($0.file):\($0.line)" } ?? "none" }
}

extension String? {
  /// The text, cut to what a line can bear.
  fileprivate var short: String { map { printable($0, limit: 120) } ?? "none" }
}
