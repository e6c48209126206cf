// Runs a backward pass.
//
// The rules are PyTorch's (torch/csrc/autograd/engine.cpp):
// - A node runs when every edge into it that the pass can reach has delivered.
// - Of the nodes that are ready, the one made last runs first; accumulators run before all others.
// - What arrives at one forward output of a node is added up in the order of arrival.
// - A gradient is brought to the shape and dtype of the forward output that it is for: summed over
//   broadcast dimensions, converted.
// - With a list of tensors to differentiate, only nodes on a path to one of them run.
// Nothing recurses: a graph of a million nodes runs in constant stack.

internal import CThreadState

struct Engine {
  /// Where a pass starts.
  struct Root {
    var tensor: Tensor
    var edge: Edge
    var gradient: Tensor
  }

  /// A gradient asked for: what flows into an output of a node.
  struct Capture {
    var node: Node
    var output: Int
  }

  private let number: UInt64
  private let retainGraph: Bool
  /// What the pass refuses in gradients; nil when it does not look for anomalies.
  private let anomalies: AnomalyCheck?
  /// What tells of the pass; nil when it is not recorded.
  private let recording: PassRecording?
  private var queue = ReadyQueue()
  /// The nodes reached, kept only when their `isNeeded` marks must be taken back.
  private var marked: [Node] = []
  private let captures: [Capture]
  /// The captures of each node, by position.
  private var capturesOfNode: [ObjectIdentifier: [Int]] = [:]
  private(set) var captured: [Tensor?]
  private let isSelective: Bool
  /// The nodes that run in a selective pass though nothing after them is needed.
  private var accumulating: Set<ObjectIdentifier> = []
  /// The node of the only root, whose tensor's hooks run in any case, as in PyTorch.
  private var onlyRoot: Node?
  /// The state of an outer pass, running now, for nodes that this pass works on as well.
  private var displaced: [Displaced] = []

  private struct Displaced {
    var node: Node
    var pass: UInt64
    var dependencies: Int
    var isNeeded: Bool
    var incoming: Gradients
  }

  private init(
    retainGraph: Bool, captures: [Capture], isSelective: Bool, number: UInt64,
    anomalies: AnomalyCheck?, recording: PassRecording?
  ) {
    self.number = number
    self.retainGraph = retainGraph
    self.anomalies = anomalies
    self.recording = recording
    self.captures = captures
    self.isSelective = isSelective
    captured = Array(repeating: nil, count: captures.count)
    for (i, capture) in captures.enumerated() {
      capturesOfNode[ObjectIdentifier(capture.node), default: []].append(i)
    }
  }

  /// Runs the backward pass from `roots`, each with the gradient that flows into it.
  ///
  /// - Parameters:
  ///   - roots: where the pass starts: a tensor, the output of a node that it is, and its gradient.
  ///   - retainGraph: whether saved tensors stay for another pass.
  ///   - createGraph: whether the pass itself is recorded.
  ///   - captures: the places whose gradients are wanted; they are returned in this order.
  ///   - isSelective: whether only nodes on a path to a capture run.
  ///   - accumulating: the accumulators that run in a selective pass.
  /// - Returns: the gradient at each capture; nil where none arrived.
  /// - Throws: what a node of the graph refuses.
  static func run(
    roots: [Root], retainGraph: Bool, createGraph: Bool,
    captures: [Capture] = [], isSelective: Bool = false, accumulating: [Node] = []
  ) throws(AutogradError) -> [Tensor?] {
    let state = ats_current()
    let number = ats_next_pass()
    let outer = state.pointee.current_pass
    state.pointee.running_passes += 1
    defer {
      state.pointee.running_passes -= 1
      state.pointee.current_pass = outer
    }
    // A checkpoint gives each pass its tensors once: what is recorded beforehand is not of the pass.
    state.pointee.current_pass = 0
    let recording = PassRecorder.current(in: state)?.begin(
      roots.map(\.tensor), retainsGraph: retainGraph, createsGraph: createGraph)
    state.pointee.current_pass = number
    var engine = Engine(
      retainGraph: retainGraph, captures: captures, isSelective: isSelective, number: number,
      anomalies: AnomalyCheck.current(in: state), recording: recording)
    let before = state.pointee.grad_disabled
    state.pointee.grad_disabled = !createGraph
    defer { state.pointee.grad_disabled = before }

    engine.countDependencies(roots, isNested: state.pointee.running_passes > 1)
    if isSelective {
      engine.markNeeded(roots, accumulating)
      engine.accumulating = Set(accumulating.map { ObjectIdentifier($0) })
      if roots.count == 1 { engine.onlyRoot = roots[0].edge.node }
    }
    defer { engine.restore() }
    guard let recording else {
      try engine.run(from: roots, state)
      return engine.captured
    }
    do throws(AutogradError) {
      try engine.run(from: roots, state)
    } catch {
      recording.ended(error)
      throw error
    }
    recording.ended(nil)
    return engine.captured
  }

  private mutating func run(
    from roots: [Root], _ state: UnsafeMutablePointer<ats_state>
  ) throws(AutogradError) {
    for root in roots { try deliver(root.gradient, to: root.edge) }
    if anomalies != nil {
      while let node = queue.pop() { try evaluateNoting(node, state, roots) }
    } else {
      while let node = queue.pop() { try evaluate(node) }
    }
  }

  // MARK: Before the pass

  private mutating func countDependencies(
    _ roots: [Root], isNested: Bool
  ) {
    var stack: Unmanaged<Node>?
    for root in roots {
      let edge = root.edge
      let node = edge.node!
      visit(node, &stack, isNested)
      node.dependencies += 1
    }
    while let top = stack {
      let node = top.takeUnretainedValue()
      stack = node.below
      for i in 0..<node.edgeCount {
        guard let next = node.edge(i).node else { continue }
        visit(next, &stack, isNested)
        next.dependencies += 1
      }
    }
  }

  @inline(__always)
  private mutating func visit(
    _ node: Node, _ stack: inout Unmanaged<Node>?, _ isNested: Bool
  ) {
    guard node.pass != number else { return }
    if isNested {
      displaced.append(
        Displaced(
          node: node, pass: node.pass, dependencies: node.dependencies, isNeeded: node.isNeeded,
          incoming: node.takeIncoming()))
    }
    node.pass = number
    node.dependencies = 0
    node.clearIncoming()
    if isSelective { marked.append(node) }
    node.below = stack
    stack = Unmanaged.passUnretained(node)
  }

  /// Marks the nodes on a path to a capture, or that are to accumulate, as needed.
  private func markNeeded(_ roots: [Root], _ accumulating: [Node]) {
    for node in marked { node.isNeeded = false }
    for capture in captures where capture.node.pass == number { capture.node.isNeeded = true }
    for node in accumulating { node.isNeeded = true }
    // Depth-first postorder: a node is needed when one after it is.
    var seen: Set<ObjectIdentifier> = []
    var stack: [(node: Node, next: Int)] = []
    for root in roots where seen.insert(ObjectIdentifier(root.edge.node!)).inserted {
      stack.append((root.edge.node!, 0))
      while let (node, next) = stack.last {
        if next == node.edgeCount {
          stack.removeLast()
          if !node.isNeeded {
            for i in 0..<node.edgeCount where node.edge(i).node?.isNeeded == true {
              node.isNeeded = true
            }
          }
          continue
        }
        stack[stack.count - 1].next += 1
        if let child = node.edge(next).node, seen.insert(ObjectIdentifier(child)).inserted {
          stack.append((child, 0))
        }
      }
    }
  }

  private func restore() {
    for node in marked { node.isNeeded = true }
    for state in displaced {
      state.node.pass = state.pass
      state.node.dependencies = state.dependencies
      state.node.isNeeded = state.isNeeded
      for i in 0..<state.node.outputCount {
        if let gradient = state.incoming[i] { state.node.setIncoming(gradient, i) }
      }
    }
  }

  // MARK: During the pass

  /// Evaluates a node in a pass that looks for anomalies: nodes and errors know where they come from.
  private mutating func evaluateNoting(
    _ node: Node, _ state: UnsafeMutablePointer<ats_state>,
    _ roots: [Root]
  ) throws(AutogradError) {
    let outer = state.pointee.running_node
    state.pointee.running_node = Unmanaged.passUnretained(node).toOpaque()
    defer { state.pointee.running_node = outer }
    do throws(AutogradError) {
      try evaluate(node)
    } catch {
      throw error.traced(to: node, roots: roots.map { $0.edge.node! })
    }
  }

  private mutating func evaluate(_ node: Node) throws(AutogradError) {
    var gradients = node.takeIncoming()
    let hooks = node.hooks
    if isSelective {
      let runs = runs(node)
      // As in PyTorch, a capture that the pass goes on from is taken before the tensor's hooks.
      if runs {
        capture(node, gradients)
      } else {
        if node.isNeeded || node === onlyRoot {
          try hooks?.callTensorHooks(&gradients)
          capture(node, gradients)
        }
        return pass(Gradients(), from: node)
      }
    }
    var given: [Tensor?] = []
    if let hooks {
      try hooks.callTensorHooks(&gradients)
      try hooks.callPrehooks(&gradients, count: node.outputCount)
      given = gradients.array(count: node.outputCount)
    }
    if gradients.isEmpty(count: node.outputCount), !node.runsWithoutGradients {
      // The formula is not asked, but hooks see that nothing flows.
      var nothing = Gradients()
      try hooks?.callPostHooks(&nothing, count: node.edgeCount, given)
      return pass(nothing, from: node)
    }

    try node.checkSavedTensors()
    recording?.willRun(node, gradients)
    var results = try node.backward(consume gradients)
    // What a node saved is looked at once more where its results need explaining.
    if recording == nil { letGoOfSavedTensors(node) }
    for i in 0..<node.edgeCount {
      guard let result = results[i] else { continue }
      let edge = node.edge(i)
      // What a formula gives beyond what is needed goes nowhere, but hooks see it.
      guard let next = edge.node else { continue }
      if isSelective, !next.isNeeded {
        results[i] = nil
        continue
      }
      if let fitted = try Engine.fit(result, to: edge, from: node, input: i) { results[i] = fitted }
    }
    if let hooks { try hooks.callPostHooks(&results, count: node.edgeCount, given) }
    if let recording {
      recording.didRun(node, results)
      letGoOfSavedTensors(node)
    }
    if let anomalies { try anomalies.check(results, of: node) }
    for i in 0..<node.edgeCount {
      let edge = node.edge(i)
      guard let next = edge.node else { continue }
      let result = results.take(i)
      if let recording, let result {
        recording.arriving(result, from: i, at: next, Int(edge.output))
      }
      accumulate(result, into: next, Int(edge.output))
    }
  }

  @inline(__always)
  private func letGoOfSavedTensors(_ node: Node) {
    if retainGraph { node.dropUnpackedTensors() } else { node.releaseSavedTensors() }
  }

  /// Tells the nodes after one that does not run that nothing comes from it.
  private mutating func pass(_ nothing: Gradients, from node: Node) {
    for i in 0..<node.edgeCount {
      if let next = node.edge(i).node { accumulate(nil, into: next, Int(node.edge(i).output)) }
    }
  }

  /// Whether a node of a selective pass runs, rather than being only looked at by a capture.
  private func runs(_ node: Node) -> Bool {
    guard node.isNeeded else { return false }
    if accumulating.contains(ObjectIdentifier(node)) { return true }
    if node.edgeCount == 0 {
      return capturesOfNode[ObjectIdentifier(node)] == nil
    }
    for i in 0..<node.edgeCount where node.edge(i).node?.isNeeded == true { return true }
    return false
  }

  private mutating func capture(_ node: Node, _ gradients: borrowing Gradients) {
    for i in capturesOfNode[ObjectIdentifier(node)] ?? [] {
      captured[i] = gradients[captures[i].output]
    }
  }

  private mutating func deliver(_ gradient: Tensor, to edge: Edge) throws(AutogradError) {
    let fitted = try Engine.fit(gradient, to: edge, from: nil, input: 0) ?? gradient
    recording?.arriving(fitted, from: nil, at: edge.node!, Int(edge.output))
    accumulate(fitted, into: edge.node!, Int(edge.output))
  }

  @inline(__always)
  private mutating func accumulate(_ gradient: consuming Tensor?, into node: Node, _ output: Int) {
    if let gradient {
      if var sum = node.takeIncoming(output) {
        // A sum that only the engine holds grows in place.
        if sum.isContiguous, sum.sizes == gradient.sizes, Gradients.isOwned(&sum) {
          sum.addInPlace(gradient)
        } else {
          sum = sum + gradient
        }
        node.setIncoming(sum, output)
      } else {
        node.setIncoming(gradient, output)
      }
    }
    node.dependencies -= 1
    if node.dependencies == 0 { queue.push(node) }
  }

  /// The gradient in the shape and dtype of the output that it is for; nil when it is already.
  @inline(__always)
  static func fit(
    _ gradient: Tensor, to edge: Edge, from node: Node?, input: Int
  ) throws(AutogradError) -> Tensor? {
    let wanted = edge.node!.outputMetadata(Int(edge.output))
    if gradient.sizes == wanted.sizes, gradient.dtype == wanted.dtype { return nil }
    return try reshape(gradient, to: wanted, from: node, input: input)
  }

  private static func reshape(
    _ gradient: Tensor, to wanted: OutputMetadata, from node: Node?, input: Int
  ) throws(AutogradError) -> Tensor {
    var gradient = gradient
    if gradient.sizes != wanted.sizes {
      guard Broadcast.isExpandable(wanted.sizes, to: gradient.sizes) else {
        throw AutogradError(
          .shapeMismatch,
          "Function \(node?.name ?? "backward") returned an invalid gradient at index \(input) - "
            + "got \(gradient.sizes) but expected shape compatible with \(wanted.sizes)",
          node: node?.name)
      }
      gradient = gradient.sumTo(wanted.sizes)
    }
    return gradient.dtype == wanted.dtype ? gradient : gradient.to(wanted.dtype)
  }
}
