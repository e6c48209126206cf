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
    /// A hook, or a formula of a custom function, returned what cannot be.
    case invalidResult
    /// A hook or a function that the caller gave threw an error, which is `underlying`.
    case userError
    /// A gradient held NaN or an infinity while anomalies were looked for.
    case notFinite
    /// What a checkpoint computed again is not what it computed first.
    case recomputationDiffers
    /// A derivative is not that of the differences.
    case gradcheckFailed
    /// A result does not depend on an input, which was asked to be an error.
    case independent
  }

  /// A node on the way to an error, and where its forward call was made.
  public struct Origin: Sendable, Hashable {
    /// The node's name.
    public var node: String
    /// The file, relative to the program's package; nil when it was not captured.
    public var file: String?
    /// The line, counted from 1.
    public var line: Int?
  }

  /// What kind of mistake it is.
  public var code: Code
  /// What is wrong, in PyTorch's words where it has them, and the way out.
  public var message: String
  /// The name of the node at which it was noticed.
  public var node: String?
  /// Which of the node's inputs it was noticed at.
  public var input: Int?
  /// Within `detectAnomaly`: the node at which it was noticed, the node whose backward pass made that
  /// one, and so on to the node that the program's own forward pass made.
  public var trace: [Origin] = []
  /// The error that a hook or a function of the caller's threw.
  public var underlying: (any Error)?

  /// The message.
  public var description: String { message }

  init(_ code: Code, _ message: String, node: String? = nil) {
    self.code = code
    self.message = message
    self.node = node
  }

  /// What to throw for an error of the caller's own code: the error itself where it is one of these.
  init(wrapping error: any Error, node: String? = nil) {
    if let error = error as? AutogradError {
      self = error
      return
    }
    self.init(.userError, "\(error)", node: node)
    underlying = error
  }

  /// Compares all but the underlying errors, of which only the text counts.
  public static func == (a: AutogradError, b: AutogradError) -> Bool {
    a.code == b.code && a.message == b.message && a.node == b.node && a.input == b.input
      && a.trace == b.trace
  }

  /// Hashes what is compared.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(code)
    hasher.combine(message)
    hasher.combine(node)
    hasher.combine(input)
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

/// Calls code of the user's, whose errors become `AutogradError`s.
@inline(__always)
func calling<Result>(
  node: String? = nil, _ body: () throws -> Result
) throws(AutogradError) -> Result {
  do {
    return try body()
  } catch {
    throw AutogradError(wrapping: error, node: node)
  }
}
