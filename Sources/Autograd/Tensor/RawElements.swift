// The bytes of tensors, for files.

extension Tensor {
  /// A contiguous tensor whose bytes `fill` writes; it does no more than that.
  package static func filledWithBytes(
    _ shape: [Int], _ dtype: DType, _ fill: (UnsafeMutableRawBufferPointer) -> Void
  ) -> Tensor {
    let result = Tensor(empty: Dims(shape), dtype)
    fill(
      UnsafeMutableRawBufferPointer(
        start: result.pointer, count: result.count * dtype.itemSize))
    return result
  }

  /// Calls `body` with the elements in row-major order.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let data = noGrad { detach().contiguous() }
    defer { withExtendedLifetime(data) {} }
    return try body(UnsafeRawBufferPointer(start: data.pointer, count: count * dtype.itemSize))
  }

  /// The most dimensions that a tensor can have.
  package static var mostDimensions: Int { Dims.capacity }
}
