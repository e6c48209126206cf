// Borders around the last dimensions: of one number, mirrored, repeated, or wrapped around.

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
    let result = Tensor.full(shape, value, dtype)
    noGrad {
      var (from, to) = (self, result)
      for pair in 0..<pad.count / 2 {
        let d = sizes.count - 1 - pair
        let (before, after) = (pad[2 * pair], pad[2 * pair + 1])
        from = from.slice(
          dim: d, start: Swift.max(-before, 0), end: sizes[d] - Swift.max(-after, 0), step: 1)
        to = to.slice(
          dim: d, start: Swift.max(before, 0), end: shape[d] - Swift.max(after, 0), step: 1)
      }
      if from.count > 0 { Elementwise.copy(from, into: to) }
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
    let result: Tensor = noGrad {
      var result = self
      for pair in 0..<border.pad.count / 2 {
        let d = sizes.count - 1 - pair
        _ = padded(border.pad, pair, "pad")
        result = result.indexSelect(dim: d, index: border.sources(pair, self))
      }
      return result
    }
    return result.recorded(from: self) { border.node(savingInput: self) }
  }

  /// The gradient of what has the shape `sizes` and was given a border; this is that of the result.
  fileprivate func padBorderBackward(_ border: Border, _ input: Tensor) -> Tensor {
    let result: Tensor = noGrad {
      var gradient = self
      for pair in (0..<border.pad.count / 2).reversed() {
        let d = input.sizes.count - 1 - pair
        var shape = gradient.sizes
        shape[d] = input.sizes[d]
        gradient = Tensor.full(shape, .int(0), dtype)
          .indexAdd_(dim: d, index: border.sources(pair, input), source: gradient)
      }
      return gradient
    }
    return result.recorded(from: self, input) { border.secondNode(input.sizes) }
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

  /// For each position along a dimension of the result, the position that it comes from.
  fileprivate func sources(_ pair: Int, _ x: Tensor) -> Tensor {
    let d = x.sizes.count - 1 - pair
    let size = x.sizes[d]
    let (before, after) = (pad[2 * pair], pad[2 * pair + 1])
    if mode == .reflect, before >= size || after >= size {
      refuse(
        "pad",
        "Padding size should be less than the corresponding input dimension, but got: padding "
          + "(\(before), \(after)) at dimension \(d) of input \(x.sizes)")
    }
    guard size > 0 else {
      refuse("pad", "Expected dimension \(d) of the input to be non-zero: shape \(x.sizes)")
    }
    return Tensor(
      (0..<size + before + after).map { position in
        let place = position - before
        guard mode == .reflect else { return Swift.min(Swift.max(place, 0), size - 1) }
        return place < 0 ? -place : place < size ? place : 2 * (size - 1) - place
      })
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
