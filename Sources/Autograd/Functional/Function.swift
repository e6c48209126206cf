// Operators that users define with a derivative of their own, as torch.autograd.Function.

/// An operator with a derivative of its own.
///
/// ```swift
/// enum Scaled: Function {
///   static func forward(_ ctx: FunctionContext, _ inputs: [Tensor], _ factor: Double) -> [Tensor] {
///     ctx.factor = factor
///     return [inputs[0] * factor]
///   }
///   static func backward(_ ctx: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
///     let factor: Double = ctx.factor!
///     return [gradOutputs[0]! * factor]
///   }
/// }
/// let y = Scaled.apply([x], 3)[0]
/// ```
///
/// A `UnaryFunction`, of one tensor and one result, is said more briefly. The node in the graph has the
/// type's name with `Backward` behind it.
public protocol Function {
  /// What the function takes beside tensors.
  associatedtype Arguments = Void

  /// Computes the results; nothing in it is recorded.
  static func forward(
    _ ctx: FunctionContext, _ inputs: [Tensor], _ arguments: Arguments
  ) -> [Tensor]

  /// Computes the gradient of each input from those of the results.
  ///
  /// Recorded in a pass that creates a graph, so that derivatives of higher order come of themselves. A
  /// result to which no gradient flowed has zeros, or nil after `ctx.setMaterializeGrads(false)`. An
  /// input that needs no gradient may get nil. What this throws, the backward pass throws.
  static func backward(
    _ ctx: FunctionContext, _ gradOutputs: [Tensor?]
  ) throws -> [Tensor?]

  /// Whether `backward` cannot itself be differentiated: then it is not recorded, and a second
  /// derivative is refused. False unless said.
  static var isOnceDifferentiable: Bool { get }
}

extension Function {
  /// False: `backward` is made of operators that can be differentiated.
  public static var isOnceDifferentiable: Bool { false }

  /// Calls the function, and records it when an input requires a gradient.
  ///
  /// An input that comes back as a result is a view of it, unless it was marked as changed; a result
  /// that is, or looks at, an input must not be changed in place.
  public static func apply(_ inputs: [Tensor], _ arguments: Arguments) -> [Tensor] {
    let ctx = FunctionContext(inputs)
    let node =
      isGradEnabled && inputs.contains { $0.requiresGrad } ? FunctionNode<Self>(ctx, inputs) : nil
    let results = noGrad { forward(ctx, inputs, arguments) }
    return FunctionResults(ctx, inputs, node, name: "\(Self.self)").recorded(results)
  }
}

extension Function where Arguments == Void {
  /// Calls a function that takes nothing beside tensors.
  public static func apply(_ inputs: Tensor...) -> [Tensor] { apply(inputs, ()) }
}

/// A function of one tensor with one result.
///
/// ```swift
/// enum LegendrePolynomial3: UnaryFunction {
///   static func forward(_ ctx: FunctionContext, _ input: Tensor) -> Tensor {
///     ctx.saveForBackward(input)
///     return 0.5 * (5 * input.pow(3) - 3 * input)
///   }
///   static func backward(_ ctx: FunctionContext, _ gradOutput: Tensor) -> Tensor {
///     let input = ctx.savedTensors[0]
///     return gradOutput * 1.5 * (5 * input.pow(2) - 1)
///   }
/// }
/// let y = LegendrePolynomial3.apply(x)  // y.gradFn!.name == "LegendrePolynomial3Backward"
/// ```
public protocol UnaryFunction: Function where Arguments == Void {
  /// Computes the result; nothing in it is recorded.
  static func forward(_ ctx: FunctionContext, _ input: Tensor) -> Tensor
  /// Computes the gradient of the input from that of the result.
  static func backward(_ ctx: FunctionContext, _ gradOutput: Tensor) throws -> Tensor
}

extension UnaryFunction {
  /// Calls the function of one tensor.
  public static func forward(
    _ ctx: FunctionContext, _ inputs: [Tensor], _ arguments: Void
  ) -> [Tensor] { [forward(ctx, inputs[0])] }

  /// Calls the derivative of the function of one tensor.
  public static func backward(
    _ ctx: FunctionContext, _ gradOutputs: [Tensor?]
  ) throws -> [Tensor?] { [try backward(ctx, gradOutputs[0]!)] }

  /// Calls the function, and records it when the input requires a gradient.
  public static func apply(_ input: Tensor) -> Tensor { apply([input], ())[0] }
}

/// What the two halves of a function's call tell each other.
///
/// Beside tensors that are saved, anything may be kept under a name of one's own: `ctx.axis = 1` in the
/// forward pass, `let axis: Int = ctx.axis!` in the backward pass.
@dynamicMemberLookup
public final class FunctionContext {
  /// Whether each input requires a gradient.
  public let needsInputGrad: [Bool]
  /// What `saveForBackward` was given; in the backward pass only.
  public internal(set) var savedTensors: [Tensor] = []

  private(set) var saving: [Tensor] = []
  private(set) var dirty: [Tensor] = []
  private(set) var nonDifferentiable: [Tensor] = []
  private(set) var materializesGrads = true
  private var attributes: [String: Any] = [:]

  init(_ inputs: [Tensor]) { needsInputGrad = inputs.map(\.requiresGrad) }

  /// Keeps inputs and results for the backward pass, which refuses those that were changed in place
  /// since; called once, in the forward pass.
  public func saveForBackward(_ tensors: Tensor...) { saving = tensors }

  /// Says which inputs the forward pass changed in place; all must be results.
  public func markDirty(_ tensors: Tensor...) { dirty = tensors }

  /// Says which results have no derivative.
  public func markNonDifferentiable(_ tensors: Tensor...) { nonDifferentiable = tensors }

  /// Whether the backward pass gets zeros, rather than nil, for a result to which no gradient flowed;
  /// true unless said.
  public func setMaterializeGrads(_ value: Bool) { materializesGrads = value }

  /// What was kept under a name; nil when there is none such, or of another type.
  public subscript<Value>(dynamicMember name: String) -> Value? {
    get { attributes[name] as? Value }
    set { attributes[name] = newValue }
  }

  func forgetForwardPass() {
    saving = []
    dirty = []
    nonDifferentiable = []
  }
}
