// How operators run that are one loop over up to three tensors, with up to three numbers.

internal import CKernels
internal import GraphModel

/// The numbers that a fused loop is given, in the order of the kernel's documentation.
typealias FusedNumbers = (Double, Double, Double)

extension Elementwise {
  /// A fused function of tensors that are broadcast and converted to `dtype`.
  static func fused(
    _ op: agk_fused_op, _ a: Tensor, _ b: Tensor? = nil, _ c: Tensor? = nil,
    numbers: FusedNumbers = (0, 0, 0), dtype: DType? = nil,
    name operation: String
  ) -> Tensor {
    let dtype = dtype ?? a.dtype
    let a = a.converted(to: dtype)
    let b = b?.converted(to: dtype)
    let c = c?.converted(to: dtype)
    var sizes = a.sizes
    var isSimple = a.isContiguous
    for case let other? in [b, c] {
      isSimple = isSimple && other.isContiguous && other.sizes == sizes
      sizes = Broadcast.sizes(sizes, other.sizes, operation)
    }
    let result =
      isSimple ? Tensor(empty: sizes, dtype) : empty([a, b, c].compactMap { $0 }, sizes, dtype)
    fused(op, a, b, c, numbers: numbers, into: result)
    return result
  }

  /// Operands have the result's dtype and are broadcast to its shape.
  static func fused(
    _ op: agk_fused_op, _ a: Tensor, _ b: Tensor? = nil, _ c: Tensor? = nil,
    numbers: FusedNumbers = (0, 0, 0), into result: Tensor
  ) {
    let numbers: InlineArray<3, Double> = [numbers.0, numbers.1, numbers.2]
    let kernel = result.dtype.kernel
    let sizes = result.sizes
    numbers.span.withUnsafeBufferPointer { numbers in
      let numbers = numbers.baseAddress!
      if result.isContiguous, a.isContiguous, a.sizes == sizes,
        b.map({ $0.isContiguous && $0.sizes == sizes }) ?? true,
        c.map({ $0.isContiguous && $0.sizes == sizes }) ?? true
      {
        agk_fused(
          op, kernel, Int64(result.count), result.pointer, 1, a.pointer, 1, b?.pointer, 1,
          c?.pointer, 1, numbers)
        return
      }
      let what = agk_operator(.AGK_FUSED, op.rawValue, result.dtype, numbers: numbers)
      switch (b, c) {
      case (let b?, let c?): run(what, result, a, b, c)
      case (let b?, nil): run(what, result, a, b)
      default: run(what, result, a)
      }
    }
  }
}

// MARK: - History

extension Tensor {
  /// Gives a result its history: the node that `makeNode` makes, with an edge to each input, when one
  /// of them requires a gradient.
  static func recorded(
    _ result: Tensor, _ inputs: Tensor..., makeNode: () -> Node
  ) -> Tensor {
    guard isGradEnabled, inputs.contains(where: { $0.requiresGrad }) else { return result }
    let node = makeNode()
    // An operator without derivative leads only to the inputs that require a gradient.
    for input in inputs where input.requiresGrad || !(node is NotImplemented) {
      node.addEdge(to: input)
    }
    node.adopt(result)
    return result
  }

  /// This tensor, or a floating-point copy without history of one that is not floating point.
  var floatingData: Tensor { dtype.isFloatingPoint ? self : converted(to: dtype.floating) }

  /// Refuses an operand whose shape does not meet this tensor's, which comes before its dtype.
  func checkBroadcast(with other: Operand, _ operation: String) {
    if case .tensor(let other) = other { _ = Broadcast.sizes(sizes, other.sizes, operation) }
  }

  /// Refuses a tensor that is not floating point.
  func checkFloatingPoint(_ operation: String, _ kernel: String) {
    guard !dtype.isFloatingPoint else { return }
    refuse(operation, "\"\(kernel)\" not implemented for '\(dtype.scalarTypeName)'")
  }

  /// Zero in no dimensions, for choices.
  static func zero(_ dtype: DType) -> Tensor { Tensor.full(Dims(), .int(0), dtype) }
}

extension Node {
  /// This node, after it has saved the inputs in its first slots.
  func saving(_ inputs: Tensor...) -> Self {
    for (slot, input) in inputs.enumerated() { save(.input(input), slot) }
    return self
  }
}

extension DType {
  /// PyTorch's name of the dtype in its messages: `Float`.
  var scalarTypeName: String { String(tensorTypeName.dropLast("Tensor".count)) }
}

/// What stands in the graph for an operator whose derivative PyTorch does not have.
class NotImplemented: Node {
  private let operation: String

  /// - Parameter operation: PyTorch's name of the operator.
  init(_ operation: String) {
    self.operation = operation
    super.init()
  }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    throw AutogradError(
      .invalidArgument, "derivative for aten::\(operation) is not implemented", node: name)
  }
}
