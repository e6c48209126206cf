// What embedding_bag is told, checked: the indices of each bag.

internal import CKernels

/// What embedding_bag is told beside its tensors.
struct BagSettings {
  let mode: EmbeddingBagMode
  let scaleGradByFreq: Bool
  /// -1 for none.
  let padding: Int
  let rows: Int
}

extension EmbeddingBagMode {
  var kernel: agk_bag_mode {
    switch self {
    case .sum: .AGK_BAG_SUM
    case .mean: .AGK_BAG_MEAN
    case .max: .AGK_BAG_MAX
    }
  }

  /// PyTorch's number of the mode.
  var number: Int { Int(kernel.rawValue) }
}

/// Checked indices and the bags that they are in.
struct Bags {
  let count: Int
  /// The bag of each index; empty where PyTorch leaves the numbering to the derivative.
  let numbers: Tensor
  private let settings: BagSettings
  private let indices: Tensor
  private let weights: Tensor?
  private let dtype: DType
  private let width: Int
  private let begins: [Int64]
  /// The ends of the bags as they are summed, and as they are counted: these differ where the last
  /// offset is not the number of indices.
  private let ends: [Int64]
  private let countedEnds: [Int64]

  init(
    _ indices: Tensor, _ offsets: Tensor, _ weight: Tensor, _ weights: Tensor?,
    _ settings: BagSettings, endsAtLast: Bool
  ) {
    Bags.checkDtypes(indices, offsets, weight, weights)
    let starts = offsets.contiguousData().converted(to: .int64)
    if endsAtLast, starts.count == 0 {
      Bags.fail("include_last_offset: number of offset should be at least 1")
    }
    let places = (0..<starts.count).map { starts.int64Pointer[$0] }
    Bags.check(places, indices.count)
    self.settings = settings
    self.indices = Bags.checked(indices, settings.rows)
    self.weights = weights?.contiguousData()
    dtype = weight.dtype
    width = weight.sizes[1]
    count = places.count - (endsAtLast ? 1 : 0)
    let isFast =
      dtype == .float32 && settings.padding < 0 && weight.strides[1] == 1
      && (weights.map { $0.strides[0] == 1 } ?? true)
    let isFastSum = isFast && settings.mode == .sum
    begins = Array(places.prefix(count))
    countedEnds = count == 0 ? [] : begins.dropFirst() + [Int64(indices.count)]
    ends = isFast && settings.mode != .max && endsAtLast ? Array(places.dropFirst()) : countedEnds
    numbers = isFastSum ? Tensor(empty: Dims([0]), .int64) : Bags.numbers(begins, indices.count)
  }

  private static func fail(_ message: String) -> Never { refuse("embedding_bag", message) }

  private static func checkDtypes(
    _ indices: Tensor, _ offsets: Tensor, _ weight: Tensor, _ weights: Tensor?
  ) {
    for (number, tensor) in [(1, indices), (1, offsets)]
    where tensor.dtype != .int64 && tensor.dtype != .int32 {
      fail(
        "Expected tensor for argument #\(number) 'indices' to have one of the following scalar "
          + "types: Long, Int; but got torch.\(tensor.dtype.tensorTypeName) instead")
    }
    guard weight.dtype.isFloatingPoint else {
      fail(
        "Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, "
          + "BFloat16, Float, Double; but got torch.\(weight.dtype.tensorTypeName) instead")
    }
    if let weights, weights.dtype != weight.dtype {
      fail(
        "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
          + "'per_sample_weights'; but type torch.\(weight.dtype.tensorTypeName) does not equal "
          + "torch.\(weights.dtype.tensorTypeName)")
    }
  }

  /// PyTorch lets offsets decrease where its loops happen not to mind.
  private static func check(_ places: [Int64], _ count: Int) {
    guard let first = places.first, let last = places.last else { return }
    guard first == 0 else {
      fail(
        "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
          + "position 0. However, got \(first)")
    }
    guard last <= count else {
      fail(
        "offsets[-1] can not be greater than input's length \(count) but got offsets[-1] of \(last)"
      )
    }
    if zip(places, places.dropFirst()).contains(where: { $0 > $1 }) {
      fail("offsets must not decrease: index out of range in self")
    }
  }

  private static func checked(_ indices: Tensor, _ rows: Int) -> Tensor {
    let places = indices.contiguousData().converted(to: .int64)
    let numbers = places.int64Pointer
    for i in 0..<places.count where numbers[i] < 0 || numbers[i] >= rows {
      fail(
        "Expected idx >= 0 && idx < num_embeddings: Index \(i) of input takes value \(numbers[i]) "
          + "which is not in the valid range [0, \(rows))")
    }
    return places
  }

  /// The number of the last bag that begins at or before each index.
  static func numbers(_ begins: [Int64], _ count: Int) -> Tensor {
    let result = Tensor(empty: Dims([count]), .int64)
    let numbers = result.int64Pointer
    var bag = -1
    for i in 0..<count {
      while bag + 1 < begins.count, begins[bag + 1] <= i { bag += 1 }
      numbers[i] = Int64(bag)
    }
    return result
  }

  /// How many rows count in each bag.
  func sizes() -> Tensor {
    let result = Tensor(empty: Dims([count]), .int64)
    for bag in 0..<count {
      result.int64Pointer[bag] = Int64(
        (begins[bag]..<countedEnds[bag]).count { indices.int64Pointer[Int($0)] != settings.padding }
      )
    }
    return result
  }

  func withKernel(
    _ sizes: Tensor, _ maximum: Tensor, _ body: (UnsafePointer<agk_bags>) -> Void
  ) {
    // Without bags there are no places either, and nothing is read there.
    let (begins, ends) = (begins + [0], ends + [0])
    withExtendedLifetime((indices, weights, sizes, maximum)) {
      begins.withUnsafeBufferPointer { begins in
        ends.withUnsafeBufferPointer { ends in
          var kernel = agk_bags(
            dtype: dtype.kernel, mode: settings.mode.kernel, n: Int64(indices.count),
            bags: Int64(count), rows: Int64(settings.rows), width: Int64(width),
            padding: Int64(settings.padding), index: indices.int64Pointer,
            begins: begins.baseAddress!, ends: ends.baseAddress!, weights: weights?.pointer,
            sizes: sizes.int64Pointer, maximum: maximum.int64Pointer)
          body(&kernel)
        }
      }
    }
  }
}
