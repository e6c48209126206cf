// clamp by numbers and by tensors, its halves, and nan_to_num.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// Each element, but the nearer bound where it is outside of them; NaN stays.
  ///
  /// Any dtype, promoted with the bounds; where the lower is above the upper, the upper counts.
  public func clamp(min: some ScalarConvertible, max: some ScalarConvertible) -> Tensor {
    clamp(.some(min.scalar), .some(max.scalar))
  }

  /// Each element, but the bound where it is below; NaN stays.
  ///
  /// Any dtype, promoted with the bound.
  public func clamp(min: some ScalarConvertible) -> Tensor { clamp(.some(min.scalar), nil) }

  /// Each element, but the bound where it is above; NaN stays.
  ///
  /// Any dtype, promoted with the bound.
  public func clamp(max: some ScalarConvertible) -> Tensor { clamp(nil, .some(max.scalar)) }

  private func clamp(_ min: Scalar?, _ max: Scalar?) -> Tensor {
    let result = clamped(min.map { .scalar($0) }, max.map { .scalar($0) }, "clamp")
    return .recorded(result, self) { ClampBackward1(min, max).saving(self) }
  }

  /// Each element, but the nearer bound where it is outside of them, by tensors that are broadcast.
  ///
  /// Any dtype, promoted. At least one bound is given.
  public func clamp(min: Tensor? = nil, max: Tensor? = nil) -> Tensor {
    if min == nil, max == nil {
      refuse("clamp", "At least one of 'min' or 'max' must not be None")
    }
    let result = clamped(min.map { .tensor($0) }, max.map { .tensor($0) }, "clamp")
    guard
      isGradEnabled, requiresGrad || min?.requiresGrad ?? false || max?.requiresGrad ?? false
    else { return result }
    let node = ClampBackward0()
    for input in [self, min, max] { node.addEdge(input?.gradientEdge ?? .none) }
    if let max { node.save(.input(max), ClampBackward0.maxSlot) }
    if let min { node.save(.input(min), ClampBackward0.minSlot) }
    node.save(.input(self), ClampBackward0.selfSlot)
    node.adopt(result)
    return result
  }

  /// `clamp` in place; the bounds do not raise the dtype.
  @discardableResult
  public func clamp_(min: some ScalarConvertible, max: some ScalarConvertible) -> Tensor {
    clampInPlace(.some(min.scalar), .some(max.scalar))
  }

  /// `clamp` from below in place; the bound does not raise the dtype.
  @discardableResult
  public func clamp_(min: some ScalarConvertible) -> Tensor {
    clampInPlace(.some(min.scalar), nil)
  }

  /// `clamp` from above in place; the bound does not raise the dtype.
  @discardableResult
  public func clamp_(max: some ScalarConvertible) -> Tensor {
    clampInPlace(nil, .some(max.scalar))
  }

  private func clampInPlace(_ min: Scalar?, _ max: Scalar?) -> Tensor {
    let bounds = (min.map { Operand.scalar($0) }, max.map { Operand.scalar($0) })
    checkResult(clampDType(bounds.0, bounds.1), "clamp_")
    return inPlace("clamp_") {
      ClampBackward1(min, max).saving(clone())
    } compute: {
      Elementwise.copy(clamped(bounds.0, bounds.1, "clamp_"), into: self)
    }
  }

  /// Each element, but the bound where it is below.
  ///
  /// Any dtype, promoted with the bound.
  public func clampMin(_ min: some ScalarConvertible) -> Tensor {
    return .recorded(clamped(.scalar(min.scalar), nil, "clamp_min"), self) {
      ClampMinBackward0(min.scalar).saving(self)
    }
  }

  /// Each element, but the bound where it is above.
  ///
  /// Any dtype, promoted with the bound.
  public func clampMax(_ max: some ScalarConvertible) -> Tensor {
    return .recorded(clamped(nil, .scalar(max.scalar), "clamp_max"), self) {
      ClampMaxBackward0(max.scalar).saving(self)
    }
  }

  /// Each element, with numbers for NaN and the infinities.
  ///
  /// Any dtype; integers stay as they are.
  ///
  /// - Parameters:
  ///   - nan: what stands for NaN.
  ///   - posinf: what stands for infinity; the greatest finite number when not given.
  ///   - neginf: what stands for negative infinity; the least finite number when not given.
  /// - Returns: a new tensor of the same shape and dtype.
  public func nanToNum(nan: Double = 0, posinf: Double? = nil, neginf: Double? = nil) -> Tensor {
    guard dtype.isFloatingPoint else { return clone() }
    let greatest =
      dtype == .float32 ? Double(Float.greatestFiniteMagnitude) : .greatestFiniteMagnitude
    let result = Elementwise.fused(
      .AGK_NAN_TO_NUM, self, numbers: (nan, posinf ?? greatest, neginf ?? -greatest),
      name: "nan_to_num")
    return .recorded(result, self) { NanToNumBackward0().saving(self) }
  }

  private func clampDType(_ min: Operand?, _ max: Operand?) -> DType {
    var type = PromotedType()
    type.add(self)
    for case let bound? in [min, max] {
      switch bound {
      case .tensor(let tensor): type.add(tensor)
      case .scalar(let scalar): type.add(scalar)
      }
    }
    return type.dtype
  }

  private func clamped(_ min: Operand?, _ max: Operand?, _ operation: String) -> Tensor {
    let dtype = clampDType(min, max)
    if dtype == .bool { refuse(operation, "\"clamp_scalar_cpu\" not implemented for 'Bool'") }
    let x = converted(to: dtype)
    func bound(_ operand: Operand) -> Tensor {
      switch operand {
      case .tensor(let tensor): tensor.converted(to: dtype)
      case .scalar(let scalar): .full(Dims(), scalar, dtype)
      }
    }
    switch (min.map(bound), max.map(bound)) {
    case (let min?, let max?): return Elementwise.fused(.AGK_CLAMP, x, min, max, name: operation)
    case (let min?, nil): return Elementwise.binary(.AGK_MAXIMUM, x, min, dtype, operation)
    case (nil, let max?): return Elementwise.binary(.AGK_MINIMUM, x, max, dtype, operation)
    case (nil, nil): return x
    }
  }

  /// The gradient where a condition is true, and zero elsewhere.
  fileprivate func kept(where condition: Tensor) -> Tensor {
    .where(condition, self, .zero(dtype))
  }
}

/// Where x is within the bounds that are given.
private func isWithin(_ x: Tensor, _ min: Operand?, _ max: Operand?) -> Tensor {
  func compare(_ op: agk_compare_op, _ bound: Operand) -> Tensor {
    Elementwise.compare(op, .tensor(x), bound, "clamp")
  }
  switch (min, max) {
  case (let min?, let max?): return compare(.AGK_GE, min) * compare(.AGK_LE, max)
  case (let min?, nil): return compare(.AGK_GE, min)
  case (nil, let max?): return compare(.AGK_LE, max)
  case (nil, nil): fatalError("clamp without bounds")
  }
}

final class ClampBackward1: Node {
  private let min: Scalar?
  private let max: Scalar?

  init(_ min: Scalar?, _ max: Scalar?) {
    self.min = min
    self.max = max
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] {
    ["min": min?.attribute ?? AttributeValue.none, "max": max?.attribute ?? AttributeValue.none]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let within = isWithin(
      savedValue(0), min.map { .scalar($0) }, max.map { .scalar($0) })
    return Gradients(g.kept(where: within))
  }
}

final class ClampBackward0: Node {
  static let maxSlot = 0
  static let minSlot = 1
  static let selfSlot = 2
  override class var savedNames: [String] { ["max", "min", "self"] }

  private func bound(_ slot: Int) -> Tensor? {
    savedTensor(slot).kind == .none ? nil : savedValue(slot)
  }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(ClampBackward0.selfSlot)
    let min = bound(ClampBackward0.minSlot)
    let max = bound(ClampBackward0.maxSlot)
    var byMin: Tensor?
    var byMax: Tensor?
    if let min, needs(1) {
      let isBelow = max.map { min.lt($0) * x.lt(min) } ?? x.lt(min)
      byMin = g.kept(where: isBelow)
    }
    if let max, needs(2) {
      let isAbove = min.map { (x.gt(max).bool() + max.lt($0)) } ?? x.gt(max)
      byMax = g.kept(where: isAbove)
    }
    let within = isWithin(x, min.map { .tensor($0) }, max.map { .tensor($0) })
    return Gradients([needs(0) ? g.kept(where: within) : nil, byMin, byMax])
  }
}

final class ClampMinBackward0: Node {
  private let min: Scalar

  init(_ min: Scalar) {
    self.min = min
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] { ["min": min.attribute] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.kept(where: savedValue(0).ge(min)))
  }
}

final class ClampMaxBackward0: Node {
  private let max: Scalar

  init(_ max: Scalar) {
    self.max = max
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] { ["max": max.attribute] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.kept(where: savedValue(0).le(max)))
  }
}

final class NanToNumBackward0: Node {
  override class var savedNames: [String] { ["self"] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g * savedValue(0).isfinite()) }
}
