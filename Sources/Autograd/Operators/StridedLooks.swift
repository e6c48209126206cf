// Strided looks at memory: the derivative of one, and where its elements lie.

internal import GraphModel

/// The derivative of a strided look at a base.
///
/// Several elements of the view may be the same memory, as may several of the base: what arrives
/// at one address is added up, and handed to each element of the base that lies there, divided
/// by their number. Source: torch/csrc/autograd/FunctionsManual.cpp, as_strided_backward.
class AsStridedNode: Node {
  private let baseSizes: Dims
  private let baseStrides: Dims
  private let baseOffset: Int
  private let sizes: Dims
  private let strides: Dims
  private let offset: Int
  private let isOffsetGiven: Bool

  init(
    base: (sizes: Dims, strides: Dims, offset: Int), sizes: Dims, strides: Dims, offset: Int,
    isOffsetGiven: Bool = true
  ) {
    baseSizes = base.sizes
    baseStrides = base.strides
    baseOffset = base.offset
    self.sizes = sizes
    self.strides = strides
    self.offset = offset
    self.isOffsetGiven = isOffsetGiven
    super.init()
  }

  override final var attributes: [String: AttributeValue] {
    [
      "size": .ints(sizes.array), "stride": .ints(strides.array),
      "storage_offset": isOffsetGiven ? .int(offset) : .none,
    ]
  }

  override final func backward(_ g: Tensor) -> Gradients {
    guard sizes.product > 0, baseSizes.product > 0 else {
      return Gradients(Tensor.full(baseSizes, .int(0), g.dtype))
    }
    var gradient = g
    var viewSizes = Dims()
    var viewStrides = Dims()
    for d in sizes.indices.reversed() {
      if sizes[d] == 1 {
        gradient = gradient.squeeze(d)
      } else if strides[d] == 0 {
        gradient = gradient.sum(dim: d)
      } else {
        viewSizes.insert(sizes[d], at: 0)
        viewStrides.insert(strides[d], at: 0)
      }
    }
    let lowest = Swift.min(baseOffset, offset)
    let extent =
      Swift.max(
        baseOffset + Strided.extent(baseSizes, baseStrides),
        offset + Strided.extent(viewSizes, viewStrides)) - lowest
    var memory = Tensor.full(Dims([extent]), .int(0), g.dtype)
    if Strided.overlaps(viewSizes, viewStrides) {
      let positions = Strided.positions(viewSizes, viewStrides, offset: offset - lowest)
      memory = memory.indexPut([positions], gradient.reshape([-1]), accumulate: true)
    } else {
      memory.asStrided(viewSizes, viewStrides, offset: offset - lowest).copy_(gradient)
    }
    if Strided.overlaps(baseSizes, baseStrides) {
      let positions = Strided.positions(baseSizes, baseStrides, offset: baseOffset - lowest)
      let ones = Tensor.full(positions.sizes, .int(1), g.dtype)
      let counts = Tensor.full(Dims([extent]), .int(0), g.dtype)
        .indexPut([positions], ones, accumulate: true)
      memory = memory / counts
    }
    return Gradients(memory.asStrided(baseSizes, baseStrides, offset: baseOffset - lowest))
  }
}

final class AsStridedBackward0: AsStridedNode {}

/// PyTorch's name of it where one of its own operators takes the look.
final class AsStridedBackward1: AsStridedNode {}

/// Where the elements of a strided look lie.
enum Strided {
  /// The number of elements from the first to the last in memory.
  static func extent(_ sizes: Dims, _ strides: Dims) -> Int {
    guard sizes.product > 0 else { return 0 }
    var last = 1
    for d in sizes.indices { last += (sizes[d] - 1) * strides[d] }
    return last
  }

  /// The position of each element in memory, as an int64 tensor of one dimension.
  static func positions(_ sizes: Dims, _ strides: Dims, offset: Int) -> Tensor {
    Tensor(offsets(sizes, strides, from: offset))
  }

  /// The position of each element in memory, in row-major order.
  static func offsets(_ sizes: Dims, _ strides: Dims, from offset: Int) -> [Int] {
    var offsets: [Int] = []
    offsets.reserveCapacity(sizes.product)
    guard sizes.count > 0 else { return [offset] }
    let last = sizes.count - 1
    let (length, step) = (sizes[last], strides[last])
    var index = Dims(repeating: 0, count: sizes.count)
    var position = offset
    for _ in 0..<(length == 0 ? 0 : sizes.product / length) {
      for i in 0..<length { offsets.append(position + i * step) }
      var d = last - 1
      while d >= 0 {
        index[d] += 1
        position += strides[d]
        if index[d] < sizes[d] { break }
        position -= sizes[d] * strides[d]
        index[d] = 0
        d -= 1
      }
    }
    return offsets
  }

  /// Whether several elements may lie at one place.
  static func overlaps(_ sizes: Dims, _ strides: Dims) -> Bool {
    let order = sizes.indices.filter { sizes[$0] > 1 }.sorted { strides[$0] < strides[$1] }
    var reach = 0
    for d in order {
      if strides[d] <= reach { return true }
      reach += (sizes[d] - 1) * strides[d]
    }
    return false
  }
}
