// Nodes that were taken apart, put together again and run by themselves.

internal import GraphModel

extension NodeArchive {
  /// The most outputs, inputs or saved tensors that a node is believed to have.
  private static let mostSlots = 1 << 20

  /// Puts the node together.
  ///
  /// Everything is checked before the node is made; what a formula makes of fields and tensors that
  /// are well formed but do not fit each other is another matter: like any operator it may stop the
  /// program.
  ///
  /// - Parameters:
  ///   - tensors: the list that the archive's tensors are places in.
  ///   - floatingPoint: the dtype in which the node computes, in place of that of its tensors.
  /// - Returns: the node; where its gradients go stands in for the graph.
  /// - Throws: what does not fit.
  package func restored(
    tensors: [Tensor], computingIn floatingPoint: DType? = nil
  ) throws(NodeArchiveError) -> Node {
    do throws(NodeArchiveError) {
      if let floatingPoint, !floatingPoint.isFloatingPoint {
        throw NodeArchiveError(
          .badTensor, "gradients are not computed in \(floatingPoint.name)")
      }
      return try restored(
        FieldReader(tensors: tensors, floatingPoint: floatingPoint), isInner: false)
    } catch {
      throw error.of(printable(name, limit: 100))
    }
  }

  private func restored(
    _ reader: borrowing FieldReader, isInner: Bool
  ) throws(NodeArchiveError) -> Node {
    for (what, count) in [
      ("saved", saved.count), ("outputs", outputs.count), ("inputs", inputs.count),
    ] where count > Self.mostSlots {
      throw NodeArchiveError(.badField, "\(count) elements").within(what)
    }
    let outputs = try outputs.map { (metadata) throws(NodeArchiveError) in
      try within("outputs") { () throws(NodeArchiveError) in try metadata.checked(reader) }
    }
    let inputs = try inputs.map { (input) throws(NodeArchiveError) -> Edge in
      guard let input else { return .none }
      return try within("inputs") { () throws(NodeArchiveError) in
        Edge(
          node: StandIn(try input.metadata.checked(reader), isNeeded: input.isNeeded), output: 0)
      }
    }
    let saved = try saved.map { (slot) throws(NodeArchiveError) in
      try within("saved") { () throws(NodeArchiveError) in try slot.restored(reader) }
    }
    let node = try made(reader, isInner)
    node.describeOutputs(outputs)
    for edge in inputs { node.addEdge(edge) }
    for (slot, saved) in saved.enumerated() where saved.kind != .none { node.store(saved, slot) }
    return node
  }

  /// A node of the archive's class and fields.
  private func made(
    _ reader: borrowing FieldReader, _ isInner: Bool
  ) throws(NodeArchiveError) -> Node {
    let type = try NodeArchive.nodeClass(name)
    if type == CopySlices.self {
      guard function.count == 1, !isInner else {
        throw NodeArchiveError(.badField, "a change of a view is by one function").within(
          "function")
      }
      let view = try within("fields") { () throws(NodeArchiveError) in
        try reader.value(ChangedView.self, fields).checked()
      }
      let node = try within("function") { () throws(NodeArchiveError) in
        try function[0].restored(reader, isInner: true)
      }
      return CopySlices(view, node)
    }
    guard function.isEmpty else {
      throw NodeArchiveError(.badField, "the node has no function within").within("function")
    }
    let stored = try StoredField.all(ofNode: type)
    return makeNode(
      type,
      try within("fields") { () throws(NodeArchiveError) in
        try reader.initializers(stored, fields)
      })
  }

  /// The class of a name: one of this module's, below `Node`.
  private static func nodeClass(_ name: String) throws(NodeArchiveError) -> Node.Type {
    // What the runtime looks up is the mangled name: that of `Node` with its name exchanged.
    guard name.utf8.count <= 200, name.utf8.first.map(isLetter) ?? false,
      name.utf8.allSatisfy({ isLetter($0) || isDigit($0) }),
      let node = _mangledTypeName(Node.self), node.hasSuffix("4NodeC"),
      let type = _typeByName("\(node.dropLast(6))\(name.utf8.count)\(name)C") as? Node.Type,
      // Classes of which others are made have no formula of their own.
      type != AccumulateGrad.self, !name.hasSuffix("Node")
    else { throw NodeArchiveError(.unknownNode, "there is no node of this name") }
    return type
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z") || byte == UInt8(ascii: "_")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
}

extension NodeArchive.Metadata {
  /// The shape and dtype in which the node is to run.
  fileprivate func checked(
    _ reader: borrowing FieldReader
  ) throws(NodeArchiveError) -> OutputMetadata {
    guard let dtype = DType(name: dtype) else {
      throw NodeArchiveError(.badField, "there is no dtype \(quoted(dtype))")
    }
    guard shape.count <= Dims.capacity, shape.allSatisfy({ $0 >= 0 }), isAddressable else {
      throw NodeArchiveError(
        .badField, "there is no tensor of shape \(printable("\(shape)", limit: 60))")
    }
    return OutputMetadata(sizes: Dims(shape), dtype: reader.converted(dtype))
  }

  private var isAddressable: Bool {
    var bytes = 8
    for size in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: max(size, 1))
      if overflow { return false }
      bytes = product
    }
    return true
  }
}

extension NodeArchive.Slot {
  fileprivate func restored(
    _ reader: borrowing FieldReader
  ) throws(NodeArchiveError) -> SavedTensor {
    switch self {
    case .none: .none
    case .scalar(let scalar): .scalar(scalar)
    case .input(let index, let metadata): .input(try tensor(index, metadata, reader))
    case .result(let index, let metadata): .result(try tensor(index, metadata, reader))
    }
  }

  private func tensor(
    _ index: Int, _ metadata: NodeArchive.Metadata, _ reader: borrowing FieldReader
  ) throws(NodeArchiveError) -> Tensor {
    let tensor = try reader.tensor(index)
    let wanted = try metadata.checked(reader)
    guard tensor.sizes == wanted.sizes, tensor.dtype == wanted.dtype else {
      throw NodeArchiveError(
        .badTensor,
        "tensor \(index) is of shape \(tensor.sizes), \(tensor.dtype.name), not \(wanted.sizes), "
          + wanted.dtype.name)
    }
    return tensor
  }
}

extension ChangedView {
  /// Throws where no gradient has such a place; the memory that one takes is bounded.
  fileprivate func checked() throws(NodeArchiveError) -> ChangedView {
    if let obstacle { throw NodeArchiveError(.badField, obstacle) }
    guard Strided.extent(baseSizes, baseStrides) <= 1 << 32 else {
      throw NodeArchiveError(.badField, "a base with gaps of more memory than is taken for it")
    }
    return self
  }
}

/// What stands in the graph where a gradient of a restored node goes.
private final class StandIn: Node {
  init(_ metadata: OutputMetadata, isNeeded: Bool) {
    super.init(sequenceNumber: Node.firstOfAll)
    output = metadata
    self.isNeeded = isNeeded
  }
}

extension Node {
  /// Runs the node by itself, as a backward pass that is not recorded runs it.
  ///
  /// - Parameter gradOutputs: the gradients of the forward outputs, of their shapes and dtypes.
  /// - Returns: the gradients of the forward inputs, brought to their shapes and dtypes; nil for those
  ///   that are not asked for.
  /// - Throws: what the formula refuses, and a gradient that does not fit.
  package func run(gradOutputs: [Tensor?]) throws(AutogradError) -> [Tensor?] {
    guard gradOutputs.count == outputCount else {
      throw AutogradError(
        .invalidArgument,
        "\(name) takes \(outputCount) gradients, not \(gradOutputs.count)", node: name)
    }
    for (i, gradient) in gradOutputs.enumerated() {
      guard let gradient else { continue }
      let wanted = outputMetadata(i)
      guard gradient.sizes == wanted.sizes, gradient.dtype == wanted.dtype else {
        throw AutogradError(
          .shapeMismatch,
          "the gradient of output \(i) of \(name) is of shape \(wanted.sizes), "
            + "\(wanted.dtype.name), not \(gradient.sizes), \(gradient.dtype.name)", node: name)
      }
    }
    return try noGrad { () throws(AutogradError) in
      let gradients = Gradients(gradOutputs)
      guard runsWithoutGradients || !gradients.isEmpty(count: outputCount) else {
        return Array(repeating: nil, count: edgeCount)
      }
      try checkSavedTensors()
      var results = try backward(gradients)
      dropUnpackedTensors()
      return try (0..<edgeCount).map { (i) throws(AutogradError) in
        let edge = edge(i)
        guard edge.node?.isNeeded ?? false, let result = results.take(i) else { return nil }
        return try Engine.fit(result, to: edge, from: self, input: i) ?? result
      }
    }
  }
}
