// Comparisons, choice by a condition, and the greater and lesser of two tensors.

internal import CKernels
internal import GradientJournal

extension Tensor {
  /// Whether each element equals `other`'s, with broadcasting: a bool tensor.
  public func eq(_ other: Tensor) -> Tensor { compare(.AGK_EQ, .tensor(other), "eq") }
  /// Whether each element equals a number: a bool tensor.
  public func eq(_ other: some ScalarConvertible) -> Tensor {
    compare(.AGK_EQ, .scalar(other.scalar), "eq")
  }
  /// Whether each element differs from `other`'s, with broadcasting: a bool tensor.
  public func ne(_ other: Tensor) -> Tensor { compare(.AGK_NE, .tensor(other), "ne") }
  /// Whether each element differs from a number: a bool tensor.
  public func ne(_ other: some ScalarConvertible) -> Tensor {
    compare(.AGK_NE, .scalar(other.scalar), "ne")
  }
  /// Whether each element is less than `other`'s, with broadcasting: a bool tensor.
  public func lt(_ other: Tensor) -> Tensor { compare(.AGK_LT, .tensor(other), "lt") }
  /// Whether each element is less than a number: a bool tensor.
  public func lt(_ other: some ScalarConvertible) -> Tensor {
    compare(.AGK_LT, .scalar(other.scalar), "lt")
  }
  /// Whether each element is at most `other`'s, with broadcasting: a bool tensor.
  public func le(_ other: Tensor) -> Tensor { compare(.AGK_LE, .tensor(other), "le") }
  /// Whether each element is at most a number: a bool tensor.
  public func le(_ other: some ScalarConvertible) -> Tensor {
    compare(.AGK_LE, .scalar(other.scalar), "le")
  }
  /// Whether each element is greater than `other`'s, with broadcasting: a bool tensor.
  public func gt(_ other: Tensor) -> Tensor { compare(.AGK_GT, .tensor(other), "gt") }
  /// Whether each element is greater than a number: a bool tensor.
  public func gt(_ other: some ScalarConvertible) -> Tensor {
    compare(.AGK_GT, .scalar(other.scalar), "gt")
  }
  /// Whether each element is at least `other`'s, with broadcasting: a bool tensor.
  public func ge(_ other: Tensor) -> Tensor { compare(.AGK_GE, .tensor(other), "ge") }
  /// Whether each element is at least a number: a bool tensor.
  public func ge(_ other: some ScalarConvertible) -> Tensor {
    compare(.AGK_GE, .scalar(other.scalar), "ge")
  }

  private func compare(_ op: agk_compare_op, _ other: Operand, _ name: String) -> Tensor {
    endsHistory(name)
    if case .tensor(let other) = other { other.endsHistory(name) }
    return Elementwise.compare(op, .tensor(self), other, name)
  }

  /// The elements of `a` where `condition` is true and of `b` where it is false.
  ///
  /// `condition` is a bool tensor; all three are broadcast, `a` and `b` promoted.
  public static func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard condition.dtype == .bool else {
      refuse(
        "where",
        "where expected condition to be a boolean tensor, but got a tensor with dtype "
          + condition.dtype.name)
    }
    let dtype = Elementwise.promote(.tensor(a), .tensor(b))
    let result = Elementwise.where(condition, a, b, dtype)
    if isRecording(a) || isRecording(b) {
      let node = WhereBackward0()
      node.addEdge(to: a)
      node.addEdge(to: b)
      node.save(.input(condition), 0)
      node.adopt(result)
    }
    return result
  }

  /// The elements of `a` where `condition` is true and a number where it is false.
  public static func `where`(
    _ condition: Tensor, _ a: Tensor, _ b: some ScalarConvertible
  ) -> Tensor {
    let dtype = Elementwise.promote(.tensor(a), .scalar(b.scalar))
    return .where(condition, a, .full(Dims(), b.scalar, dtype))
  }

  /// A number where `condition` is true and the elements of `b` where it is false.
  public static func `where`(
    _ condition: Tensor, _ a: some ScalarConvertible, _ b: Tensor
  ) -> Tensor {
    let dtype = Elementwise.promote(.scalar(a.scalar), .tensor(b))
    return .where(condition, .full(Dims(), a.scalar, dtype), b)
  }

  /// One number where `condition` is true and another where it is false.
  public static func `where`(
    _ condition: Tensor, _ a: some ScalarConvertible, _ b: some ScalarConvertible
  ) -> Tensor {
    let dtype = Elementwise.promote(.scalar(a.scalar), .scalar(b.scalar))
    return .where(
      condition, .full(Dims(), a.scalar, dtype), .full(Dims(), b.scalar, dtype))
  }

  /// The greater of each pair of elements, with broadcasting; NaN when one is.
  public static func maximum(_ a: Tensor, _ b: Tensor) -> Tensor {
    extremum(.AGK_MAXIMUM, a, b, "maximum") { MaximumBackward0() }
  }

  /// The lesser of each pair of elements, with broadcasting; NaN when one is.
  public static func minimum(_ a: Tensor, _ b: Tensor) -> Tensor {
    extremum(.AGK_MINIMUM, a, b, "minimum") { MinimumBackward0() }
  }

  private static func extremum(
    _ op: agk_binary_op, _ a: Tensor, _ b: Tensor, _ name: String, node: () -> Node
  ) -> Tensor {
    let dtype = Elementwise.promote(.tensor(a), .tensor(b))
    let result = Elementwise.binary(op, a, b, dtype, name)
    if isRecording(a) || isRecording(b) {
      let node = node()
      node.addEdge(to: a)
      node.addEdge(to: b)
      node.save(.input(b), ExtremumNode.otherSlot)
      node.save(.input(a), ExtremumNode.selfSlot)
      node.adopt(result)
    }
    return result
  }
}

final class WhereBackward0: Node {
  override class var savedNames: [String] { ["condition"] }

  override func backward(_ g: Tensor) -> Gradients {
    let condition = savedValue(0)
    let zero = Tensor.full(Dims(), .int(0), g.dtype)
    let second: Tensor? = needs(1) ? .where(condition, zero, g) : nil
    return Gradients(needs(0) ? .where(condition, g, zero) : nil, second)
  }
}

/// The gradient goes to the winner, half and half where the two are equal.
class ExtremumNode: Node {
  static let otherSlot = 0
  static let selfSlot = 1
  override final class var savedNames: [String] { ["other", "self"] }

  /// Where the first operand loses.
  func firstLoses(_ a: Tensor, _ b: Tensor) -> Tensor { fatalError("\(name) does not compare") }

  override final func backward(_ g: Tensor) -> Gradients {
    let a = savedValue(ExtremumNode.selfSlot)
    let b = savedValue(ExtremumNode.otherSlot)
    func share() -> Tensor { Tensor.where(a.eq(b), g.divided(by: .int(2)), g) }
    let second = needs(1) ? share().maskedFill(firstLoses(b, a), 0) : nil
    return Gradients(needs(0) ? share().maskedFill(firstLoses(a, b), 0) : nil, second)
  }
}

final class MaximumBackward0: ExtremumNode {
  override func firstLoses(_ a: Tensor, _ b: Tensor) -> Tensor { a.lt(b) }
}

final class MinimumBackward0: ExtremumNode {
  override func firstLoses(_ a: Tensor, _ b: Tensor) -> Tensor { a.gt(b) }
}
