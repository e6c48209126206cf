// A tensor in the data: how it becomes one of the engine's, and how it is compared with one.

import Autograd
import GraphModel

/// The dtype, shape and elements of a tensor.
struct TensorData {
  let dtype: DType
  let shape: [Int]
  let elements: [Scalar]
  let requiresGrad: Bool

  init(_ json: JSONValue) throws(MalformedJSON) {
    let dtypeName = try json.required("dtype").text("dtype")
    guard let dtype = DType(name: dtypeName) else {
      throw MalformedJSON(description: "there is no dtype \"\(dtypeName)\"")
    }
    self.dtype = dtype
    var shape: [Int] = []
    for size in try json.required("shape").elements("shape") {
      guard let size = size.int, size >= 0 else {
        throw MalformedJSON(description: "a size is not a whole number")
      }
      shape.append(size)
    }
    self.shape = shape
    var elements: [Scalar] = []
    for element in try json.required("data").elements("data") {
      guard let scalar = element.scalar else {
        throw MalformedJSON(description: "an element is not a number")
      }
      elements.append(scalar)
    }
    guard elements.count == shape.reduce(1, *) else {
      throw MalformedJSON(
        description: "\(elements.count) elements do not fill the shape \(shape)")
    }
    self.elements = elements
    requiresGrad = json["requires_grad"]?.bool ?? false
  }

  init(dtype: DType, shape: [Int], elements: [Scalar], requiresGrad: Bool) {
    self.dtype = dtype
    self.shape = shape
    self.elements = elements
    self.requiresGrad = requiresGrad
  }

  static func optional(_ json: JSONValue) throws(MalformedJSON) -> TensorData? {
    json.isNull ? nil : try TensorData(json)
  }

  static func list(_ json: JSONValue) throws(MalformedJSON) -> [TensorData?] {
    var list: [TensorData?] = []
    for element in try json.elements("gradients") { list.append(try optional(element)) }
    return list
  }

  /// What a tensor of the engine holds now.
  init(_ tensor: Tensor) {
    dtype = tensor.dtype
    shape = tensor.shape
    elements =
      switch tensor.dtype {
      case .bool: tensor.toArray(as: Bool.self).map { .bool($0) }
      case .int32, .int64: tensor.toArray(as: Int.self).map { .int($0) }
      case .float32, .float64: tensor.toArray(as: Double.self).map { .double($0) }
      }
    requiresGrad = false
  }

  /// A leaf of the engine with these elements.
  func makeTensor() -> Tensor {
    let flat =
      switch dtype {
      case .bool: Tensor(elements.map { $0.double != 0 }, dtype: dtype)
      case .int32, .int64: Tensor(elements.map(\.int), dtype: dtype)
      case .float32, .float64: Tensor(elements.map(\.double), dtype: dtype)
      }
    let leaf = flat.reshape(shape).clone()
    return requiresGrad ? leaf.requiresGrad_() : leaf
  }
}

extension JSONValue {
  /// A number, a truth, or a floating-point number that JSON cannot hold.
  var scalar: Scalar? {
    switch self {
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .double(let value): .double(value)
    case .string("nan"): .double(.nan)
    case .string("inf"): .double(.infinity)
    case .string("-inf"): .double(-.infinity)
    default: nil
    }
  }
}

extension TensorData {
  /// What differs first between this, which was computed, and what PyTorch has; nil for nothing.
  ///
  /// Floating-point elements agree to 1e-5 (float32) or 1e-12 (float64) of the largest magnitude in
  /// the tensor, NaN and infinities exactly, whole numbers exactly.
  func difference(from expected: TensorData) -> String? {
    guard dtype == expected.dtype else {
      return "dtype \(dtype.name), expected \(expected.dtype.name)"
    }
    guard shape == expected.shape else { return "shape \(shape), expected \(expected.shape)" }
    let tolerance = dtype == .float32 ? 1e-5 : 1e-12
    let magnitudes = expected.elements.map { $0.double.magnitude }.filter(\.isFinite)
    let allowed = dtype.isFloatingPoint ? tolerance * (magnitudes.max() ?? 0) : 0
    for (i, (value, wanted)) in zip(elements, expected.elements).enumerated()
    where !TensorData.agree(value, wanted, within: allowed) {
      return "element \(i) is \(value.text), expected \(wanted.text)"
    }
    return nil
  }

  private static func agree(_ value: Scalar, _ wanted: Scalar, within allowed: Double) -> Bool {
    guard case .double = value else { return value.int == wanted.int }
    let (value, wanted) = (value.double, wanted.double)
    if wanted.isNaN { return value.isNaN }
    if value.isInfinite || wanted.isInfinite { return value == wanted }
    return (value - wanted).magnitude <= allowed
  }

  /// What differs first between two optional tensors; nil for nothing.
  static func difference(_ computed: TensorData?, from expected: TensorData?) -> String? {
    switch (computed, expected) {
    case (nil, nil): nil
    case (let computed?, let expected?): computed.difference(from: expected)
    case (_?, nil): "is there, expected none"
    case (nil, _?): "is missing"
    }
  }
}

extension Scalar {
  fileprivate var text: String {
    switch self {
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    }
  }
}
