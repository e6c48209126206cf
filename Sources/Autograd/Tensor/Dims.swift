// Sizes and strides, held inline: a tensor of a small program allocates nothing for its shape.

/// Up to eight sizes or strides, one per dimension.
struct Dims: Equatable {
  /// The most dimensions that a tensor can have.
  static let capacity = 8

  private(set) var count: Int
  private var elements: InlineArray<8, Int>

  /// No dimensions: the shape of a single number.
  @inline(__always)
  init() {
    count = 0
    elements = InlineArray(repeating: 0)
  }

  init(repeating value: Int, count: Int) {
    self.init()
    self.count = count
    for i in 0..<count { elements[unchecked: i] = value }
  }

  /// The strides of one element that stands for all.
  init(zeros count: Int) { self.init(repeating: 0, count: count) }

  /// The dimensions of `array`; traps when there are more than eight.
  init(_ array: some Collection<Int>) {
    self.init()
    for value in array { append(value) }
  }

  /// The shape of an operator's result; refuses one of more dimensions than there can be.
  init(_ shape: some Collection<Int>, for operation: String) {
    Dims.check(rank: shape.count, for: operation)
    self.init(shape)
  }

  /// Refuses a result of more dimensions than there can be.
  static func check(rank: Int, for operation: String) {
    guard rank <= capacity else {
      refuse(
        operation,
        "a tensor can have at most \(capacity) dimensions, but the result would have \(rank); "
          + "join neighbours first with flatten(startDim:endDim:) or reshape")
    }
  }

  @inline(__always)
  subscript(i: Int) -> Int {
    get { elements[unchecked: i] }
    set { elements[unchecked: i] = newValue }
  }

  var array: [Int] {
    // Swift would write the count of none into the empty array that all threads share.
    if count == 0 { return [] }
    return [Int](unsafeUninitializedCapacity: count) { buffer, initialized in
      for i in 0..<count { buffer[i] = elements[unchecked: i] }
      initialized = count
    }
  }

  @inline(__always) var indices: Range<Int> { 0..<count }

  /// Calls `body` with the address of the dimensions, which a kernel reads as int64.
  @inline(__always)
  func withPointer<R>(_ body: (UnsafePointer<Int64>) -> R) -> R {
    withUnsafePointer(to: elements) {
      body(UnsafeRawPointer($0).assumingMemoryBound(to: Int64.self))
    }
  }

  mutating func append(_ value: Int) {
    insert(value, at: count)
  }

  mutating func insert(_ value: Int, at index: Int) {
    guard count < Dims.capacity else {
      fatalError("a tensor can have at most \(Dims.capacity) dimensions")
    }
    var i = count
    while i > index {
      elements[unchecked: i] = elements[unchecked: i - 1]
      i -= 1
    }
    elements[unchecked: index] = value
    count += 1
  }

  mutating func remove(at index: Int) {
    count -= 1
    for i in index..<count { elements[unchecked: i] = elements[unchecked: i + 1] }
    elements[unchecked: count] = 0
  }

  /// The number of elements of a tensor of these sizes; traps when it is beyond 64 bits.
  @inline(__always)
  var product: Int {
    var result = 1
    for i in 0..<count { result *= elements[unchecked: i] }
    return result
  }

  /// The row-major strides of a tensor of these sizes, as PyTorch counts them: size 0 as 1.
  @inline(__always)
  var contiguousStrides: Dims {
    var strides = self
    var step = 1
    var i = count - 1
    while i >= 0 {
      strides.elements[unchecked: i] = step
      step *= Swift.max(elements[unchecked: i], 1)
      i -= 1
    }
    return strides
  }

  /// Whether elements of these sizes fill their memory without gaps or overlaps, in whatever order.
  func areDense(_ strides: Dims) -> Bool {
    let order = indices.filter { self[$0] != 1 }.sorted { strides[$0] < strides[$1] }
    var step = 1
    for i in order {
      if strides[i] != step { return false }
      let (next, overflow) = step.multipliedReportingOverflow(by: self[i])
      if overflow { return false }
      step = next
    }
    return true
  }

  @inline(__always)
  static func == (a: Dims, b: Dims) -> Bool {
    guard a.count == b.count else { return false }
    for i in 0..<a.count where a.elements[unchecked: i] != b.elements[unchecked: i] { return false }
    return true
  }
}

extension Dims: RandomAccessCollection {
  var startIndex: Int { 0 }
  var endIndex: Int { count }
}

extension Dims: CustomStringConvertible {
  /// The sizes as messages show them: `[2, 3]`.
  var description: String { "\(array)" }
}
