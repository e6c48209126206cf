// The backward graph as plain values.

internal import CThreadState
public import GraphModel

/// What an exported graph holds beyond its structure.
public struct ExportOptions: Sendable {
  /// The elements of leaves and roots.
  public var values: Bool
  /// What is known in numbers of the leaves' gradients.
  public var gradients: Bool

  /// Creates options; nothing extra unless asked for.
  public init(values: Bool = false, gradients: Bool = false) {
    self.values = values
    self.gradients = gradients
  }
}

extension Tensor {
  /// The graph that leads to this tensor, as plain values that can be written, drawn and compared.
  ///
  /// - Parameters:
  ///   - parameters: names for tensors, as pictures show them.
  ///   - options: what to add to the structure.
  /// - Returns: the graph, whose only root is this tensor.
  public func graph(
    parameters: [String: Tensor] = [:], options: ExportOptions = ExportOptions()
  ) -> ComputationGraph {
    ComputationGraph(of: [self], parameters: parameters, options: options)
  }
}

extension ComputationGraph {
  /// The graph that leads to several tensors.
  ///
  /// Nodes are numbered in a depth-first preorder walk from the roots, tensors as the walk meets
  /// them. It does not recurse, and the same program gives the same graph. A name for a tensor that
  /// the walk does not meet is left out.
  public init(
    of roots: [Autograd.Tensor], parameters: [String: Autograd.Tensor] = [:],
    options: ExportOptions = ExportOptions()
  ) {
    self = Self.withTensors(of: roots, parameters: parameters, options: options).graph
  }

  /// The graph that leads to several tensors, and the tensors that it has, by their ids.
  static func withTensors(
    of roots: [Autograd.Tensor], parameters: [String: Autograd.Tensor] = [:],
    options: ExportOptions = ExportOptions()
  ) -> (graph: ComputationGraph, tensors: [Autograd.Tensor]) {
    var exporter = Exporter(parameters, options)
    // An export is one pass for what hooks unpack, so that a checkpoint computes again but once.
    let state = ats_current()
    let outer = state.pointee.current_pass
    if outer == 0 { state.pointee.current_pass = ats_next_pass() }
    defer { state.pointee.current_pass = outer }
    let graph = exporter.export(roots)
    return (graph, exporter.met)
  }
}

private struct Exporter {
  private let names: [ObjectIdentifier: String]
  private let options: ExportOptions
  private var nodeIDs: [ObjectIdentifier: Int] = [:]
  private var order: [Node] = []
  private var tensorIDs: [ObjectIdentifier: Int] = [:]
  private var storageIDs: [ObjectIdentifier: Int] = [:]
  /// The tensors met, kept alive so that an address names one object.
  private(set) var met: [Tensor] = []
  private var tensors: [ComputationGraph.Tensor] = []

  init(_ parameters: [String: Tensor], _ options: ExportOptions) {
    var names: [ObjectIdentifier: String] = [:]
    for (name, tensor) in parameters.sorted(by: { $0.key < $1.key }) {
      names[ObjectIdentifier(tensor)] = name
    }
    self.names = names
    self.options = options
  }

  mutating func export(_ roots: [Tensor]) -> ComputationGraph {
    var bases: [Tensor] = []
    for root in roots {
      walk(from: root)
      if let base = root.base, !bases.contains(where: { $0 === base }) { bases.append(base) }
    }
    for base in bases { walk(from: base) }

    let rootIDs = roots.map { add($0, .root) }
    for root in roots {
      guard let base = root.base else { continue }
      tensors[tensorIDs[ObjectIdentifier(root)]!].viewOf = add(base, .base)
    }
    let ranks = sequenceRanks()
    let nodes = order.enumerated().map { id, node in exported(node, id, ranks[id]) }
    return ComputationGraph(
      producer: ComputationGraph.Producer(name: "agviz", version: agvizVersion),
      roots: rootIDs, nodes: nodes, tensors: tensors)
  }

  private mutating func walk(from root: Tensor) {
    var stack: [Node] = []
    if let node = root.gradFn { stack.append(node) }
    while let node = stack.popLast() {
      guard nodeIDs[ObjectIdentifier(node)] == nil else { continue }
      nodeIDs[ObjectIdentifier(node)] = order.count
      order.append(node)
      for i in (0..<node.edgeCount).reversed() {
        if let next = node.edge(i).node { stack.append(next) }
      }
    }
  }

  /// The order of creation among the graph's nodes; nil for accumulators.
  private func sequenceRanks() -> [Int?] {
    var ranks = [Int?](repeating: nil, count: order.count)
    let made = order.indices.filter { order[$0].sequenceNumber != Node.firstOfAll }
      .sorted { order[$0].sequenceNumber < order[$1].sequenceNumber }
    for (rank, i) in made.enumerated() { ranks[i] = rank }
    return ranks
  }

  private mutating func exported(_ node: Node, _ id: Int, _ rank: Int?) -> ComputationGraph.Node {
    var leaf: Int?
    if let accumulator = node as? AccumulateGrad { leaf = add(accumulator.variable, .leaf) }
    let unpacked = node.unpackedForExport()
    var saved: [String: ComputationGraph.Saved] = [:]
    for (slot, name) in type(of: node).savedNames.enumerated() {
      saved[name] = .tensor(exported(node, slot, unpacked))
    }
    for (name, slots) in node.savedTuples {
      saved[name] = .tensors(slots.map { $0.flatMap { exported(node, $0, unpacked) } })
    }
    return ComputationGraph.Node(
      id: id, name: node.name, kind: node.kind,
      inputs: (0..<node.edgeCount).map { i in
        let edge = node.edge(i)
        return edge.node.map {
          ComputationGraph.Edge(node: nodeIDs[ObjectIdentifier($0)]!, output: Int(edge.output))
        }
      },
      outputs: (0..<node.outputCount).map { i in
        let output = node.outputMetadata(i)
        return ComputationGraph.Output(shape: output.sizes.array, dtype: output.dtype.name)
      },
      attributes: node.attributes, saved: saved, leaf: leaf,
      scope: node.scope?.path, source: node.origin?.location,
      sequence: rank)
  }

  private mutating func exported(
    _ node: Node, _ slot: Int, _ unpacked: [Int: Tensor]
  ) -> Int? {
    if let tensor = unpacked[slot] { return add(tensor, .saved) }
    let saved = node.savedTensor(slot)
    if let tensor = saved.stored { return add(tensor, .saved) }
    return saved.storedScalar.map { add(Operand.scalar($0).asTensor(), .saved) }
  }

  /// The id of a tensor, which is met here for the first time or again.
  @discardableResult
  private mutating func add(_ tensor: Tensor, _ role: ComputationGraph.TensorRole) -> Int {
    if let id = tensorIDs[ObjectIdentifier(tensor)] {
      if Exporter.rank(role) < Exporter.rank(tensors[id].role) {
        tensors[id].role = role
        addDetails(tensor, id)
      }
      return id
    }
    let id = tensors.count
    tensorIDs[ObjectIdentifier(tensor)] = id
    met.append(tensor)
    let next = storageIDs.count
    let storage = storageIDs[ObjectIdentifier(tensor.storage)] ?? next
    storageIDs[ObjectIdentifier(tensor.storage)] = storage
    let history = tensor.hasInvalidHistory ? nil : tensor.gradFn
    let edge = history.flatMap { node in
      nodeIDs[ObjectIdentifier(node)].map {
        ComputationGraph.Edge(node: $0, output: Int(tensor.outputNumber))
      }
    }
    tensors.append(
      ComputationGraph.Tensor(
        id: id, role: role, name: names[ObjectIdentifier(tensor)], shape: tensor.shape,
        dtype: tensor.dtype.name, requiresGrad: tensor.requiresGrad, gradFn: edge,
        storage: storage))
    addDetails(tensor, id)
    return id
  }

  private mutating func addDetails(_ tensor: Tensor, _ id: Int) {
    let role = tensors[id].role
    if options.values, role == .leaf || role == .root {
      tensors[id].values = tensor.alias().toArray()
    }
    if options.gradients, role == .leaf, let gradient = tensor.grad {
      tensors[id].gradient = ComputationGraph.GradientSummary(of: gradient)
    }
  }

  private static func rank(_ role: ComputationGraph.TensorRole) -> Int {
    switch role {
    case .root: 0
    case .leaf: 1
    case .base: 2
    case .saved: 3
    }
  }
}

extension ComputationGraph.GradientSummary {
  /// What is known in numbers of a gradient's elements.
  init(of gradient: Tensor) {
    let values: [Double] = gradient.toArray()
    let finite = values.filter(\.isFinite)
    self.init(
      minimum: finite.min() ?? .nan, maximum: finite.max() ?? .nan,
      mean: finite.reduce(0, +) / Double(finite.count),
      norm: finite.reduce(0) { $0 + $1 * $1 }.squareRoot(),
      nanCount: values.count { $0.isNaN }, infinityCount: values.count { $0.isInfinite })
  }
}
