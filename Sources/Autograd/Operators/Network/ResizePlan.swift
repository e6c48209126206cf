// Which elements an upsampling makes each of its own from, and how much of them.

internal import CKernels

/// The places and weights of an upsampling along each dimension.
///
/// They are worked out in the elements' precision, or float32 where PyTorch does so, because the
/// nearest element depends on the last bit. Source: ATen/native/UpSample.h and
/// ATen/native/cpu/UpSampleKernel.cpp.
struct ResizePlan {
  private(set) var kernel: agk_resize
  /// What the kernel points to.
  private let held: [Tensor]

  init(_ upsampling: Upsampling, _ input: Dims, _ dtype: DType, isBackward: Bool) {
    let sizes = Array(input.dropFirst(2))
    var axes: [(taps: Int, places: Tensor, weights: Tensor?)] = []
    for (d, size) in sizes.enumerated() {
      let axis = Axis(
        size: size, out: upsampling.size[d], scale: upsampling.scales?[d],
        alignCorners: upsampling.alignCorners ?? false)
      axes.append(
        dtype == .float32
          ? axis.plan(upsampling.mode, isBackward, Float.self)
          : axis.plan(upsampling.mode, isBackward, Double.self))
    }
    while axes.count < 3 {
      axes.insert((1, Tensor.full(Dims([1]), .int(0), .int32), nil), at: 0)
    }
    held = axes.flatMap { [$0.places] + ($0.weights.map { [$0] } ?? []) }
    let places = axes.map { UnsafePointer($0.places.pointer.assumingMemoryBound(to: Int32.self)) }
    let weights = axes.map { $0.weights.map { UnsafeRawPointer($0.pointer) } }
    kernel = agk_resize(
      planes: Int64(input[0] * input[1]), size: triple(sizes, 1), out: triple(upsampling.size, 1),
      taps: (Int32(axes[0].taps), Int32(axes[1].taps), Int32(axes[2].taps)),
      places: (places[0], places[1], places[2]), weights: (weights[0], weights[1], weights[2]))
  }
}

/// An upsampling along one dimension.
private struct Axis {
  let size: Int
  let out: Int
  let scale: Double?
  let alignCorners: Bool

  func plan<T: ResizeFloat>(
    _ mode: InterpolationMode, _ isBackward: Bool, _: T.Type
  ) -> (taps: Int, places: Tensor, weights: Tensor?) {
    switch mode {
    case .nearest, .nearestExact, .area:
      let places = (0..<out).map {
        Int32(isBackward ? nearestBackward($0, mode) : nearest($0, mode, T.self))
      }
      return (1, Tensor(places), nil)
    case .linear, .bilinear, .trilinear: return between(2, T.self)
    case .bicubic: return between(4, T.self)
    }
  }

  private func ratio<T: ResizeFloat>(_: T.Type) -> T {
    if alignCorners { return out > 1 ? T(size - 1) / T(out - 1) : 0 }
    if let scale, scale > 0 { return T(1 / scale) }
    return T(size) / T(out)
  }

  private func nearest<T: ResizeFloat>(_ i: Int, _ mode: InterpolationMode, _: T.Type) -> Int {
    let ratio = ratio(T.self)
    if mode == .nearest { return Swift.min((ratio * T(i)).floored, size - 1) }
    let position = Swift.max(ratio * (T(i) + 0.5) - 0.5, 0)
    return Swift.min((Double(position) + 0.5).floored, size - 1)
  }

  /// The same in PyTorch's other words, for gradients.
  private func nearestBackward(_ i: Int, _ mode: InterpolationMode) -> Int {
    let ratio = ratio(Float.self)
    if mode == .nearestExact { return Swift.min(((Float(i) + 0.5) * ratio).floored, size - 1) }
    if out == size { return i }
    if out == 2 * size { return i >> 1 }
    return Swift.min((Float(i) * ratio).floored, size - 1)
  }

  /// Along a line between two elements or a cubic through four.
  private func between<T: ResizeFloat>(
    _ taps: Int, _: T.Type
  ) -> (taps: Int, places: Tensor, weights: Tensor?) {
    var places = [Int32](repeating: 0, count: taps * out)
    var weights = [T](repeating: 0, count: taps * out)
    let ratio = ratio(T.self)
    for i in 0..<out {
      var position = alignCorners ? ratio * T(i) : ratio * (T(i) + 0.5) - 0.5
      if taps == 2 { position = size == out ? T(i) : Swift.max(position, 0) }
      let first = Swift.min(position.floored, size - 1)
      let part = Swift.min(Swift.max(position - T(first), 0), 1)
      let shares = taps == 2 ? [1 - part, part] : cubic(part)
      for t in 0..<taps {
        let place = first + t - (taps - 1) / 2
        places[t * out + i] = Int32(Swift.min(Swift.max(place, 0), size - 1))
        weights[t * out + i] = shares[t]
      }
    }
    return (taps, Tensor(places), T.tensor(weights))
  }

  /// The weights of four elements, `part` of the way from the second to the third.
  private func cubic<T: ResizeFloat>(_ part: T) -> [T] {
    let a: T = -0.75
    func inner(_ x: T) -> T { ((a + 2) * x - (a + 3)) * x * x + 1 }
    func outer(_ x: T) -> T { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    let rest = 1 - part
    return [outer(part + 1), inner(part), inner(rest), outer(rest + 1)]
  }
}

/// The precision that positions are worked out in.
private protocol ResizeFloat: BinaryFloatingPoint {
  static func tensor(_ values: [Self]) -> Tensor
}

extension ResizeFloat {
  /// Rounded down in single precision, as PyTorch does whatever the precision.
  fileprivate var floored: Int { Int(Float(self).rounded(.down)) }
}

extension Float: ResizeFloat {
  fileprivate static func tensor(_ values: [Float]) -> Tensor {
    let result = Tensor(empty: Dims([values.count]), .float32)
    values.withUnsafeBytes { result.pointer.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    return result
  }
}

extension Double: ResizeFloat {
  fileprivate static func tensor(_ values: [Double]) -> Tensor {
    let result = Tensor(empty: Dims([values.count]), .float64)
    values.withUnsafeBytes { result.pointer.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    return result
  }
}
