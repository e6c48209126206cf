// What `backward` and `grad` refuse.

/// An error of a call on the graph: `backward`, `grad`, an export.
public struct AutogradError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of mistake it is.
  public enum Code: Sendable, Hashable {
    /// A gradient was asked of a tensor that was not computed from any that requires one.
    case noGradientRequired
    /// A gradient can be created implicitly only for a single number.
    case gradientNotImplicit
    /// A gradient does not fit the tensor that it is for.
    case shapeMismatch
    /// The saved tensors are gone: the graph was already used.
    case backwardTwice
    /// A saved tensor was changed in place after it was saved.
    case modifiedInPlace
    /// A tensor that a gradient was asked for is not part of the graph.
    case unused
    /// The arguments do not fit together.
    case invalidArgument
  }

  /// What kind of mistake it is.
  public var code: Code
  /// What is wrong, in PyTorch's words where it has them, and the way out.
  public var message: String
  /// The name of the node at which it was noticed.
  public var node: String?

  /// The message.
  public var description: String { message }

  init(_ code: Code, _ message: String, node: String? = nil) {
    self.code = code
    self.message = message
    self.node = node
  }

  static func backwardTwice(_ node: Node) -> AutogradError {
    AutogradError(
      .backwardTwice,
      "Trying to backward through the graph a second time: the tensors that \(node.name) saved "
        + "were freed by the first pass. Specify retainGraph: true if you need to backward "
        + "through the graph a second time",
      node: node.name)
  }

  static func modifiedInPlace(_ saved: SavedTensor, in node: Node, slot: Int) -> AutogradError {
    let tensor = saved.stored!
    let names = type(of: node).savedNames
    let maker = saved.kind == .result ? node : tensor.gradFnStorage
    var origin = ""
    if let maker {
      let output = saved.kind == .result ? 0 : Int(tensor.outputNumber)
      origin = ", which is output \(output) of \(maker.name)"
    }
    return AutogradError(
      .modifiedInPlace,
      "one of the variables needed for gradient computation has been modified by an inplace "
        + "operation: [\(tensor.dtype.tensorTypeName) \(tensor.sizes)]\(origin), is at version "
        + "\(saved.currentVersion); expected version \(saved.savedVersion) instead. "
        + "\(node.name) saved it\(slot < names.count ? " as \(names[slot])" : ""): use the "
        + "out-of-place operator, or clone the tensor first",
      node: node.name)
  }
}
