// The last dimensions in another size: interpolate, and upsampling by each of its modes.

internal import CKernels
internal import GraphModel

/// How `interpolate` makes elements between those that there are.
public enum InterpolationMode: String, Sendable {
  /// The nearest element, rounded down as old programs do it.
  case nearest
  /// The nearest element.
  case nearestExact = "nearest-exact"
  /// Along a line between two, of one dimension.
  case linear
  /// Along lines between two, of two dimensions.
  case bilinear
  /// Along a cubic through four, of two dimensions.
  case bicubic
  /// Along lines between two, of three dimensions.
  case trilinear
  /// The mean of the elements that share the place: `adaptiveAvgPool1d`, 2d or 3d.
  case area
}

extension Tensor {
  /// The dimensions behind batch and channels in the size `size`.
  ///
  /// Floating point only, of three to five dimensions.
  ///
  /// - Parameters:
  ///   - size: a number for all dimensions, or one for each.
  ///   - mode: how elements are made; `linear`, `bilinear` and `bicubic`, and `trilinear` are for three,
  ///     four and five dimensions.
  ///   - alignCorners: whether the centres of the outermost elements, rather than their outer edges,
  ///     stay where they are; for the modes of lines and cubics, where nil is false.
  /// - Returns: a tensor of the same batch and channels.
  public func interpolate(
    size: some SpatialSizes, mode: InterpolationMode = .nearest, alignCorners: Bool? = nil
  ) -> Tensor {
    let given = size.spatialSizes
    let dimensions = sizes.count - 2
    checkCorners(alignCorners, mode)
    guard size is Int || given.count == dimensions else {
      refuse(
        "interpolate",
        "Input and output must have the same number of spatial dimensions, but got input with "
          + "spatial dimensions of \(Array(sizes.dropFirst(2))) and output size of \(given).")
    }
    return upsampled(
      mode, size is Int ? Array(repeating: given[0], count: Swift.max(dimensions, 0)) : given,
      scales: nil, alignCorners ?? false)
  }

  /// The dimensions behind batch and channels `scaleFactor` times as large, rounded down.
  ///
  /// As by a size; positions are worked out from the factor itself unless `recomputeScaleFactor` asks
  /// for the ratio of the sizes.
  public func interpolate(
    scaleFactor: Double, mode: InterpolationMode = .nearest, alignCorners: Bool? = nil,
    recomputeScaleFactor: Bool? = nil
  ) -> Tensor {
    interpolate(
      scaleFactor: Array(repeating: scaleFactor, count: Swift.max(sizes.count - 2, 0)), mode: mode,
      alignCorners: alignCorners, recomputeScaleFactor: recomputeScaleFactor)
  }

  /// As by one factor, with a factor for each dimension.
  public func interpolate(
    scaleFactor: [Double], mode: InterpolationMode = .nearest, alignCorners: Bool? = nil,
    recomputeScaleFactor: Bool? = nil
  ) -> Tensor {
    checkCorners(alignCorners, mode)
    let sizes = Array(sizes.dropFirst(2))
    guard scaleFactor.count == sizes.count else {
      refuse(
        "interpolate",
        "Input and scale_factor must have the same number of spatial dimensions, but got input "
          + "with spatial dimensions of \(sizes) and scale_factor of shape \(scaleFactor).")
    }
    let keepsFactors = recomputeScaleFactor != true && mode != .area
    return upsampled(
      mode, zip(sizes, scaleFactor).map { Int(Double($0) * $1) },
      scales: keepsFactors ? scaleFactor : nil, alignCorners ?? false)
  }

  private func checkCorners(_ alignCorners: Bool?, _ mode: InterpolationMode) {
    guard alignCorners != nil, [.nearest, .nearestExact, .area].contains(mode) else { return }
    refuse(
      "interpolate",
      "align_corners option can only be set with the interpolating modes: linear | bilinear | "
        + "bicubic | trilinear")
  }

  /// Source: torch/nn/functional.py, interpolate.
  private func upsampled(
    _ mode: InterpolationMode, _ size: [Int], scales: [Double]?, _ alignCorners: Bool
  ) -> Tensor {
    let rank = sizes.count
    let needed: Int? =
      switch mode {
      case .linear: 3
      case .bilinear: 4
      case .trilinear: 5
      default: nil
      }
    if let needed, needed != rank, 3...5 ~= rank {
      refuse(
        "interpolate",
        "Got \(rank)D input, but \(mode.rawValue) mode needs \(needed)D input")
    }
    guard 3...5 ~= rank, mode != .bicubic || rank == 4 else {
      refuse(
        "interpolate",
        "Input Error: Only 3D, 4D and 5D input Tensors supported (got \(rank)D) for the modes: "
          + "nearest | linear | bilinear | bicubic | trilinear | area | nearest-exact (got "
          + "\(mode.rawValue))")
    }
    if mode == .area {
      return switch rank {
      case 3: adaptiveAvgPool1d(size)
      case 4: adaptiveAvgPool2d(size)
      default: adaptiveAvgPool3d(size)
      }
    }
    let isAligned = [.nearest, .nearestExact].contains(mode) ? nil : alignCorners
    return upsampled(Upsampling(mode, size, scales, isAligned))
  }

  fileprivate func upsampled(_ upsampling: Upsampling) -> Tensor {
    upsampling.check(self)
    let resultSizes = Dims(Array(sizes[..<2]) + upsampling.size)
    var result = Tensor(empty: resultSizes, dtype)
    if result.count > 0 {
      let input = contiguousData()
      let plan = ResizePlan(upsampling, sizes, dtype, isBackward: false)
      let kernel = plan.kernel
      let width = upsampling.size.last!
      let (out, x) = (result.pointer, input.pointer)
      Parallel.forEach(result.count / width, elements: width * 4) { rows in
        let scratch = Storage.allocate(
          byteCount: Int(AGK_RESIZE_ROWS) * width * dtype.itemSize, for: "rows in another size")
        withUnsafePointer(to: kernel) {
          agk_resize_rows(
            dtype.kernel, $0, Int64(rows.lowerBound), Int64(rows.upperBound), out, x,
            scratch.bytes)
        }
        withExtendedLifetime(scratch) {}
      }
      withExtendedLifetime((plan, input)) {}
      result = result.inLayout(of: self)
    }
    return result.recorded(from: self) { upsampling.node(sizes) }
  }

  fileprivate func upsampledBackward(_ upsampling: Upsampling, _ inputSizes: Dims) -> Tensor {
    var result = Tensor(empty: inputSizes, dtype)
    if result.count > 0 {
      let gradient = contiguousData()
      let plan = ResizePlan(upsampling, inputSizes, dtype, isBackward: true)
      let kernel = plan.kernel
      let width = upsampling.size.last!
      let rows = inputSizes[2..<(inputSizes.count - 1)].reduce(1, *)
      let (out, g) = (result.pointer, gradient.pointer)
      Parallel.forEach(Int(kernel.planes), elements: rows * width * 4) { planes in
        let scratch = Storage.allocate(
          byteCount: rows * width * dtype.itemSize, for: "rows in another size")
        withUnsafePointer(to: kernel) {
          agk_resize_backward(
            dtype.kernel, $0, Int64(planes.lowerBound), Int64(planes.upperBound), out, g,
            scratch.bytes)
        }
        withExtendedLifetime(scratch) {}
      }
      withExtendedLifetime((plan, gradient)) {}
      if upsampling.keepsLayoutBackward { result = result.inLayout(of: self) }
    }
    return result.recorded(from: self) { upsampling.secondNode(inputSizes) }
  }
}

/// What an upsampling was called with.
struct Upsampling {
  let mode: InterpolationMode
  let size: [Int]
  /// The factors that positions are worked out from; nil for the ratio of the sizes.
  let scales: [Double]?
  /// Nil for the modes that do not know it.
  let alignCorners: Bool?

  fileprivate init(
    _ mode: InterpolationMode, _ size: [Int], _ scales: [Double]?, _ alignCorners: Bool?
  ) {
    self.mode = mode
    self.size = size
    self.scales = scales
    self.alignCorners = alignCorners
  }

  /// Whether the gradient is laid out as what arrives; it is dense otherwise.
  fileprivate var keepsLayoutBackward: Bool {
    size.count == 2 && mode != .bicubic || mode == .trilinear
  }

  fileprivate var attributes: [String: AttributeValue] {
    var result: [String: AttributeValue] = ["output_size": .ints(size)]
    let names =
      size.count == 1 ? ["scales"] : ["scales_d", "scales_h", "scales_w"].suffix(size.count)
    for (d, name) in names.enumerated() {
      result[name] = scales.map { .double($0[d]) } ?? AttributeValue.none
    }
    if let alignCorners { result["align_corners"] = .bool(alignCorners) }
    return result
  }

  /// Source: ATen/native/UpSample.h, upsample_2d_common_check.
  fileprivate func check(_ x: Tensor) {
    let input = Array(x.sizes.dropFirst(2))
    let operation = "upsample"
    guard input.allSatisfy({ $0 > 0 }), size.allSatisfy({ $0 > 0 }) else {
      let names = ["D", "H", "W"].suffix(size.count)
      func list(_ sizes: [Int]) -> String {
        zip(names, sizes).map { "\($0): \($1)" }.joined(separator: ", ")
      }
      refuse(
        operation,
        "Input and output sizes should be greater than 0, but got input (\(list(input))) output "
          + "(\(list(size)))")
    }
    guard x.sizes[1] > 0 else {
      refuse(
        operation,
        "Non-empty \(size.count + 2)D data tensor expected but got a tensor with sizes \(x.sizes)")
    }
    x.checkFloatingPoint(operation, "upsample_\(mode.rawValue)\(size.count)d_channels_last")
  }

  fileprivate func node(_ sizes: Dims) -> Node {
    let node: UpsampleNode.Type =
      switch (mode, size.count) {
      case (.nearest, 1): UpsampleNearest1DBackward0.self
      case (.nearest, 2): UpsampleNearest2DBackward0.self
      case (.nearest, _): UpsampleNearest3DBackward0.self
      case (.nearestExact, 1): UpsampleNearestExact1DBackward0.self
      case (.nearestExact, 2): UpsampleNearestExact2DBackward0.self
      case (.nearestExact, _): UpsampleNearestExact3DBackward0.self
      case (.bicubic, _): UpsampleBicubic2DBackward0.self
      case (_, 1): UpsampleLinear1DBackward0.self
      case (_, 2): UpsampleBilinear2DBackward0.self
      default: UpsampleTrilinear3DBackward0.self
      }
    return node.init(self, sizes)
  }

  fileprivate func secondNode(_ sizes: Dims) -> Node {
    let node: UpsampleBackwardNode.Type =
      switch (mode, size.count) {
      case (.nearest, 1): UpsampleNearest1DBackwardBackward0.self
      case (.nearest, 2): UpsampleNearest2DBackwardBackward0.self
      case (.nearest, _): UpsampleNearest3DBackwardBackward0.self
      case (.nearestExact, 1): UpsampleNearestExact1DBackwardBackward0.self
      case (.nearestExact, 2): UpsampleNearestExact2DBackwardBackward0.self
      case (.nearestExact, _): UpsampleNearestExact3DBackwardBackward0.self
      case (.bicubic, _): UpsampleBicubic2DBackwardBackward0.self
      case (_, 1): UpsampleLinear1DBackwardBackward0.self
      case (_, 2): UpsampleBilinear2DBackwardBackward0.self
      default: UpsampleTrilinear3DBackwardBackward0.self
      }
    return node.init(self)
  }
}

// MARK: - Derivatives

/// The derivative of an upsampling, which is linear.
class UpsampleNode: Node {
  private let upsampling: Upsampling
  private let sizes: Dims

  required init(_ upsampling: Upsampling, _ sizes: Dims) {
    self.upsampling = upsampling
    self.sizes = sizes
    super.init()
  }

  override final var attributes: [String: AttributeValue] {
    upsampling.attributes.merging(["self_sym_sizes": .ints(sizes.array)]) { $1 }
  }

  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(g.upsampledBackward(upsampling, sizes))
  }
}

/// The derivative of that derivative: the upsampling itself.
class UpsampleBackwardNode: Node {
  private let upsampling: Upsampling

  required init(_ upsampling: Upsampling) {
    self.upsampling = upsampling
    super.init()
  }

  override final var attributes: [String: AttributeValue] { upsampling.attributes }
  override final func backward(_ g: Tensor) -> Gradients { Gradients(g.upsampled(upsampling)) }
}

final class UpsampleNearest1DBackward0: UpsampleNode {}
final class UpsampleNearest2DBackward0: UpsampleNode {}
final class UpsampleNearest3DBackward0: UpsampleNode {}
final class UpsampleNearestExact1DBackward0: UpsampleNode {}
final class UpsampleNearestExact2DBackward0: UpsampleNode {}
final class UpsampleNearestExact3DBackward0: UpsampleNode {}
final class UpsampleLinear1DBackward0: UpsampleNode {}
final class UpsampleBilinear2DBackward0: UpsampleNode {}
final class UpsampleBicubic2DBackward0: UpsampleNode {}
final class UpsampleTrilinear3DBackward0: UpsampleNode {}
final class UpsampleNearest1DBackwardBackward0: UpsampleBackwardNode {}
final class UpsampleNearest2DBackwardBackward0: UpsampleBackwardNode {}
final class UpsampleNearest3DBackwardBackward0: UpsampleBackwardNode {}
final class UpsampleNearestExact1DBackwardBackward0: UpsampleBackwardNode {}
final class UpsampleNearestExact2DBackwardBackward0: UpsampleBackwardNode {}
final class UpsampleNearestExact3DBackwardBackward0: UpsampleBackwardNode {}
final class UpsampleLinear1DBackwardBackward0: UpsampleBackwardNode {}
final class UpsampleBilinear2DBackwardBackward0: UpsampleBackwardNode {}
final class UpsampleBicubic2DBackwardBackward0: UpsampleBackwardNode {}
final class UpsampleTrilinear3DBackwardBackward0: UpsampleBackwardNode {}
