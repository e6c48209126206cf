// Runs a program in the engine, step by step as `oracle.py` runs it in PyTorch.

import Autograd
import GraphModel
import GraphRendering

/// Why a program did not run to its end, other than by a trap.
enum Interruption: Error {
  /// The engine refused a call on the graph.
  case refused(String)
  /// The engine does not have what the program needs.
  case unsupported(String)
  /// The program makes no sense.
  case malformed(String)
}

/// A program that runs: its tensors so far, and what was seen of its last backward pass.
final class Execution {
  let program: Program
  /// The leaf tensors as they were made, whatever the steps did to the names.
  let leaves: [(name: String, tensor: Tensor)]
  /// Every tensor by name, in the order of the names' appearance; nil is Python's None.
  private(set) var environment: [(name: String, tensor: Tensor?)] = []
  private var positions: [String: Int] = [:]

  private(set) var graph: [ComputationGraph.Node]?
  private(set) var leafNames: [Int: String] = [:]
  private(set) var dot: DotGraph?
  private(set) var dotSaved: DotGraph?
  private(set) var events: [Event]?

  /// One call of a backward node.
  struct Event {
    let node: Int
    let gradOutputs: [TensorData?]
    let gradInputs: [TensorData?]
  }

  init(_ program: Program) {
    self.program = program
    leaves = program.tensors.map { ($0.name, $0.data.makeTensor()) }
    for (name, tensor) in leaves { bind(name, tensor) }
  }

  /// Runs the program, or only what comes before step `stop`.
  ///
  /// `progress` is told the number of each step before it runs; the backward pass at the end counts
  /// as the step after the last.
  func run(before stop: Int? = nil, progress: (Int) -> Void = { _ in }) throws(Interruption) {
    if let seed = program.seed { manualSeed(seed) }
    for (i, step) in program.steps.enumerated() {
      if i == stop { return }
      progress(i)
      try perform(step)
    }
    guard let final = program.backward else { return }
    let roots = try final.roots.map { (name) throws(Interruption) in try tensor(name) }
    let nodes = observe(roots)
    if stop == program.steps.count { return }
    progress(program.steps.count)
    let gradients = try optionalTensors(final.gradients)
    let log = EventLog()
    let handles = nodes.enumerated().map { i, node in
      node.registerHook { gradInputs, gradOutputs in
        log.events.append(
          Event(
            node: i, gradOutputs: gradOutputs.map { $0.map(TensorData.init) },
            gradInputs: gradInputs.map { $0.map(TensorData.init) }))
      }
    }
    try onGraph { () throws(AutogradError) in
      try Autograd.backward(roots, gradients: gradients, createGraph: final.createGraph)
    }
    for handle in handles { handle.remove() }
    events = log.events
  }

  private final class EventLog {
    var events: [Event] = []
  }

  // MARK: The graph before the last backward pass

  /// Takes the graph and its drawings; returns the nodes in depth-first preorder.
  private func observe(_ roots: [Tensor]) -> [Autograd.Node] {
    var parameters: [String: Tensor] = [:]
    for (name, tensor) in leaves where tensor.requiresGrad { parameters[name] = tensor }
    let exported = ComputationGraph(of: roots, parameters: parameters)
    dot = makeDot(exported)
    if program.drawsSaved { dotSaved = makeDot(exported, showAttrs: true, showSaved: true) }
    let nodes = Execution.walk(roots)
    // The export goes on to the bases of views, the reference's structure does not.
    graph = Array(exported.nodes.prefix(nodes.count))
    for node in exported.nodes {
      if let leaf = node.leaf { leafNames[node.id] = exported.tensors[leaf].name ?? "" }
    }
    return nodes
  }

  private static func walk(_ roots: [Tensor]) -> [Autograd.Node] {
    var order: [Autograd.Node] = []
    var seen: Set<ObjectIdentifier> = []
    var stack = roots.reversed().compactMap(\.gradFn)
    while let node = stack.popLast() {
      guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
      order.append(node)
      for case let next? in node.nextFunctions.reversed() { stack.append(next.node) }
    }
    return order
  }

  // MARK: Names

  private func bind(_ name: String, _ tensor: Tensor?) {
    if let position = positions[name] {
      environment[position].tensor = tensor
    } else {
      positions[name] = environment.count
      environment.append((name, tensor))
    }
  }

  /// Whether a step has bound the name.
  func hasBound(_ name: String) -> Bool { positions[name] != nil }

  private func tensor(_ name: String) throws(Interruption) -> Tensor {
    guard let position = positions[name], let tensor = environment[position].tensor else {
      throw .malformed("there is no tensor \(name)")
    }
    return tensor
  }

  private func tensors(_ names: JSONValue?) throws(Interruption) -> [Tensor] {
    var tensors: [Tensor] = []
    for name in names?.array ?? [] { tensors.append(try tensor(name.string ?? "")) }
    return tensors
  }

  private func optionalTensors(_ names: [String?]) throws(Interruption) -> [Tensor?] {
    var tensors: [Tensor?] = []
    for name in names {
      tensors.append(try name.map { (name) throws(Interruption) in try tensor(name) })
    }
    return tensors
  }

  private func argument(_ json: JSONValue) throws(Interruption) -> Argument {
    switch json {
    case .null: return .none
    case .bool(let value): return .number(.bool(value))
    case .int(let value): return .number(.int(value))
    case .double(let value): return .number(.double(value))
    case .string(let name): return .tensor(try tensor(name))
    case .array(let elements):
      var list: [Argument] = []
      for element in elements { list.append(try argument(element)) }
      return .list(list)
    case .object: throw .malformed("an operator was given \(json)")
    }
  }

  private func keyword(_ json: JSONValue) throws(Interruption) -> Argument {
    if let name = json["tensor"]?.string { return .tensor(try tensor(name)) }
    if let text = json.string { return .text(text) }
    return try argument(json)
  }

  // MARK: Steps

  private func perform(_ step: Step) throws(Interruption) {
    let results: [Tensor?]
    switch step.op {
    case "no_grad":
      return try noGrad { () throws(Interruption) in for inner in step.inner { try perform(inner) }
      }
    case "backward": return try performBackward(step)
    case "zero_grad": return try tensor(step.firstInput).grad = nil
    case "grad_of": results = [try tensor(step.firstInput).grad]
    case "grad": results = try performGrad(step)
    case "retain_grad":
      try tensor(step.firstInput).retainGrad()
      results = [nil]
    case "requires_grad_":
      let value = step.arguments.first { $0.name == "value" }?.value.bool ?? true
      results = [try tensor(step.firstInput).requiresGrad_(value)]
    case "index": results = [try tensor(step.firstInput)[indices: try indices(step)]]
    case "index_put_": results = [try performAssignment(step)]
    default: results = try performOperator(step)
    }
    for (name, result) in zip(step.outputs, results) { bind(name, result) }
  }

  private func performOperator(_ step: Step) throws(Interruption) -> [Tensor?] {
    var positional: [Argument] = []
    for input in step.inputs { positional.append(try argument(input)) }
    var keywords: [String: Argument] = [:]
    for member in step.arguments { keywords[member.name] = try keyword(member.value) }
    let call = Call(step.op, positional: positional, keywords: keywords)
    do throws(CallError) {
      return try OperatorTable.perform(call)
    } catch {
      switch error {
      case .unsupported(let what): throw .unsupported(what)
      case .malformed(let why): throw .malformed(why)
      }
    }
  }

  private func performBackward(_ step: Step) throws(Interruption) {
    let roots = try tensors(step.details["of"])
    let gradients = try optionalTensors(step.details["gradient"]?.array?.map(\.string) ?? [nil])
    try onGraph { () throws(AutogradError) in
      try Autograd.backward(
        roots, gradients: gradients, retainGraph: step.details["retain_graph"]?.bool,
        createGraph: step.details["create_graph"]?.bool ?? false)
    }
  }

  private func performGrad(_ step: Step) throws(Interruption) -> [Tensor?] {
    let outputs = try tensors(step.details["of"])
    let inputs = try tensors(step.details["wrt"])
    let names = step.details["gradient"]?.array?.map(\.string) ?? outputs.map { _ in nil }
    let gradients = try optionalTensors(names)
    return try onGraph { () throws(AutogradError) in
      try Autograd.grad(
        of: outputs, withRespectTo: inputs, gradients: gradients,
        retainGraph: step.details["retain_graph"]?.bool,
        createGraph: step.details["create_graph"]?.bool ?? false,
        allowUnused: step.details["allow_unused"]?.bool ?? false)
    }
  }

  private func onGraph<Result>(
    _ body: () throws(AutogradError) -> Result
  ) throws(Interruption) -> Result {
    do throws(AutogradError) {
      return try body()
    } catch {
      throw .refused(error.message)
    }
  }

  private func performAssignment(_ step: Step) throws(Interruption) -> Tensor {
    let target = try tensor(step.firstInput)
    guard step.inputs.count == 2 else { throw .malformed("index_put_ takes two inputs") }
    switch try argument(step.inputs[1]) {
    case .tensor(let value): target[indices: try indices(step)] = value
    case .number(let value):
      target[indices: try indices(step)] = .full([], value, dtype: target.dtype)
    case .text, .list, .none: throw .malformed("index_put_ was given neither tensor nor number")
    }
    return target
  }

  private func indices(_ step: Step) throws(Interruption) -> [any TensorIndexConvertible] {
    var indices: [any TensorIndexConvertible] = []
    for entry in step.details["index"]?.array ?? [] {
      switch entry {
      case .int(let position): indices.append(position)
      case .bool(let value): indices.append(value)
      case .string("none"): indices.append(TensorIndex.newAxis)
      case .string("ellipsis"): indices.append(TensorIndex.ellipsis)
      case .string(let name): indices.append(try tensor(name))
      default:
        guard let bounds = entry["slice"]?.array, bounds.count == 3 else {
          throw .malformed("there is no index \(entry)")
        }
        indices.append(TensorIndex.slice(bounds[0].int, bounds[1].int, bounds[2].int))
      }
    }
    return indices
  }
}

extension Step {
  fileprivate var firstInput: String { inputs.first?.string ?? "" }
}
