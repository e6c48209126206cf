// What a node keeps of the forward pass for its backward pass.

/// A tensor or number that a node saved under a name.
///
/// An input is kept as it is, so that it leads to its own history. A result is kept without its
/// history, which would be a cycle, and gets it back when it is unpacked.
struct SavedTensor {
  enum Kind: UInt8 {
    case none, input, result, scalar
    /// Hooks have the tensor; see `PackedTensor`.
    case packed
  }

  private(set) var kind: Kind
  private var version: UInt32
  private var tensor: Tensor?
  private var scalar: Scalar

  /// A slot that the node had no need for.
  static var none: SavedTensor {
    SavedTensor(kind: .none, version: 0, tensor: nil, scalar: .int(0))
  }

  /// A slot whose tensor hooks have packed.
  static var packed: SavedTensor {
    SavedTensor(kind: .packed, version: 0, tensor: nil, scalar: .int(0))
  }

  @inline(__always)
  private init(kind: Kind, version: UInt32, tensor: Tensor?, scalar: Scalar) {
    self.kind = kind
    self.version = version
    self.tensor = tensor
    self.scalar = scalar
  }

  @inline(__always)
  static func input(_ tensor: Tensor) -> SavedTensor {
    SavedTensor(
      kind: .input, version: tensor.storage.version, tensor: tensor, scalar: .int(0))
  }

  @inline(__always)
  static func result(_ tensor: Tensor) -> SavedTensor {
    let alias = tensor.alias()
    alias.outputNumber = tensor.outputNumber
    return SavedTensor(
      kind: .result, version: tensor.storage.version, tensor: alias, scalar: .int(0))
  }

  static func scalar(_ scalar: Scalar) -> SavedTensor {
    SavedTensor(kind: .scalar, version: 0, tensor: nil, scalar: scalar)
  }

  /// An operand as an input.
  @inline(__always)
  static func input(_ operand: Operand) -> SavedTensor {
    switch operand {
    case .tensor(let tensor): .input(tensor)
    case .scalar(let scalar): .scalar(scalar)
    }
  }

  /// How often the tensor was changed in place since it was saved; 0 when it was not.
  var currentVersion: UInt32 { tensor?.storage.version ?? version }
  var savedVersion: UInt32 { version }
  var isModified: Bool { tensor.map { $0.storage.version != version } ?? false }

  /// The tensor as it was saved, without a check and, for a result, without history.
  var stored: Tensor? { tensor }

  var storedScalar: Scalar? { kind == .scalar ? scalar : nil }

  /// The operand for a formula of the backward pass; a result leads back to `owner` when the
  /// backward pass is itself recorded.
  @inline(__always)
  func unpack(owner: Node) -> Operand {
    switch kind {
    case .scalar: return .scalar(scalar)
    case .input: return .tensor(tensor!)
    case .result:
      guard isGradEnabled else { return .tensor(tensor!) }
      let result = tensor!.alias()
      result.gradFnStorage = owner.rewriter?.viewNode() ?? owner
      result.outputNumber = tensor!.outputNumber
      return .tensor(result)
    case .none, .packed:
      fatalError("\(owner.name) reads a tensor that it did not save")
    }
  }
}
