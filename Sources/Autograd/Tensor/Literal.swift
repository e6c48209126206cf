// Tensors from numbers and nested arrays, and back.

internal import CKernels

/// A number, or an array of such, that a tensor can be made from.
///
/// As in PyTorch, whole numbers make an int64 tensor, truths a bool one, and floating-point numbers
/// a float32 one, whether they are Float or Double, unless a dtype is given.
public protocol TensorConvertible {
  /// The dtype of a tensor made without naming one.
  static var tensorDType: DType { get }
  /// The sizes of the nested arrays.
  var tensorShape: [Int] { get }
  /// Calls `body` with each number in row-major order.
  func forEachNumber(_ body: (Scalar) -> Void)
}

/// A number that a tensor's elements can be read as.
public protocol TensorElement: ScalarConvertible, TensorConvertible {
  /// The value of a tensor's element.
  init(tensorElement: Scalar)
}

extension TensorElement {
  /// A single number has no dimensions.
  public var tensorShape: [Int] { [] }
  /// Calls `body` with the number.
  public func forEachNumber(_ body: (Scalar) -> Void) { body(scalar) }
}

extension Double: TensorElement {
  /// float32, PyTorch's default.
  public static var tensorDType: DType { .float32 }
  /// The element as a floating-point number.
  public init(tensorElement: Scalar) { self = tensorElement.double }
}
extension Float: TensorElement {
  /// float32.
  public static var tensorDType: DType { .float32 }
  /// The element rounded to single precision.
  public init(tensorElement: Scalar) { self = Float(tensorElement.double) }
}
extension Int: TensorElement {
  /// int64.
  public static var tensorDType: DType { .int64 }
  /// The element without its fraction.
  public init(tensorElement: Scalar) { self = tensorElement.int }
}
extension Int32: TensorElement {
  /// int32.
  public static var tensorDType: DType { .int32 }
  /// The element without its fraction and high bits.
  public init(tensorElement: Scalar) { self = Int32(truncatingIfNeeded: tensorElement.int) }
}
extension Bool: TensorElement {
  /// bool.
  public static var tensorDType: DType { .bool }
  /// Whether the element is not zero.
  public init(tensorElement: Scalar) { self = tensorElement.double != 0 }
}

extension Array: TensorConvertible where Element: TensorConvertible {
  /// The dtype of the elements.
  public static var tensorDType: DType { Element.tensorDType }
  /// The count, then the sizes of the first element; traps when another differs.
  public var tensorShape: [Int] {
    guard let first else { return [0] }
    let inner = first.tensorShape
    for (i, element) in enumerated() where element.tensorShape != inner {
      refuse(
        "Tensor",
        "expected sequence of shape \(inner) at position \(i), but got \(element.tensorShape)")
    }
    return [count] + inner
  }
  /// Calls `body` with each number of each element.
  public func forEachNumber(_ body: (Scalar) -> Void) {
    for element in self { element.forEachNumber(body) }
  }
}

extension Tensor {
  /// A tensor of the given numbers: `Tensor(3.0)`, `Tensor([[1, 2], [3, 4]])`.
  ///
  /// - Parameters:
  ///   - data: a number or nested arrays of equal sizes; ragged ones trap.
  ///   - dtype: the elements' type; by the numbers' kind unless said: int64, float32 or bool.
  ///   - device: must be the CPU.
  ///   - requiresGrad: whether a gradient is asked for; floating point only.
  public convenience init<Data: TensorConvertible>(
    _ data: Data, dtype: DType? = nil, device: Device = .cpu, requiresGrad: Bool = false
  ) {
    device.checkAvailable(for: "Tensor")
    let dtype = dtype ?? Data.tensorDType
    self.init(empty: Tensor.checked(data.tensorShape, "Tensor"), dtype)
    let item = dtype.itemSize
    var next = pointer
    data.forEachNumber { number in
      var element = ElementBuffer(number, dtype)
      element.withPointer { next.copyMemory(from: $0, byteCount: item) }
      next += item
    }
    if requiresGrad { requiresGrad_() }
  }

  /// The only element, as Python's `item()` gives it: float32 widened; traps when there are more.
  public func item() -> Double { onlyElement.double }

  /// The only element as a number of the given type; traps when there are more.
  public func item<Element: TensorElement>(as type: Element.Type) -> Element {
    Element(tensorElement: onlyElement)
  }

  private var onlyElement: Scalar {
    endsHistory("item")
    guard count == 1 else {
      refuse(
        "item", "a Tensor with \(count) elements cannot be converted to Scalar: shape \(sizes)")
    }
    return element(at: 0)
  }

  /// The elements in row-major order.
  public func toArray<Element: TensorElement>(as type: Element.Type = Double.self) -> [Element] {
    endsHistory("toArray")
    let data = contiguousData()
    return (0..<count).map { Element(tensorElement: data.element(at: $0)) }
  }

  /// The element `i` places behind the first in memory.
  func element(at i: Int) -> Scalar {
    switch dtype {
    case .bool: .bool(pointer.assumingMemoryBound(to: Bool.self)[i])
    case .int32: .int(Int(pointer.assumingMemoryBound(to: Int32.self)[i]))
    case .int64: .int(pointer.assumingMemoryBound(to: Int.self)[i])
    case .float32: .double(Double(pointer.assumingMemoryBound(to: Float.self)[i]))
    case .float64: .double(pointer.assumingMemoryBound(to: Double.self)[i])
    }
  }
}
