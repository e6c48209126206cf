// Tensors by a formula that the scripts in Reference/ have too.
import Autograd

/// Element i is ((i · 7919 + k · 104729) mod 2001 - 1000) / 1000.
func fill(_ shape: [Int], _ k: Int, _ dtype: DType = .float32) -> Tensor {
  let numbers = (0..<shape.reduce(1, *)).map {
    Double(($0 * 7919 + k * 104729) % 2001 - 1000) / 1000
  }
  return Tensor(numbers, dtype: dtype).view(shape)
}

/// Whole numbers below `high`.
func whole(_ shape: [Int], _ k: Int, _ high: Int) -> Tensor {
  Tensor((0..<shape.reduce(1, *)).map { ($0 * 7 + k) % high }).view(shape)
}

/// The largest difference of two tensors, relative to the largest number; nil for other shapes.
func difference(_ a: [Double], _ b: [Double]) -> Double? {
  guard a.count == b.count else { return nil }
  let scale = b.reduce(0) { max($0, $1.isFinite ? abs($1) : 0) }
  return zip(a, b).reduce(0) { worst, pair in
    if pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN) { return worst }
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(worst, difference / max(scale, 1e-30))
  }
}
