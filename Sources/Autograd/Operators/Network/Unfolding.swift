// Sliding blocks of images as columns, and the sum of such columns as an image: unfold and fold.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The blocks that a kernel covers as it slides over images [N, C, H, W], as columns [N, C · kH · kW, L].
  ///
  /// One image may come without its first dimension. Floating point or bool. What lies in `padding`
  /// around the image counts as 0. Refuses a kernel larger than the padded image.
  public func unfold(
    _ kernelSize: some SpatialSizes, dilation: some SpatialSizes = 1,
    padding: some SpatialSizes = 0, stride: some SpatialSizes = 1
  ) -> Tensor {
    let blocks = SlidingBlocks(
      kernel: kernelSize.given(2), dilation: dilation.given(2), padding: padding.given(2),
      stride: stride.given(2))
    return unfold(blocks)
  }

  /// Images [N, C, outputSize] as the sum of columns [N, C · kH · kW, L] that `unfold` would take there.
  ///
  /// One image's columns may come without the first dimension. Floating point or bool. Refuses columns
  /// that are not as many as there are blocks.
  public func fold(
    _ outputSize: some SpatialSizes, _ kernelSize: some SpatialSizes,
    dilation: some SpatialSizes = 1, padding: some SpatialSizes = 0, stride: some SpatialSizes = 1
  ) -> Tensor {
    let size = outputSize.given(2)
    guard size.count == 2 else {
      refuse("fold", "It is expected output_size equals to 2, but got size \(size.count)")
    }
    let blocks = SlidingBlocks(
      kernel: kernelSize.given(2), dilation: dilation.given(2), padding: padding.given(2),
      stride: stride.given(2))
    return fold(size, blocks)
  }

  fileprivate func unfold(_ blocks: SlidingBlocks) -> Tensor {
    blocks.check("unfold")
    guard sizes.count > 2 else {
      let rank = Swift.max(sizes.count, 1)
      refuse(
        "unfold",
        "Dimension out of range (expected to be in range of [\(-rank), \(rank - 1)], but got "
          + "\(rank)): the shape is \(sizes)")
    }
    guard sizes.count <= 4, sizes.dropFirst(sizes.count == 4 ? 1 : 0).allSatisfy({ $0 > 0 }) else {
      refuse(
        "unfold",
        "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero "
          + "dimensions for input, but got: \(sizes)")
    }
    let images = Array(sizes.suffix(3))
    let size = Array(images.dropFirst())
    let count = blocks.count(size)
    guard count.allSatisfy({ $0 >= 1 }) else {
      refuse(
        "unfold",
        "Given input with spatial size (\(size[0]), \(size[1])), \(blocks.description), calculated "
          + "shape of the array of sliding blocks as (\(count[0]), \(count[1])), but its components "
          + "must be at least one.")
    }
    checkBlocks("unfold", "im2col_out_cpu")
    let shape = Dims(
      sizes.dropLast(3) + [images[0] * blocks.kernel[0] * blocks.kernel[1], count[0] * count[1]])
    let result = Tensor(empty: shape, dtype)
    let x = contiguousData()
    withUnsafePointer(
      to: blocks.geometry(batch: sizes.count == 4 ? sizes[0] : 1, channels: images[0], size)
    ) { agk_blocks_to_columns(dtype.kernel, $0, result.pointer, x.pointer) }
    return result.recorded(from: self) { Im2ColBackward0(blocks, size) }
  }

  fileprivate func fold(_ size: [Int], _ blocks: SlidingBlocks) -> Tensor {
    blocks.check("fold")
    let isBatch = sizes.count == 3
    guard isBatch || sizes.count == 2, sizes.suffix(2).allSatisfy({ $0 > 0 }) else {
      refuse(
        "fold",
        "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero "
          + "dimensions for input, but got: \(sizes)")
    }
    let (rows, length) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
    let positions = blocks.kernel[0] * blocks.kernel[1]
    guard rows % positions == 0 else {
      refuse(
        "fold",
        "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
          + "input.size(1)=\(rows) and kernel_size=(\(blocks.kernel[0]), \(blocks.kernel[1])).")
    }
    let count = blocks.count(size)
    let given = "Given output_size=(\(size[0]), \(size[1])), \(blocks.description), "
    guard length == count[0] * count[1] else {
      refuse(
        "fold",
        given + "expected size of input's dimension 2 to match the calculated number of sliding "
          + "blocks \(count[0]) * \(count[1]) = \(count[0] * count[1]), but got "
          + "input.size(2)=\(length).")
    }
    guard count.allSatisfy({ $0 >= 1 }) else {
      refuse(
        "fold",
        given + "calculated shape of the array of sliding blocks as (\(count[0]), \(count[1])), "
          + "which is too small (non-positive)")
    }
    guard size.allSatisfy({ $0 >= 1 }) else {
      refuse(
        "fold",
        "Expected output spatial size to be positive, but got: output_size=(\(size[0]), \(size[1]))."
      )
    }
    checkBlocks("fold", "col2im_out_cpu")
    let channels = rows / positions
    let result = Tensor(empty: Dims(sizes.dropLast(2) + [channels] + size), dtype)
    let columns = contiguousData()
    withUnsafePointer(
      to: blocks.geometry(batch: isBatch ? sizes[0] : 1, channels: channels, size)
    ) { agk_columns_to_blocks(dtype.kernel, $0, result.pointer, columns.pointer) }
    return result.recorded(from: self) { Col2ImBackward0(blocks) }
  }

  private func checkBlocks(_ operation: String, _ kernel: String) {
    guard dtype != .bool else { return }
    checkFloatingPoint(operation, kernel)
  }
}

/// How a kernel slides over an image.
private struct SlidingBlocks {
  var kernel: [Int]
  var dilation: [Int]
  var padding: [Int]
  var stride: [Int]

  var attributes: [String: AttributeValue] {
    [
      "kernel_size": .ints(kernel), "dilation": .ints(dilation), "padding": .ints(padding),
      "stride": .ints(stride),
    ]
  }

  var description: String {
    func pair(_ numbers: [Int]) -> String { "(\(numbers[0]), \(numbers[1]))" }
    return "kernel_size=\(pair(kernel)), dilation=\(pair(dilation)), padding=\(pair(padding)), "
      + "stride=\(pair(stride))"
  }

  func check(_ operation: String) {
    let all = [
      ("kernel", kernel, 1), ("dilation", dilation, 1), ("pad", padding, 0), ("stride", stride, 1),
    ]
    for (name, numbers, _) in all where numbers.count != 2 {
      let keyword = ["kernel": "kernel_size", "pad": "padding"][name] ?? name
      refuse(operation, "It is expected \(keyword) equals to 2, but got size \(numbers.count)")
    }
    for (name, numbers, least) in all where numbers.contains(where: { $0 < least }) {
      let subject = ["kernel": "kernel size", "pad": "padding"][name] ?? name
      refuse(
        operation,
        "\(subject) should be \(least == 0 ? "non-negative" : "greater than zero"), but got "
          + "\(name)_height: \(numbers[0]) \(name)_width: \(numbers[1])")
    }
  }

  /// How many blocks there are in an image along both dimensions; not positive for none.
  func count(_ size: [Int]) -> [Int] {
    (0..<2).map {
      let room = size[$0] + 2 * padding[$0] - dilation[$0] * (kernel[$0] - 1) - 1
      return (room >= 0 ? room / stride[$0] : -((stride[$0] - 1 - room) / stride[$0])) + 1
    }
  }

  func geometry(batch: Int, channels: Int, _ size: [Int]) -> agk_convolution {
    func three(_ numbers: [Int], _ first: Int64) -> (Int64, Int64, Int64) {
      (first, Int64(numbers[0]), Int64(numbers[1]))
    }
    return agk_convolution(
      batch: Int64(batch), groups: 1, in_channels: Int64(channels), out_channels: 0,
      in: three(size, 1), out: three(count(size), 1), kernel: three(kernel, 1),
      stride: three(stride, 1), padding: three(padding, 0), dilation: three(dilation, 1),
      is_derivative: false)
  }
}

final class Im2ColBackward0: Node {
  private let blocks: SlidingBlocks
  private let size: [Int]

  fileprivate init(_ blocks: SlidingBlocks, _ size: [Int]) {
    self.blocks = blocks
    self.size = size
    super.init()
  }

  override var attributes: [String: AttributeValue] {
    blocks.attributes.merging([
      "self_sym_argsize_minus_2": .int(size[0]), "self_sym_argsize_minus_1": .int(size[1]),
    ]) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients { Gradients(g.fold(size, blocks)) }
}

final class Col2ImBackward0: Node {
  private let blocks: SlidingBlocks

  fileprivate init(_ blocks: SlidingBlocks) {
    self.blocks = blocks
    super.init()
  }

  override var attributes: [String: AttributeValue] { blocks.attributes }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.unfold(blocks)) }
}
