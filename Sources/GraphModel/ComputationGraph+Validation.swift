// What makes values a graph: ids are positions, everything referred to exists, nothing is circular.

/// Something wrong in a graph, and the way to it in the exported form.
struct GraphProblem: Error {
  var code = GraphFileError.Code.badGraph
  var path: [KeyPathStep]
  var message: String

  var error: GraphFileError {
    GraphFileError(code: code, message: message, keyPath: path.text)
  }
}

extension ComputationGraph {
  /// Checks that the values make a graph; a graph that was read from a file does.
  ///
  /// Ids are positions; roots, edges, leaves, saved tensors and bases refer to what exists; nodes
  /// do not lead back to themselves, nor views to theirs; sizes, counts and storages are not
  /// negative; no text holds a NUL. Throws an error that names the first key that breaks this.
  /// Takes time in proportion to the graph.
  public func validate() throws(GraphFileError) {
    if let problem = firstProblem() { throw problem.error }
  }

  func firstProblem() -> GraphProblem? {
    do {
      try checkText(producer.name, [.key("producer"), .key("name")])
      try checkText(producer.version, [.key("producer"), .key("version")])
      for index in nodes.indices {
        try checkId(nodes[index].id, at: index, of: nodes.count, "nodes")
      }
      for index in tensors.indices {
        try checkId(tensors[index].id, at: index, of: tensors.count, "tensors")
      }
      for (index, root) in roots.enumerated() {
        try checkTensor(root, [.key("roots"), .index(index)])
      }
      for index in nodes.indices { try check(nodes[index], at: index) }
      for index in tensors.indices { try check(tensors[index], at: index) }
      try checkCycles()
      try checkViews()
      return nil
    } catch {
      return error
    }
  }

  private func checkId(
    _ id: Int, at position: Int, of count: Int, _ list: String
  ) throws(GraphProblem) {
    guard id != position else { return }
    let message =
      if id < 0 {
        "an id cannot be negative: \(id)"
      } else if id < position {
        "id \(id) is given twice"
      } else {
        "id \(id) stands at position \(position); an id is the position in the list"
      }
    throw GraphProblem(path: [.key(list), .index(position), .key("id")], message: message)
  }

  private func check(_ node: Node, at index: Int) throws(GraphProblem) {
    // Built where it is needed: most graphs have no problem.
    var path: [KeyPathStep] { [.key("nodes"), .index(index)] }
    try checkText(node.name, path + [.key("name")])
    for (slot, input) in node.inputs.enumerated() {
      if let input { try check(input, path + [.key("inputs"), .index(slot)]) }
    }
    for (number, output) in node.outputs.enumerated() {
      try checkShape(output.shape, path + [.key("outputs"), .index(number), .key("shape")])
      try checkText(output.dtype, path + [.key("outputs"), .index(number), .key("dtype")])
    }
    // The first by name, since a dictionary has no order.
    if let name = node.attributes.lazy.filter(hasNUL).map(\.key).min() {
      try checkText("\0", path + [.key("attributes"), .key(name)])
    }
    let badSaved = node.saved.lazy.filter { name, saved in
      name.utf8.contains(0)
        || saved.ids.contains { $0.map { !tensors.indices.contains($0) } ?? false }
    }
    if let name = badSaved.map(\.key).min(), let saved = node.saved[name] {
      let path = path + [.key("saved"), .key(name)]
      try checkText(name, path)
      for (position, id) in saved.ids.enumerated() {
        guard let id else { continue }
        if case .tensors = saved { try checkTensor(id, path + [.index(position)]) }
        try checkTensor(id, path)
      }
    }
    if let leaf = node.leaf {
      guard node.kind == .accumulateGrad else {
        throw GraphProblem(
          path: path + [.key("leaf")], message: "only an accumulateGrad node has a leaf")
      }
      try checkTensor(leaf, path + [.key("leaf")])
    }
    if let scope = node.scope { try checkText(scope, path + [.key("scope")]) }
    if let source = node.source {
      try checkText(source.file, path + [.key("source"), .key("file")])
      if source.line < 1 {
        throw GraphProblem(
          path: path + [.key("source"), .key("line")],
          message: "lines are counted from 1, not \(source.line)")
      }
    }
    if let sequence = node.sequence { try checkCount(sequence, path + [.key("sequence")]) }
  }

  private func check(_ tensor: Tensor, at index: Int) throws(GraphProblem) {
    var path: [KeyPathStep] { [.key("tensors"), .index(index)] }
    if let name = tensor.name { try checkText(name, path + [.key("name")]) }
    let count = try checkShape(tensor.shape, path + [.key("shape")])
    try checkText(tensor.dtype, path + [.key("dtype")])
    if let gradFn = tensor.gradFn { try check(gradFn, path + [.key("gradFn")]) }
    try checkCount(tensor.storage, path + [.key("storage")])
    if let base = tensor.viewOf { try checkTensor(base, path + [.key("viewOf")]) }
    if let values = tensor.values, values.count != count {
      throw GraphProblem(
        path: path + [.key("values")],
        message: "\(values.count) values for a shape of \(count) elements")
    }
    if let gradient = tensor.gradient {
      try checkCount(gradient.nanCount, path + [.key("gradient"), .key("nanCount")])
      try checkCount(gradient.infinityCount, path + [.key("gradient"), .key("infinityCount")])
    }
  }

  private func check(
    _ edge: Edge, _ path: @autoclosure () -> [KeyPathStep]
  ) throws(GraphProblem) {
    guard nodes.indices.contains(edge.node) else {
      throw GraphProblem(path: path() + [.index(0)], message: "there is no node \(edge.node)")
    }
    let target = nodes[edge.node]
    // A node without outputs comes from an exporter that does not know them.
    guard edge.output >= 0, target.outputs.isEmpty || edge.output < target.outputs.count else {
      let count = target.outputs.count
      throw GraphProblem(
        path: path() + [.index(1)],
        message: "node \(edge.node) \(quoted(target.name)) has no output \(edge.output)"
          + (count == 0 ? "" : ", only \(count)"))
    }
  }

  private func checkTensor(
    _ id: Int, _ path: @autoclosure () -> [KeyPathStep]
  ) throws(GraphProblem) {
    guard tensors.indices.contains(id) else {
      throw GraphProblem(path: path(), message: "there is no tensor \(id)")
    }
  }

  private func checkCount(
    _ count: Int, _ path: @autoclosure () -> [KeyPathStep]
  ) throws(GraphProblem) {
    guard count >= 0 else {
      throw GraphProblem(
        code: .badValue, path: path(), message: "cannot be negative: \(count)")
    }
  }

  /// Returns how many elements a shape has.
  @discardableResult
  private func checkShape(
    _ shape: [Int], _ path: @autoclosure () -> [KeyPathStep]
  ) throws(GraphProblem) -> Int {
    var count = 1
    var isEmpty = false
    for (dimension, size) in shape.enumerated() {
      try checkCount(size, path() + [.index(dimension)])
      if size == 0 { isEmpty = true }
      let product = count.multipliedReportingOverflow(by: max(size, 1))
      guard !product.overflow else {
        throw GraphProblem(
          code: .badValue, path: path(), message: "the shape has more than 2^63 - 1 elements")
      }
      count = product.partialValue
    }
    return isEmpty ? 0 : count
  }

  private func checkText(
    _ text: String, _ path: @autoclosure () -> [KeyPathStep]
  ) throws(GraphProblem) {
    guard !text.utf8.contains(0) else {
      throw GraphProblem(
        code: .badValue, path: path(), message: "a text cannot hold a NUL character")
    }
  }

  private func hasNUL(_ name: String, _ value: AttributeValue) -> Bool {
    if name.utf8.contains(0) { return true }
    if case .string(let text) = value { return text.utf8.contains(0) }
    return false
  }

  /// Walks depth first with a stack of its own; an edge to a node that is still open closes a cycle.
  private func checkCycles() throws(GraphProblem) {
    enum State: UInt8 { case new, open, done }
    var states = [State](repeating: .new, count: nodes.count)
    var stack: [(node: Int, slot: Int)] = []
    for start in nodes.indices where states[start] == .new {
      states[start] = .open
      stack.append((start, 0))
      while let (node, slot) = stack.last {
        guard slot < nodes[node].inputs.count else {
          states[node] = .done
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].slot += 1
        guard let next = nodes[node].inputs[slot]?.node else { continue }
        switch states[next] {
        case .done: break
        case .new:
          states[next] = .open
          stack.append((next, 0))
        case .open:
          throw GraphProblem(
            path: [.key("nodes"), .index(node), .key("inputs"), .index(slot)],
            message: next == node
              ? "node \(node) leads to itself"
              : "a cycle: node \(next) leads to node \(node), which leads back to it")
        }
      }
    }
  }

  private func checkViews() throws(GraphProblem) {
    // The tensor from which each one was first come across; a chain that meets itself is a cycle.
    var seenFrom = [Int](repeating: -1, count: tensors.count)
    for start in tensors.indices where tensors[start].viewOf != nil {
      var view = start
      while seenFrom[view] < 0, let base = tensors[view].viewOf {
        seenFrom[view] = start
        guard seenFrom[base] != start else {
          throw GraphProblem(
            path: [.key("tensors"), .index(view), .key("viewOf")],
            message: "tensor \(view) is a view of itself"
              + (base == view ? "" : " through tensor \(base)"))
        }
        view = base
      }
    }
  }
}

extension ComputationGraph.Saved {
  /// The ids of the tensors, nil where there is none.
  package var ids: [Int?] {
    switch self {
    case .tensor(let id): [id]
    case .tensors(let ids): ids
    }
  }
}
