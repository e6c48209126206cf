// Elements in another order, or more than once: flip, roll, rot90, repeat, tile.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The elements in reverse order along some dimensions.
  public func flip(_ dims: [Int]) -> Tensor {
    flipped(distinct(dims, "flip")).recorded(from: self) { FlipBackward0(dims) }
  }

  /// The elements in reverse order along some dimensions.
  public func flip(_ dims: Int...) -> Tensor { flip(dims) }

  /// The columns of a matrix, or of matrices along further dimensions, in reverse order.
  ///
  /// At least two dimensions: the second is reversed.
  public func fliplr() -> Tensor {
    guard sizes.count >= 2 else {
      refuse("fliplr", "Input must be >= 2-d, but the shape is \(sizes)")
    }
    return flip([1])
  }

  /// The elements in reverse order along the first dimension, of which there must be one.
  public func flipud() -> Tensor {
    guard sizes.count >= 1 else { refuse("flipud", "Input must be >= 1-d.") }
    return flip([0])
  }

  /// The dimensions counted from the front; refuses one that is named twice.
  func distinct(_ dims: [Int], _ operation: String) -> [Int] {
    let result = dims.map { wrap($0, operation) }
    for (i, d) in result.enumerated() where result[..<i].contains(d) {
      refuse(operation, "dim \(d) appears multiple times in the list of dims")
    }
    return result
  }

  /// A reversed copy in this layout, without history.
  private func flipped(_ dims: [Int]) -> Tensor {
    let result = Elementwise.emptyLike(self, dtype)
    guard count > 0 else { return result }
    var steps = strides
    var start = offset
    for d in dims where sizes.count > 0 {
      start += (sizes[d] - 1) * strides[d]
      steps[d] = -strides[d]
    }
    let backwards = Tensor(
      sharing: storage, sizes: sizes, strides: steps, offset: start, dtype: dtype)
    Elementwise.copy(backwards, into: result)
    return result
  }

  /// The elements moved on along dimensions, those beyond the end to the beginning.
  ///
  /// One shift a dimension; without dimensions, one shift of all elements in row-major order.
  public func roll(_ shifts: [Int], dims: [Int] = []) -> Tensor {
    guard shifts.count == dims.count || (dims.isEmpty && shifts.count == 1) else {
      refuse(
        "roll",
        "shifts and dimensions must align. shifts: \(shifts.count), dims:\(dims.count)")
    }
    guard sizes.count > 0 || dims.isEmpty else {
      refuse("roll", "Dimension specified as \(dims[0]) but tensor has no dimensions")
    }
    let result = Tensor(empty: sizes, dtype)
    if dims.isEmpty {
      contiguousData().viewed(Dims([count]))
        .copyRolled([(dim: 0, shift: shifts[0])], into: result.viewed(Dims([count])))
    } else {
      let turns = zip(dims, shifts).map { (dim: wrap($0, "roll"), shift: $1) }
      copyRolled(turns[...], into: result)
    }
    return result.recorded(from: self) { RollBackward0(shifts, dims: dims) }
  }

  /// The elements moved on by `shift` along a dimension, or all of them in row-major order.
  public func roll(_ shift: Int, dim: Int? = nil) -> Tensor {
    roll([shift], dims: dim.map { [$0] } ?? [])
  }

  private func copyRolled(_ turns: ArraySlice<(dim: Int, shift: Int)>, into target: Tensor) {
    guard let (d, shift) = turns.first else { return Elementwise.copy(self, into: target) }
    let size = sizes[d]
    guard size > 0 else { return }
    let start = ((shift % size) + size) % size
    noGrad {
      slice(dim: d, start: 0, end: size - start, step: 1).copyRolled(
        turns.dropFirst(), into: target.slice(dim: d, start: start, end: size, step: 1))
      guard start > 0 else { return }
      slice(dim: d, start: size - start, end: size, step: 1).copyRolled(
        turns.dropFirst(), into: target.slice(dim: d, start: 0, end: start, step: 1))
    }
  }

  /// The elements turned by 90 degrees `k` times, from the first of two dimensions to the second.
  public func rot90(_ k: Int = 1, dims: [Int] = [0, 1]) -> Tensor {
    guard dims.count == 2 else {
      refuse("rot90", "expected total rotation dims == 2, but got dims = \(dims.count)")
    }
    guard sizes.count >= 2 else {
      refuse("rot90", "expected total dims >= 2, but got total dims = \(sizes.count)")
    }
    let a = wrap(dims[0], "rot90")
    let b = wrap(dims[1], "rot90")
    guard a != b else {
      refuse(
        "rot90",
        "expected rotation dims to be different, but got dim0 = \(dims[0]) and dim1 = \(dims[1])")
    }
    let turned: Tensor =
      switch ((k % 4) + 4) % 4 {
      case 1: flipped([b]).exchangedData(a, b)
      case 2: flipped([a, b])
      case 3: flipped([a]).exchangedData(a, b)
      default: freshContiguous()
      }
    return turned.recorded(from: self) { Rot90Backward0(k, dims: dims) }
  }

  /// The same memory with two dimensions exchanged: no view, no history.
  private func exchangedData(_ a: Int, _ b: Int) -> Tensor {
    var (sizes, strides) = (sizes, strides)
    (sizes[a], sizes[b]) = (sizes[b], sizes[a])
    (strides[a], strides[b]) = (strides[b], strides[a])
    return Tensor(sharing: storage, sizes: sizes, strides: strides, offset: offset, dtype: dtype)
  }
}

// MARK: - Repeating

extension Tensor {
  /// The whole tensor repeated along each dimension; more numbers than dimensions add some in
  /// front.
  public func `repeat`(_ repeats: [Int]) -> Tensor {
    guard repeats.count >= sizes.count else {
      refuse(
        "repeat",
        "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
          + "tensor: \(repeats) for shape \(sizes)")
    }
    let added = repeats.count - sizes.count
    let padded = Array(repeating: 1, count: added) + shape
    let result = Tensor(
      empty: Tensor.checked(zip(padded, repeats).map { $0 * $1 }, "repeat"), dtype)
    copyRepeated(repeats, into: result)
    return result.recorded(from: self) { RepeatBackward0(sizes, repeats) }
  }

  /// The whole tensor repeated along each dimension; more numbers than dimensions add some in
  /// front.
  public func `repeat`(_ repeats: Int...) -> Tensor { `repeat`(repeats) }

  /// As `repeat`, with ones in front where there are fewer numbers than dimensions.
  public func tile(_ repeats: [Int]) -> Tensor {
    `repeat`(Array(repeating: 1, count: Swift.max(sizes.count - repeats.count, 0)) + repeats)
  }

  /// As `repeat`, with ones in front where there are fewer numbers than dimensions.
  public func tile(_ repeats: Int...) -> Tensor { tile(repeats) }

  /// Copies with a loop over repetitions and elements at once; what exceeds the dimensions that a
  /// loop can have is repeated outside it.
  private func copyRepeated(_ repeats: [Int], into result: Tensor) {
    guard result.count > 0 else { return }
    let added = repeats.count - sizes.count
    var turns: [(count: Int, step: Int)] = []
    var shape = Dims()
    var steps = Dims()
    var sourceSteps = Dims()
    for (d, times) in repeats.enumerated() {
      let size = d < added ? 1 : sizes[d - added]
      if times != 1 { turns.append((times, size * result.strides[d])) }
      guard size != 1 else { continue }
      shape.append(size)
      steps.append(result.strides[d])
      sourceSteps.append(strides[d - added])
    }
    let inner = Dims.capacity - shape.count
    let outer = turns.dropLast(inner)
    for turn in turns.suffix(inner).reversed() {
      shape.insert(turn.count, at: 0)
      steps.insert(turn.step, at: 0)
      sourceSteps.insert(0, at: 0)
    }
    let item = dtype.itemSize
    let starts = Strided.offsets(Dims(outer.map(\.count)), Dims(outer.map(\.step)), from: 0)
    for start in starts {
      Elementwise.move(
        item, shape, result.pointer + start * item, steps, pointer, sourceSteps)
    }
  }

  /// Each element repeated one after another along a dimension, or all flattened for nil.
  public func repeatInterleave(_ repeats: Int, dim: Int? = nil) -> Tensor {
    guard repeats >= 0 else {
      refuse("repeat_interleave", "Repeats must be non-negative, not \(repeats)")
    }
    let input = dim == nil ? flatten() : withDimensionRecorded()
    let d = input.wrap(dim ?? 0, "repeat_interleave")
    let seen = input.unsqueeze(d + 1)
    var spread = seen.sizes
    spread[d + 1] = repeats
    return seen.expand(spread).clone(contiguous: true).flatten(startDim: d, endDim: d + 1)
  }

  /// The slices along a dimension, or all elements for nil, each as often as `repeats` says.
  ///
  /// `repeats` is an int32 or int64 vector with a number for each slice, or one for all.
  public func repeatInterleave(_ repeats: Tensor, dim: Int? = nil) -> Tensor {
    let input = dim == nil ? flatten() : withDimensionRecorded()
    let d = input.wrap(dim ?? 0, "repeat_interleave")
    let size = input.sizes[d]
    guard repeats.sizes.count <= 1 else {
      refuse("repeat_interleave", "repeats must be 0-dim or 1-dim tensor, not \(repeats.sizes)")
    }
    guard !repeats.dtype.isFloatingPoint, repeats.dtype != .bool else {
      refuse("repeat_interleave", "repeats has to be Long or Int tensor, not \(repeats.dtype.name)")
    }
    var times = repeats.toArray(as: Int.self)
    if times.count == 1 { times = Array(repeating: times[0], count: size) }
    guard times.count == size else {
      refuse(
        "repeat_interleave",
        "repeats must have the same size as input along dim, but got repeats.size(0) = "
          + "\(times.count) and input.size(\(d)) = \(size)")
    }
    if let negative = times.first(where: { $0 < 0 }) {
      refuse("repeat_interleave", "repeats can not be negative, but \(negative) is")
    }
    let places = times.enumerated().flatMap { repeatElement($0, count: $1) }
    return input.indexSelect(dim: dim ?? 0, index: Tensor(places))
  }

  /// This tensor; one without dimensions gets one.
  private func withDimensionRecorded() -> Tensor { sizes.count == 0 ? unsqueeze(0) : self }
}

// MARK: - Derivatives

final class FlipBackward0: Node {
  private let dims: [Int]

  init(_ dims: [Int]) {
    self.dims = dims
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["dims": .ints(dims)] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.flip(dims)) }
}

final class RollBackward0: Node {
  private let shifts: [Int]
  private let dims: [Int]

  init(_ shifts: [Int], dims: [Int]) {
    self.shifts = shifts
    self.dims = dims
    super.init()
  }

  override var attributes: [String: AttributeValue] {
    ["dims": .ints(dims), "shifts": .ints(shifts)]
  }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.roll(shifts.reversed().map { -$0 }, dims: dims.reversed()))
  }
}

final class Rot90Backward0: Node {
  private let k: Int
  private let dims: [Int]

  init(_ k: Int, dims: [Int]) {
    self.k = k
    self.dims = dims
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["dims": .ints(dims), "k": .int(k)] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.rot90(-k, dims: dims)) }
}

final class RepeatBackward0: SizedViewNode {
  private let repeats: [Int]

  init(_ sizes: Dims, _ repeats: [Int]) {
    self.repeats = repeats
    super.init(sizes)
  }

  override var attributes: [String: AttributeValue] {
    super.attributes.merging(["repeats": .ints(repeats)]) { $1 }
  }

  /// Source: torch/csrc/autograd/FunctionsManual.cpp, repeat_backward.
  override func backward(_ g: Tensor) -> Gradients {
    if repeats.contains(0) { return Gradients(Tensor.full(sizes, .int(0), g.dtype)) }
    let added = repeats.count - sizes.count
    var result = g
    for _ in 0..<added { result = result.sum(dim: 0) }
    let turned = sizes.indices.filter { repeats[added + $0] != 1 }
    guard sizes.count + turned.count <= Dims.capacity else {
      // A dimension at a time; its neighbours joined make room for the one that is summed over.
      for d in turned {
        let before = sizes[..<d].reduce(1, *)
        let after = result.shape[(d + 1)...].reduce(1, *)
        let kept = sizes[...d] + result.shape[(d + 1)...]
        result = result.reshape([before, repeats[added + d], sizes[d], after]).sum(dim: 1)
          .reshape(Array(kept))
      }
      return Gradients(result)
    }
    var split: [Int] = []
    var summed: [Int] = []
    for d in sizes.indices {
      if repeats[added + d] != 1 {
        summed.append(split.count)
        split.append(repeats[added + d])
      }
      split.append(sizes[d])
    }
    return Gradients(summed.isEmpty ? result : result.reshape(split).sum(dim: summed))
  }
}
