// A node as plain values: what it takes to run it again in another process.

package import GraphModel

/// What a node is made of, without the graph around it.
///
/// Tensors are told by their place in a list that belongs to the caller, so that nodes can share it.
package struct NodeArchive: Sendable, Hashable {
  /// The node's class, which is PyTorch's name of the node.
  package var name: String
  /// What the class stores beside edges and saved tensors, by the names of its properties.
  package var fields: JSONValue
  /// What the node saved, by slot.
  package var saved: [Slot]
  /// What the forward outputs look like.
  package var outputs: [Metadata]
  /// Where the gradients of the forward inputs go; nil for an input that has none.
  package var inputs: [Input?]
  /// What changed a view in place, where the node is the `CopySlices` of that.
  package var function: [NodeArchive]

  /// The shape and dtype of a tensor.
  package struct Metadata: Sendable, Hashable {
    package var shape: [Int]
    package var dtype: String
  }

  package enum Slot: Sendable, Hashable {
    case none
    /// A tensor of the forward pass, and which of the list it is.
    case input(Int, Metadata)
    /// A result of the node.
    case result(Int, Metadata)
    case scalar(Scalar)
  }

  package struct Input: Sendable, Hashable {
    /// What the gradient is brought to.
    package var metadata: Metadata
    /// Whether the gradient is asked for.
    package var isNeeded: Bool
  }

  /// Takes a node apart; its tensors are added to `tensors`, each once.
  ///
  /// Throws where the node cannot run without its program, and where its saved tensors are gone.
  package init(of node: Node, tensors: inout [Tensor]) throws(NodeArchiveError) {
    var writer = FieldWriter(tensors)
    try self.init(node, &writer)
    tensors = writer.tensors
  }

  private init(_ node: Node, _ writer: inout FieldWriter) throws(NodeArchiveError) {
    name = "\(type(of: node))"
    do throws(NodeArchiveError) {
      if let problem = node.archivingProblem { throw NodeArchiveError(.notArchivable, problem) }
      if let slices = node as? CopySlices {
        fields = try writer.json(slices.view)
        function = [try NodeArchive(slices.function, &writer)]
      } else {
        let stored = try StoredField.all(ofNode: type(of: node))
        fields = try withExtendedLifetime(node) { () throws(NodeArchiveError) in
          try writer.json(stored, in: Unmanaged.passUnretained(node).toOpaque())
        }
        function = []
      }
      saved = try Self.slots(of: node, &writer)
    } catch {
      throw error.of(name)
    }
    outputs = (0..<node.outputCount).map { Metadata(node.outputMetadata($0)) }
    inputs = (0..<node.edgeCount).map { i in
      let edge = node.edge(i)
      return edge.node.map {
        Input(
          metadata: Metadata($0.outputMetadata(Int(edge.output))), isNeeded: $0.isNeeded)
      }
    }
  }

  private static func slots(
    of node: Node, _ writer: inout FieldWriter
  ) throws(NodeArchiveError) -> [Slot] {
    if node.areSavedTensorsReleased {
      throw NodeArchiveError(.noSavedTensors, "the pass has let go of the saved tensors")
    }
    var slots: [Slot] = []
    for slot in 0..<(2 + (node.more?.saved.count ?? 0)) {
      let saved: SavedTensor
      do throws(AutogradError) {
        saved = try node.unpackedForArchive(slot)
      } catch {
        throw NodeArchiveError(.noSavedTensors, error.message)
      }
      slots.append(try Slot(saved, &writer))
    }
    while slots.last == Slot.none { slots.removeLast() }
    return slots
  }
}

extension NodeArchive.Metadata {
  init(_ metadata: OutputMetadata) {
    shape = metadata.sizes.array
    dtype = metadata.dtype.name
  }

  init(_ tensor: Tensor) {
    shape = tensor.shape
    dtype = tensor.dtype.name
  }
}

extension NodeArchive.Slot {
  init(_ saved: SavedTensor, _ writer: inout FieldWriter) throws(NodeArchiveError) {
    switch saved.kind {
    case .none, .packed: self = .none
    case .scalar: self = .scalar(saved.storedScalar!)
    case .input:
      self = .input(writer.index(of: saved.stored!), NodeArchive.Metadata(saved.stored!))
    case .result:
      self = .result(writer.index(of: saved.stored!), NodeArchive.Metadata(saved.stored!))
    }
  }
}

extension Node {
  /// Why the node cannot run without its program; nil for one that can.
  fileprivate var archivingProblem: String? {
    if kind == .function { return "its code is in the program" }
    if self is AccumulateGrad { return "it adds to its leaf, and computes nothing" }
    return nil
  }

  fileprivate func unpackedForArchive(_ slot: Int) throws(AutogradError) -> SavedTensor {
    guard savedTensor(slot).kind == .packed,
      let packed = more?.packed.first(where: { $0.slot == slot })?.tensor
    else { return savedTensor(slot) }
    let tensor = try packed.unpacked(node: name)
    return packed.kind == .result ? .result(tensor) : .input(tensor)
  }
}
