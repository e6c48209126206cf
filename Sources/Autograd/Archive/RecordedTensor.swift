// Tensors from the bytes of a file, and what of them shows in a recording.

package import GraphModel

extension Tensor {
  /// A tensor of recorded bytes; nil where they do not fit shape, strides and dtype.
  package static func recorded(
    _ bytes: [UInt8], shape: [Int], strides: [Int], dtype: String
  ) -> Tensor? {
    guard let dtype = DType(name: dtype), shape.count == strides.count,
      shape.count <= mostDimensions, shape.allSatisfy({ $0 >= 0 }),
      strides.allSatisfy({ $0 >= 0 })
    else { return nil }
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      count = product
    }
    let sizes = Dims(shape)
    guard bytes.count % dtype.itemSize == 0, bytes.count / dtype.itemSize == count else {
      return nil
    }
    // An empty tensor has no order; one of bool holds nothing but 0 and 1.
    let steps = count == 0 ? sizes.contiguousStrides : Dims(strides)
    guard count == 0 || sizes.areDense(steps),
      dtype != .bool || bytes.allSatisfy({ $0 <= 1 })
    else { return nil }
    let result = Tensor(empty: sizes, strides: steps, dtype)
    bytes.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress, count > 0 {
        result.pointer.copyMemory(from: start, byteCount: bytes.count)
      }
    }
    return result
  }

  /// What the tensor holds, as a recording tells it.
  package var recordedStatistics: GradientStatistics { statistics() }
}
