// Three tensors at once: lerp, addcmul, addcdiv.

internal import CKernels
internal import GraphModel

// MARK: - lerp

extension Tensor {
  /// From here to `end` by `weight`, elementwise: self + weight · (end - self), with broadcasting.
  ///
  /// Floating point only, all of one dtype; a weight without dimensions is promoted with the others.
  public func lerp(_ end: Tensor, _ weight: Tensor) -> Tensor {
    checkLerp(end, "end", "lerp")
    if weight.sizes.count > 0 { checkLerp(weight, "weight", "lerp") }
    let dtype = Elementwise.promote(.tensor(self), .tensor(weight))
    checkBroadcast(with: .tensor(end), "lerp")
    Tensor.checkLerp(dtype, "lerp", "lerp_kernel_tensor")
    return .recorded(
      Elementwise.fused(.AGK_LERP, self, end, weight, dtype: dtype, name: "lerp"), self, end, weight
    ) {
      let node = LerpBackward1()
      if weight.requiresGrad {
        node.save(.input(end), 0)
        node.save(.input(self), 1)
      }
      node.save(.input(weight), 2)
      return node
    }
  }

  /// From here to `end` by one weight: self + weight · (end - self), with broadcasting.
  ///
  /// Floating point only, both of one dtype.
  public func lerp(_ end: Tensor, _ weight: some ScalarConvertible) -> Tensor {
    checkLerp(end, "end", "lerp")
    Tensor.checkLerp(dtype, "lerp", "lerp_kernel_scalar")
    let tensor = Tensor.full(Dims(), weight.scalar, dtype)
    return .recorded(Elementwise.fused(.AGK_LERP, self, end, tensor, name: "lerp"), self, end) {
      LerpBackward0(weight.scalar)
    }
  }

  /// Goes to `end` by one weight in place.
  @discardableResult
  public func lerp_(_ end: Tensor, _ weight: some ScalarConvertible) -> Tensor {
    checkLerp(end, "end", "lerp_")
    Tensor.checkLerp(dtype, "lerp_", "lerp_kernel_scalar")
    checkBroadcastHere([end], "lerp_")
    return inPlace("lerp_", others: .tensor(end)) {
      LerpBackward0(weight.scalar)
    } compute: {
      Elementwise.fused(
        .AGK_LERP, self, end.apart(from: self), .full(Dims(), weight.scalar, dtype), into: self)
    }
  }

  private func checkLerp(_ other: Tensor, _ name: String, _ operation: String) {
    guard dtype == other.dtype else {
      refuse(
        operation,
        "expected dtype \(dtype.name) for `\(name)` but got dtype \(other.dtype.name)")
    }
  }

  private static func checkLerp(_ dtype: DType, _ operation: String, _ kernel: String) {
    guard !dtype.isFloatingPoint else { return }
    refuse(operation, "\"\(kernel)\" not implemented for '\(dtype.scalarTypeName)'")
  }

  /// Refuses operands that do not fit into this tensor's shape.
  func checkBroadcastHere(_ others: [Tensor], _ operation: String) {
    for other in others where !Broadcast.isExpandable(other.sizes, to: sizes) {
      let met = Broadcast.sizes(sizes, other.sizes, operation)
      refuse(operation, "output with shape \(sizes) doesn't match the broadcast shape \(met)")
    }
  }

  /// This tensor, or a copy where it shares memory with `target` at other places.
  func apart(from target: Tensor) -> Tensor {
    guard storage === target.storage else { return self }
    if offset == target.offset, sizes == target.sizes, strides == target.strides { return self }
    return copyOfData()
  }
}

final class LerpBackward0: Node {
  private let weight: Scalar

  init(_ weight: Scalar) {
    self.weight = weight
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["weight": weight.attribute] }

  override func backward(_ g: Tensor) -> Gradients {
    let second = needs(1) ? g.scaled(by: weight) : nil
    return Gradients(needs(0) ? g.scaled(by: .double(1 - weight.double)) : nil, second)
  }
}

final class LerpBackward1: Node {
  override class var savedNames: [String] { ["end", "self", "weight"] }

  override func backward(_ g: Tensor) -> Gradients {
    let weight = savedValue(2)
    let byEnd = needs(1) ? g * weight : nil
    let bySelf = needs(0) ? g * weight.subtracted(fromNumber: 1) : nil
    return Gradients([bySelf, byEnd, needs(2) ? g * (savedValue(0) - savedValue(1)) : nil])
  }
}

// MARK: - addcmul, addcdiv

extension Tensor {
  /// self + value · tensor1 · tensor2, with broadcasting.
  ///
  /// Any dtype but bool, promoted.
  public func addcmul(
    _ tensor1: Tensor, _ tensor2: Tensor, value: some ScalarConvertible = 1
  ) -> Tensor { combined(tensor1, tensor2, value.scalar, .AGK_ADDCMUL, "addcmul") }

  /// self + value · tensor1 / tensor2, with broadcasting.
  ///
  /// Floating point only, promoted.
  public func addcdiv(
    _ tensor1: Tensor, _ tensor2: Tensor, value: some ScalarConvertible = 1
  ) -> Tensor { combined(tensor1, tensor2, value.scalar, .AGK_ADDCDIV, "addcdiv") }

  /// Adds value · tensor1 · tensor2 in place.
  @discardableResult
  public func addcmul_(
    _ tensor1: Tensor, _ tensor2: Tensor, value: some ScalarConvertible = 1
  ) -> Tensor { combine(tensor1, tensor2, value.scalar, .AGK_ADDCMUL, "addcmul_") }

  /// Adds value · tensor1 / tensor2 in place.
  @discardableResult
  public func addcdiv_(
    _ tensor1: Tensor, _ tensor2: Tensor, value: some ScalarConvertible = 1
  ) -> Tensor { combine(tensor1, tensor2, value.scalar, .AGK_ADDCDIV, "addcdiv_") }

  private func combined(
    _ tensor1: Tensor, _ tensor2: Tensor, _ value: Scalar, _ op: agk_fused_op, _ operation: String
  ) -> Tensor {
    let dtype = combinedDType(tensor1, tensor2, value, op, operation)
    let result = Elementwise.fused(
      op, self, tensor1, tensor2, numbers: (value.double, 0, 0), dtype: dtype, name: operation)
    return .recorded(result, self, tensor1, tensor2) {
      combinationNode(tensor1, tensor2, value, op)
    }
  }

  private func combine(
    _ tensor1: Tensor, _ tensor2: Tensor, _ value: Scalar, _ op: agk_fused_op, _ operation: String
  ) -> Tensor {
    let dtype = combinedDType(tensor1, tensor2, value, op, operation)
    checkResult(dtype, operation)
    checkBroadcastHere([tensor1, tensor2], operation)
    return inPlace(operation, others: .tensor(tensor1), .tensor(tensor2)) {
      combinationNode(tensor1, tensor2, value, op)
    } compute: {
      let numbers = (value.double, 0.0, 0.0)
      guard dtype == self.dtype else {
        let result = Elementwise.fused(
          op, self, tensor1, tensor2, numbers: numbers, dtype: dtype, name: operation)
        Elementwise.copy(result, into: self)
        return
      }
      Elementwise.fused(
        op, self, tensor1.converted(to: dtype).apart(from: self),
        tensor2.converted(to: dtype).apart(from: self), numbers: numbers, into: self)
    }
  }

  private func combinationNode(
    _ tensor1: Tensor, _ tensor2: Tensor, _ value: Scalar, _ op: agk_fused_op
  ) -> CombinationNode {
    let node: CombinationNode =
      op == .AGK_ADDCMUL ? AddcmulBackward0(value) : AddcdivBackward0(value)
    if tensor2.requiresGrad { node.save(.input(tensor1), 0) }
    if tensor1.requiresGrad || (op == .AGK_ADDCDIV && tensor2.requiresGrad) {
      node.save(.input(tensor2), 1)
    }
    return node
  }

  private func combinedDType(
    _ tensor1: Tensor, _ tensor2: Tensor, _ value: Scalar, _ op: agk_fused_op, _ operation: String
  ) -> DType {
    var type = PromotedType()
    for tensor in [self, tensor1, tensor2] { type.add(tensor) }
    let dtype = type.dtype
    if op == .AGK_ADDCDIV, !tensor1.dtype.isFloatingPoint, !tensor2.dtype.isFloatingPoint {
      refuse(
        operation,
        "Integer division with addcdiv is no longer supported: make tensor1 or tensor2 floating point, "
          + "or truncate their quotient and convert it to the input's dtype")
    }
    if dtype == .bool { refuse(operation, "\"addcmul_cpu_out\" not implemented for 'Bool'") }
    return dtype
  }
}

/// A tensor plus a multiple of a combination of two others.
class CombinationNode: Node {
  final let value: Scalar

  init(_ value: Scalar) {
    self.value = value
    super.init()
  }

  override final class var savedNames: [String] { ["tensor1", "tensor2"] }
  override final var attributes: [String: AttributeValue] { ["value": value.attribute] }
}

final class AddcmulBackward0: CombinationNode {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients([
      needs(0) ? g : nil, needs(1) ? g * savedValue(1).scaled(by: value) : nil,
      needs(2) ? g * savedValue(0).scaled(by: value) : nil,
    ])
  }
}

final class AddcdivBackward0: CombinationNode {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients([
      needs(0) ? g : nil,
      needs(1) ? byFirst(g) : nil,
      needs(2) ? bySecond(g) : nil,
    ])
  }

  private func byFirst(_ g: Tensor) -> Tensor {
    let tensor2 = savedValue(1)
    return g * (Tensor.full(tensor2.sizes, value, tensor2.dtype) / tensor2)
  }

  private func bySecond(_ g: Tensor) -> Tensor {
    let tensor2 = savedValue(1)
    let square = tensor2 * tensor2
    let quotient = savedValue(0).scaled(by: value) / square
    return -g * quotient
  }
}
