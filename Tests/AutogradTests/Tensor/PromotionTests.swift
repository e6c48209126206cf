// The dtype of results, for every pair of operands.
import Testing

@testable import Autograd

@Suite struct PromotionTests {
  @Test(arguments: OperandKind.all, OperandKind.all)
  func `operands meet in PyTorch's result type`(a: OperandKind, b: OperandKind) throws {
    let dtype = try #require(PromotionTable.resultType(a, b))
    #expect(Elementwise.promote(a.operand, b.operand) == dtype)
  }

  @Test(arguments: OperandKind.tensors, OperandKind.all)
  func `operators give the result type`(a: OperandKind, b: OperandKind) throws {
    let dtype = try #require(PromotionTable.resultType(a, b))
    let (x, y) = (a.operand, b.operand)
    #expect(Tensor.add(x, y).dtype == dtype)
    #expect(Tensor.add(y, x).dtype == dtype)
    #expect(Tensor.mul(x, y).dtype == dtype)
    #expect(Tensor.div(x, y).dtype == (dtype < .float32 ? .float32 : dtype))
    guard case .tensor(let left) = x, case .tensor(let right) = y else { return }
    #expect(Tensor.maximum(left, right).dtype == dtype)
    #expect(Tensor.where(Tensor(true), left, right).dtype == dtype)
    #expect(left.lt(right).dtype == .bool)
  }

  @Test(arguments: DType.allCases, DType.allCases)
  func `joining promotes`(a: DType, b: DType) {
    let joined = Tensor.cat([Tensor([1], dtype: a), Tensor([1, 0], dtype: b)])
    #expect(joined.dtype == max(a, b))
    #expect(joined.toArray() == [1, 1, 0])
  }

  @Test(arguments: DType.allCases)
  func `functions make floating point of whole numbers, signs do not`(dtype: DType) {
    let x = Tensor([1, 0, 1], dtype: dtype)
    #expect(x.exp().dtype == (dtype == .float64 ? .float64 : .float32))
    #expect(x.sign().dtype == dtype)
    #expect(x.sum().dtype == (dtype.isFloatingPoint ? dtype : .int64))
    #expect(x.amax().dtype == dtype)
  }

  @Test func `a gradient has its tensor's dtype`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = Tensor(3.0, dtype: .float64, requiresGrad: true)
    try (x * y * Tensor([1.0, 1], dtype: .float64)).sum().backward()
    #expect(x.grad?.dtype == .float32)
    #expect(y.grad?.dtype == .float64)
    #expect(y.grad?.item() == 3)
  }
}

/// What can stand at an operator's input.
enum OperandKind: Sendable, CustomTestStringConvertible {
  case dimensioned(DType)
  case zeroDimensional(DType)
  case number(Scalar)

  static let tensors =
    DType.allCases.map(OperandKind.dimensioned) + DType.allCases.map(OperandKind.zeroDimensional)
  static let all = tensors + [.number(.bool(true)), .number(.int(2)), .number(.double(0.5))]

  var operand: Operand {
    switch self {
    case .dimensioned(let dtype): .tensor(.ones(2, dtype: dtype))
    case .zeroDimensional(let dtype): .tensor(.ones(dtype: dtype))
    case .number(let scalar): .scalar(scalar)
    }
  }

  /// The kind's row and column in the table.
  var position: Int {
    switch self {
    case .dimensioned(let dtype): Int(dtype.rawValue)
    case .zeroDimensional(let dtype): 5 + Int(dtype.rawValue)
    case .number(.bool): 10
    case .number(.int): 11
    case .number(.double): 12
    }
  }

  var testDescription: String {
    switch self {
    case .dimensioned(let dtype): "\(dtype)[2]"
    case .zeroDimensional(let dtype): "\(dtype)[]"
    case .number(let scalar): "\(scalar)"
    }
  }
}

/// PyTorch's answers, printed by Reference/promotion.py.
///
/// Rows and columns: tensors with dimensions, tensors without, and numbers; of bool, int32, int64,
/// float32 and float64, which are i, l, f and d, in this order.
enum PromotionTable {
  static func resultType(_ a: OperandKind, _ b: OperandKind) -> DType? {
    let letter = rows[a.position].split(separator: " ")[b.position]
    // Two numbers never meet in an operator: what they would make is the rule for numbers alone.
    if letter == "-", case .number(let x) = a, case .number(let y) = b {
      return max(x.dtype, y.dtype)
    }
    let dtypes: [Substring: DType] = [
      "b": .bool, "i": .int32, "l": .int64, "f": .float32, "d": .float64,
    ]
    return dtypes[letter]
  }

  private static let rows = [
    "b i l f d b i l f d b l f",
    "i i l f d i i i f d i i f",
    "l l l f d l l l f d l l f",
    "f f f f d f f f f f f f f",
    "d d d d d d d d d d d d d",
    "b i l f d b i l f d b l f",
    "i i l f d i i l f d i i f",
    "l i l f d l l l f d l l f",
    "f f f f d f f f f d f f f",
    "d d d f d d d d d d d d d",
    "b i l f d b i l f d - - -",
    "l i l f d l i l f d - - -",
    "f f f f d f f f f d - - -",
  ]
}
