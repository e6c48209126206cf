// Channels in another order, and turned into pixels and back: pixel_shuffle, channel_shuffle.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// Turns each r² channels into r × r pixels: [..., C·r², H, W] becomes [..., C, H·r, W·r].
  ///
  /// Any dtype, at least three dimensions.
  public func pixelShuffle(_ upscaleFactor: Int) -> Tensor {
    let operation = "pixel_shuffle"
    checkImage(operation)
    guard upscaleFactor > 0 else {
      refuse(operation, "expects a positive upscale_factor, but got \(upscaleFactor)")
    }
    let (r, rank) = (upscaleFactor, sizes.count)
    let (channels, height, width) = (sizes[rank - 3], sizes[rank - 2], sizes[rank - 1])
    guard channels % (r * r) == 0 else {
      refuse(
        operation,
        "expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
          + "but input.size(-3)=\(channels) is not divisible by \(r * r)")
    }
    let split = [channels / (r * r), r, r, height, width]
    return rearranged(
      3, split, [0, 3, 1, 4, 2], into: [channels / (r * r), height * r, width * r]
    ).recorded(from: self) { PixelShuffleBackward0(r) }
  }

  /// Turns each r × r pixels into r² channels: [..., C, H·r, W·r] becomes [..., C·r², H, W].
  ///
  /// Any dtype, at least three dimensions.
  public func pixelUnshuffle(_ downscaleFactor: Int) -> Tensor {
    let operation = "pixel_unshuffle"
    checkImage(operation)
    guard downscaleFactor > 0 else {
      refuse(operation, "expects a positive downscale_factor, but got \(downscaleFactor)")
    }
    let (r, rank) = (downscaleFactor, sizes.count)
    let (channels, height, width) = (sizes[rank - 3], sizes[rank - 2], sizes[rank - 1])
    for (name, d, size) in [("height", -2, height), ("width", -1, width)] where size % r != 0 {
      refuse(
        operation,
        "expects \(name) to be divisible by downscale_factor, but input.size(\(d))=\(size) is not "
          + "divisible by \(r)")
    }
    let split = [channels, height / r, r, width / r, r]
    return rearranged(
      3, split, [0, 2, 4, 1, 3], into: [channels * r * r, height / r, width / r]
    ).recorded(from: self) { PixelUnshuffleBackward0(r) }
  }

  /// Takes the channels, dimension 1, in turn from each of `groups` parts of them.
  ///
  /// Any dtype, at least three dimensions.
  public func channelShuffle(_ groups: Int) -> Tensor {
    let operation = "channel_shuffle"
    guard sizes.count > 2 else {
      refuse(operation, "expects input with > 2 dims, but got input with sizes \(sizes)")
    }
    guard groups > 0 else {
      refuse(
        operation,
        "Number of groups to divide channels in must be positive. Value of groups:\(groups)")
    }
    guard sizes[1] % groups == 0 else {
      refuse(
        operation,
        "Number of channels must be divisible by groups. Got \(sizes[1]) channels and \(groups) "
          + "groups.")
    }
    let inner = sizes[2...].reduce(1, *)
    return rearranged(
      sizes.count - 1, [groups, sizes[1] / groups, inner], [1, 0, 2], into: Array(sizes[1...])
    ).recorded(from: self) { ChannelShuffleBackward0(groups) }
  }

  private func checkImage(_ operation: String) {
    guard sizes.count >= 3 else {
      refuse(
        operation,
        "expects input to have at least 3 dimensions, but got input with \(sizes.count) "
          + "dimension(s)")
    }
    if sizes.count == 5, suggestsChannelsLast {
      refuse(
        operation,
        "Unsupported memory format. Supports only ChannelsLast, Contiguous: shape \(sizes), strides "
          + "\(strides)")
    }
  }

  /// The last `count` dimensions split, taken in another order and joined to others; no history.
  private func rearranged(
    _ count: Int, _ split: [Int], _ order: [Int], into joined: [Int]
  ) -> Tensor {
    let outer = Array(sizes.dropLast(count))
    let source = contiguousData().viewed(Dims([outer.reduce(1, *)] + split))
    var (sizes, strides) = (source.sizes, source.strides)
    for (k, from) in order.enumerated() {
      sizes[k + 1] = source.sizes[from + 1]
      strides[k + 1] = source.strides[from + 1]
    }
    let result = Tensor(empty: Dims(outer + joined), dtype)
    guard result.count > 0 else { return result }
    Elementwise.move(
      dtype.itemSize, sizes, result.pointer, sizes.contiguousStrides, source.pointer, strides)
    return result.inLayout(of: self)
  }
}

// MARK: - Derivatives

final class PixelShuffleBackward0: Node {
  private let upscaleFactor: Int

  init(_ upscaleFactor: Int) {
    self.upscaleFactor = upscaleFactor
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["upscale_factor": .int(upscaleFactor)] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.pixelUnshuffle(upscaleFactor)) }
}

final class PixelUnshuffleBackward0: Node {
  private let downscaleFactor: Int

  init(_ downscaleFactor: Int) {
    self.downscaleFactor = downscaleFactor
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["downscale_factor": .int(downscaleFactor)] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.pixelShuffle(downscaleFactor)) }
}

final class ChannelShuffleBackward0: Node {
  private let groups: Int

  init(_ groups: Int) {
    self.groups = groups
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["groups": .int(groups)] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.channelShuffle(g.sizes[1] / groups))
  }
}
