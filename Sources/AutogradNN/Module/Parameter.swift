// The wrappers that say what a module's properties are: parameters, buffers, children by other names.

public import Autograd

/// What a parameter or buffer is declared as: `Tensor`, or `Tensor?` where there may be none.
public protocol TensorHolding {
  /// The value that holds `tensor`; nil where the declared type has none.
  static func holding(_ tensor: Tensor?) -> Self
  /// The tensor, if there is one.
  var heldTensor: Tensor? { get }
}

extension Tensor: TensorHolding {
  /// The tensor itself; traps when there is none.
  @inlinable public static func holding(_ tensor: Tensor?) -> Tensor {
    guard let tensor else { fatalError("a parameter or buffer is read before it is set") }
    return tensor
  }
  /// The tensor itself.
  @inlinable public var heldTensor: Tensor? { self }
}

extension Tensor?: TensorHolding {
  /// The tensor itself, or nil.
  @inlinable public static func holding(_ tensor: Tensor?) -> Tensor? { tensor }
  /// The tensor itself, or nil.
  @inlinable public var heldTensor: Tensor? { self }
}

/// Where a module keeps a tensor of its own.
public class TensorSlot {
  /// The name given in the declaration; nil for that of the property.
  final let name: String?
  /// The tensor that is there now.
  public final internal(set) var tensor: Tensor?

  init(name: String?, tensor: Tensor?) {
    self.name = name
    self.tensor = tensor
  }
}

/// Where a module keeps a parameter.
public class ParameterSlot: TensorSlot {
  final let requiresGrad: Bool

  init(name: String?, requiresGrad: Bool, tensor: Tensor?) {
    self.requiresGrad = requiresGrad
    super.init(
      name: name, tensor: tensor.map { ParameterSlot.parameter($0, requiresGrad: requiresGrad) })
  }

  /// A leaf that asks for a gradient or not: `tensor` itself if it is a leaf, as what two modules
  /// share is one tensor, else a look at it without its history.
  static func parameter(_ tensor: Tensor, requiresGrad: Bool) -> Tensor {
    if tensor.isLeaf, !tensor.isView {
      return tensor.requiresGrad == requiresGrad ? tensor : tensor.requiresGrad_(requiresGrad)
    }
    return tensor.detach().requiresGrad_(requiresGrad)
  }
}

/// Where a module keeps a buffer.
public class BufferSlot: TensorSlot {
  /// Whether the state dictionary has it.
  final let isPersistent: Bool

  init(name: String?, isPersistent: Bool, tensor: Tensor?) {
    self.isPersistent = isPersistent
    super.init(name: name, tensor: tensor)
  }
}

/// Makes a property of a module a parameter, a leaf that an optimiser changes.
///
/// ```swift
/// final class Scale: Module {
///   @Parameter var weight: Tensor
///   @Parameter("b") var bias: Tensor? = nil  // "b" among the named parameters
///   init(_ count: Int) { weight = .ones(count) }
///   override func forward(_ x: Tensor) -> Tensor { x * weight }
/// }
/// ```
///
/// What is assigned asks for a gradient from then on. A property without a value in its declaration
/// whose wrapper has an argument is set by `_weight.wrappedValue = …` before `super.init`.
@propertyWrapper
public final class Parameter<Value: TensorHolding>: ParameterSlot {
  /// A parameter by the property's name.
  public init(wrappedValue: Value) {
    super.init(name: nil, requiresGrad: true, tensor: wrappedValue.heldTensor)
  }

  /// A parameter by another name, or one that asks for no gradient.
  public init(wrappedValue: Value, _ name: String? = nil, requiresGrad: Bool = true) {
    super.init(name: name, requiresGrad: requiresGrad, tensor: wrappedValue.heldTensor)
  }

  /// A parameter that is set later.
  public init(_ name: String?, requiresGrad: Bool = true) {
    super.init(name: name, requiresGrad: requiresGrad, tensor: nil)
  }

  /// The tensor.
  public var wrappedValue: Value {
    get { Value.holding(tensor) }
    set {
      tensor = newValue.heldTensor.map {
        ParameterSlot.parameter($0, requiresGrad: requiresGrad)
      }
    }
  }
}

/// Makes a property of a module a buffer: part of its state, but nothing that is learned.
///
/// ```swift
/// @Buffer var runningMean = Tensor.zeros(8)                // "running_mean" in the state
/// @Buffer(persistent: false) var mask = Tensor.ones(4, 4)  // not in the state
/// ```
@propertyWrapper
public final class Buffer<Value: TensorHolding>: BufferSlot {
  /// A buffer by the property's name.
  public init(wrappedValue: Value) {
    super.init(name: nil, isPersistent: true, tensor: wrappedValue.heldTensor)
  }

  /// A buffer by another name, or one that is left out of the state dictionary.
  public init(wrappedValue: Value, _ name: String? = nil, persistent: Bool = true) {
    super.init(name: name, isPersistent: persistent, tensor: wrappedValue.heldTensor)
  }

  /// A buffer that is set later.
  public init(_ name: String?, persistent: Bool = true) {
    super.init(name: name, isPersistent: persistent, tensor: nil)
  }

  /// The tensor.
  public var wrappedValue: Value {
    get { Value.holding(tensor) }
    set { tensor = newValue.heldTensor }
  }
}

/// What a module sees of a child that has another name.
public class SubmoduleSlot {
  final let name: String
  init(name: String) { self.name = name }
  var anyValue: Any { fatalError("a slot has a value") }
}

/// Gives a child of a module, or an optional, array or dictionary of such, another name than that of
/// its property.
///
/// ```swift
/// @Submodule("ln_1") var firstNorm = LayerNorm([48])
/// ```
@propertyWrapper
public final class Submodule<Value>: SubmoduleSlot {
  /// The child.
  public var wrappedValue: Value {
    get {
      guard let value else { fatalError("the submodule \(name) is read before it is set") }
      return value
    }
    set { value = newValue }
  }

  private var value: Value?

  /// A child by the name given.
  public init(wrappedValue: Value, _ name: String) {
    value = wrappedValue
    super.init(name: name)
  }

  /// A child that is set later, by `_child.wrappedValue = …` before `super.init`.
  public init(_ name: String) {
    super.init(name: name)
  }

  override var anyValue: Any { value as Any }
}
