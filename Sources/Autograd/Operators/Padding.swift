// Borders around the last dimensions: of one number, mirrored, repeated, or wrapped around.

internal import CKernels
internal import GraphModel

/// What `pad` puts around a tensor.
public enum PaddingMode: String, Sendable {
  /// One number.
  case constant
  /// The elements mirrored at the outermost ones, which are not repeated.
  case reflect
  /// The outermost elements.
  case replicate
  /// The elements from the other end.
  case circular
}

extension Tensor {
  /// The elements with a border around the last dimensions.
  ///
  /// - Parameters:
  ///   - pad: what comes before and after, for the last dimension, then for the one before it, and
  ///     so on; negative numbers cut off.
  ///   - mode: what the border holds. Other modes than `constant` take pairs for the last one, two
  ///     or three dimensions of a tensor that has one or two more.
  ///   - value: the number of a `constant` border.
  /// - Returns: a tensor of this dtype.
  public func pad(
    _ pad: [Int], mode: PaddingMode = .constant, value: some ScalarConvertible = 0
  ) -> Tensor {
    guard pad.count % 2 == 0 else {
      refuse("pad", "Padding length must be divisible by 2: \(pad)")
    }
    guard pad.count <= 2 * sizes.count else {
      refuse(
        "pad",
        "Padding length should be less than or equal to two times the input dimension but got "
          + "padding length \(pad.count) and input of dimension \(sizes.count)")
    }
    guard mode != .constant else { return padConstant(pad, value.scalar) }
    let padded = pad.count / 2
    guard 1...3 ~= padded, padded + 1 == sizes.count || padded + 2 == sizes.count else {
      refuse(
        "pad",
        "Padding size \(pad.count) is not supported for \(sizes.count)D input tensor. Supported: "
          + "2 for 2D or 3D, 4 for 3D or 4D, 6 for 4D or 5D")
    }
    return mode == .circular ? padCircular(pad) : padBorder(Border(mode, pad))
  }

  /// The elements with a border around the last dimensions: what comes before and after each.
  public func pad(_ pad: Int...) -> Tensor { self.pad(pad) }

  /// The size of a dimension with its border; refuses one that cannot be.
  fileprivate func padded(_ pad: [Int], _ pair: Int, _ operation: String) -> Int {
    let d = sizes.count - 1 - pair
    let size = sizes[d] + pad[2 * pair] + pad[2 * pair + 1]
    guard size >= 0, pad[2 * pair] >= -sizes[d], pad[2 * pair + 1] >= -sizes[d] else {
      refuse(
        operation,
        "The input size \(sizes[d]), plus negative padding \(pad[2 * pair]) and "
          + "\(pad[2 * pair + 1]) resulted in a negative output size, which is invalid. Check "
          + "dimension \(d) of your input.")
    }
    return size
  }

  fileprivate func padConstant(_ pad: [Int], _ value: Scalar) -> Tensor {
    var shape = sizes
    for pair in 0..<pad.count / 2 {
      shape[sizes.count - 1 - pair] = padded(pad, pair, "constant_pad_nd")
    }
    let result = Tensor(empty: shape, dtype)
    let number = Tensor.full(Dims(), value, dtype)
    BorderRegion.forEach(pad, .constant, sizes) { region in
      Elementwise.copy(
        region.isInterior ? region.source(self) : number, into: region.part(of: result))
    }
    return result.recorded(from: self) { ConstantPadNdBackward0(pad) }
  }

  /// Source: ATen/native/PadNd.cpp, _pad_circular.
  private func padCircular(_ pad: [Int]) -> Tensor {
    var shape = sizes
    for pair in 0..<pad.count / 2 {
      let d = sizes.count - 1 - pair
      guard pad[2 * pair] <= sizes[d], pad[2 * pair + 1] <= sizes[d] else {
        refuse(
          "pad",
          "Padding value causes wrapping around more than once: padding \(pad) of shape \(sizes)")
      }
      shape[d] = padded(pad, pair, "pad")
    }
    let result = Tensor(empty: shape, dtype)
    var (from, to) = (self, result)
    for pair in 0..<pad.count / 2 {
      let d = sizes.count - 1 - pair
      let (before, after) = (pad[2 * pair], pad[2 * pair + 1])
      to = to.slice(
        dim: d, start: Swift.max(before, 0), end: shape[d] - Swift.max(after, 0), step: 1)
      from = from.slice(
        dim: d, start: Swift.max(-before, 0), end: sizes[d] - Swift.max(-after, 0), step: 1)
    }
    to.copy_(from)
    for pair in 0..<pad.count / 2 {
      let d = sizes.count - 1 - pair
      let (before, after) = (pad[2 * pair], pad[2 * pair + 1])
      if before > 0 {
        let end = shape[d] - Swift.max(after, 0)
        result.slice(dim: d, start: 0, end: before, step: 1)
          .copy_(result.slice(dim: d, start: end - before, end: end, step: 1))
      }
      if after > 0 {
        let start = Swift.max(before, 0)
        result.slice(dim: d, start: shape[d] - after, end: shape[d], step: 1)
          .copy_(result.slice(dim: d, start: start, end: start + after, step: 1))
      }
    }
    return result
  }

  // MARK: Mirrored and repeated borders

  fileprivate func padBorder(_ border: Border) -> Tensor {
    let result = Tensor(empty: border.sizes(around: self), dtype)
    BorderRegion.forEach(border.pad, border.mode, sizes) { region in
      Elementwise.copy(region.source(self), into: region.part(of: result))
    }
    return result.recorded(from: self) { border.node(savingInput: self) }
  }

  /// The gradient of `input`, which was given a border; this is the gradient of the result.
  ///
  /// Each element's gradient goes to where it came from.
  fileprivate func padBorderBackward(_ border: Border, _ input: Tensor) -> Tensor {
    let isCut = border.pad.contains { $0 < 0 }
    let result =
      isCut ? Tensor.full(input.sizes, .int(0), dtype) : Tensor(empty: input.sizes, dtype)
    BorderRegion.forEach(border.pad, border.mode, input.sizes) { region in
      if region.isInterior {
        return Elementwise.copy(region.part(of: self), into: region.source(result))
      }
      region.forEachLayer { layer in
        let target = layer.source(result)
        Elementwise.binary(.AGK_ADD, target, layer.part(of: self), into: target)
      }
    }
    return result.recorded(from: self, input) { border.secondNode(input.sizes) }
  }
}

/// One of the boxes that the borders of the last dimensions cut a result into: the interior, which
/// is what is left of the input, or a piece of the border.
private struct BorderRegion {
  private(set) var sizes: Dims
  private(set) var isInterior = true
  /// The first position in the result.
  private var starts: Dims
  /// The position in the input that it shows, and the steps there: -1 where the border is mirrored,
  /// 0 where it is repeated.
  private var origins: Dims
  private var steps: Dims

  private init(_ sizes: Dims) {
    self.sizes = sizes
    starts = Dims(repeating: 0, count: sizes.count)
    origins = starts
    steps = Dims(repeating: 1, count: sizes.count)
  }

  /// Calls `body` for the boxes that are not empty, the interior first.
  static func forEach(
    _ pad: [Int], _ mode: PaddingMode, _ sizes: Dims, _ body: (BorderRegion) -> Void
  ) {
    let pairs = pad.count / 2
    var boxes = 1
    for _ in 0..<pairs { boxes *= 3 }
    for box in 0..<boxes {
      var region = BorderRegion(sizes)
      var rest = box
      for pair in 0..<pairs {
        region.place(
          rest % 3, at: sizes.count - 1 - pair, (pad[2 * pair], pad[2 * pair + 1]), mode)
        rest /= 3
      }
      if !region.sizes.contains(where: { $0 <= 0 }) { body(region) }
    }
  }

  /// Along dimension `d`: inside (0), before (1), or after (2) what is left of the input.
  private mutating func place(
    _ side: Int, at d: Int, _ pad: (before: Int, after: Int), _ mode: PaddingMode
  ) {
    let edge = sizes[d] - 1
    let inside = sizes[d] + Swift.min(pad.before, 0) + Swift.min(pad.after, 0)
    guard side > 0 else {
      sizes[d] = inside
      starts[d] = Swift.max(pad.before, 0)
      origins[d] = Swift.max(-pad.before, 0)
      return
    }
    isInterior = false
    sizes[d] = side == 1 ? pad.before : pad.after
    starts[d] = side == 1 ? 0 : Swift.max(pad.before, 0) + inside
    steps[d] = mode == .reflect ? -1 : 0
    let mirrored = mode == .reflect
    origins[d] = side == 1 ? (mirrored ? pad.before : 0) : (mirrored ? edge - 1 : edge)
  }

  /// The box in a tensor of the result's shape: no view, no history.
  func part(of result: Tensor) -> Tensor {
    var offset = result.offset
    for d in sizes.indices { offset += starts[d] * result.strides[d] }
    return Tensor(
      sharing: result.storage, sizes: sizes, strides: result.strides, offset: offset,
      dtype: result.dtype)
  }

  /// What the box shows of a tensor of the input's shape, each element at its place.
  func source(_ x: Tensor) -> Tensor {
    var (strides, offset) = (x.strides, x.offset)
    for d in sizes.indices {
      offset += origins[d] * strides[d]
      strides[d] *= steps[d]
    }
    return Tensor(
      sharing: x.storage, sizes: sizes, strides: strides, offset: offset, dtype: x.dtype)
  }

  /// Boxes that show no element twice: one for each position where elements are repeated.
  func forEachLayer(_ body: (BorderRegion) -> Void) {
    guard let d = sizes.indices.first(where: { steps[$0] == 0 && sizes[$0] > 1 }) else {
      return body(self)
    }
    for position in 0..<sizes[d] {
      var layer = self
      layer.sizes[d] = 1
      layer.starts[d] += position
      layer.forEachLayer(body)
    }
  }
}

/// A mirrored or repeated border of one, two or three dimensions.
struct Border {
  let mode: PaddingMode
  let pad: [Int]

  init(_ mode: PaddingMode, _ pad: [Int]) {
    self.mode = mode
    self.pad = pad
  }

  /// The shape of `x` with the border; refuses a border that cannot be.
  fileprivate func sizes(around x: Tensor) -> Dims {
    var result = x.sizes
    for pair in 0..<pad.count / 2 {
      let d = x.sizes.count - 1 - pair
      let (before, after) = (pad[2 * pair], pad[2 * pair + 1])
      result[d] = x.padded(pad, pair, "pad")
      if mode == .reflect, before >= x.sizes[d] || after >= x.sizes[d] {
        refuse(
          "pad",
          "Padding size should be less than the corresponding input dimension, but got: padding "
            + "(\(before), \(after)) at dimension \(d) of input \(x.sizes)")
      }
      guard x.sizes[d] > 0 else {
        refuse("pad", "Expected dimension \(d) of the input to be non-zero: shape \(x.sizes)")
      }
    }
    return result
  }

  fileprivate func node(savingInput x: Tensor) -> BorderNode {
    let node: BorderNode =
      switch (mode, pad.count) {
      case (.reflect, 2): ReflectionPad1DBackward0(self)
      case (.reflect, 4): ReflectionPad2DBackward0(self)
      case (.reflect, _): ReflectionPad3DBackward0(self)
      case (_, 2): ReplicationPad1DBackward0(self)
      case (_, 4): ReplicationPad2DBackward0(self)
      default: ReplicationPad3DBackward0(self)
      }
    node.save(.input(x), 0)
    return node
  }

  fileprivate func secondNode(_ sizes: Dims) -> BorderBackwardNode {
    switch (mode, pad.count) {
    case (.reflect, 2): ReflectionPad1DBackwardBackward0(self, sizes)
    case (.reflect, 4): ReflectionPad2DBackwardBackward0(self, sizes)
    case (.reflect, _): ReflectionPad3DBackwardBackward0(self, sizes)
    case (_, 2): ReplicationPad1DBackwardBackward0(self, sizes)
    case (_, 4): ReplicationPad2DBackwardBackward0(self, sizes)
    default: ReplicationPad3DBackwardBackward0(self, sizes)
    }
  }
}

// MARK: - Derivatives

final class ConstantPadNdBackward0: Node {
  private let pad: [Int]

  init(_ pad: [Int]) {
    self.pad = pad
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["pad": .ints(pad)] }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.padConstant(pad.map { -$0 }, .int(0)))
  }
}

/// The derivative of a border: its elements' gradients go to where they came from.
class BorderNode: Node {
  private let border: Border

  init(_ border: Border) {
    self.border = border
    super.init()
  }

  override final class var savedNames: [String] { ["self"] }
  override final var attributes: [String: AttributeValue] { ["padding": .ints(border.pad)] }

  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(g.padBorderBackward(border, savedValue(0)))
  }
}

/// The derivative of a border's derivative; it does not depend on the input.
class BorderBackwardNode: Node {
  private let border: Border
  private let sizes: Dims

  init(_ border: Border, _ sizes: Dims) {
    self.border = border
    self.sizes = sizes
    super.init()
  }

  override final var attributes: [String: AttributeValue] { ["padding": .ints(border.pad)] }

  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(
      needs(0) ? g.padBorder(border) : nil, needs(1) ? .full(sizes, .int(0), g.dtype) : nil)
  }
}

final class ReflectionPad1DBackward0: BorderNode {}
final class ReflectionPad2DBackward0: BorderNode {}
final class ReflectionPad3DBackward0: BorderNode {}
final class ReplicationPad1DBackward0: BorderNode {}
final class ReplicationPad2DBackward0: BorderNode {}
final class ReplicationPad3DBackward0: BorderNode {}
final class ReflectionPad1DBackwardBackward0: BorderBackwardNode {}
final class ReflectionPad2DBackwardBackward0: BorderBackwardNode {}
final class ReflectionPad3DBackwardBackward0: BorderBackwardNode {}
final class ReplicationPad1DBackwardBackward0: BorderBackwardNode {}
final class ReplicationPad2DBackwardBackward0: BorderBackwardNode {}
final class ReplicationPad3DBackwardBackward0: BorderBackwardNode {}
