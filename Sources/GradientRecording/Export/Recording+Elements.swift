// The elements of a recorded tensor in row-major order.

extension Recording {
  /// The elements of a recorded tensor in row-major order, without the gaps that they may have had
  /// in memory, in the byte order of the machine that recorded.
  public func rowMajorBytes(of value: Value) throws(RecordingError) -> [UInt8] {
    let bytes = try bytes(of: value)
    guard let result = rowMajor(bytes, shape: value.shape, strides: value.strides) else {
      throw damaged(
        "the elements of \(value.role) \(value.slot) of call \(value.order) in pass \(value.pass) "
          + "do not take the bytes that are there")
    }
    return result
  }
}

/// Elements that lie in memory by strides, brought to row-major order; nil where shape and strides
/// do not fit the bytes.
func rowMajor(_ bytes: [UInt8], shape: [Int], strides: [Int]) -> [UInt8]? {
  guard shape.count == strides.count, shape.allSatisfy({ $0 >= 0 }) else { return nil }
  if shape.contains(0) { return bytes.isEmpty ? [] : nil }
  // One element at least, up to the one that lies last.
  var span = 1
  var count = 1
  for (size, stride) in zip(shape, strides) {
    guard stride >= 0 || size == 1 else { return nil }
    let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
    let (sum, carry) = span.addingReportingOverflow(reach)
    let (product, excess) = count.multipliedReportingOverflow(by: size)
    guard !overflow, !carry, !excess, sum <= bytes.count else { return nil }
    span = sum
    count = product
  }
  // Elements have places of their own, so that few bytes do not become many.
  guard count <= span, bytes.count % span == 0 else { return nil }
  let itemSize = bytes.count / span

  var expected = 1
  var isRowMajor = true
  for (size, stride) in zip(shape, strides).reversed() where size != 1 {
    if stride != expected { isRowMajor = false }
    expected *= size
  }
  if isRowMajor { return bytes }

  var result: [UInt8] = []
  result.reserveCapacity(count * itemSize)
  var index = [Int](repeating: 0, count: shape.count)
  var offset = 0
  for _ in 0..<count {
    result += bytes[offset * itemSize..<(offset + 1) * itemSize]
    var dimension = shape.count - 1
    while dimension >= 0 {
      index[dimension] += 1
      offset += strides[dimension]
      if index[dimension] < shape[dimension] { break }
      offset -= strides[dimension] * shape[dimension]
      index[dimension] = 0
      dimension -= 1
    }
  }
  return result
}
