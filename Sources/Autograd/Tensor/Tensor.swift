// The tensor: elements in a storage, seen through sizes and strides, and a place in the graph.

internal import CKernels
internal import CThreadState

/// A multi-dimensional array of one dtype that records how it was computed.
///
/// ```swift
/// let w = Tensor([1.0, 2.0], requiresGrad: true)
/// let loss = (w * w).sum()
/// try loss.backward()
/// print(w.grad!)  // tensor([2., 4.])
/// ```
///
/// A tensor is an object: assigning it shares it, and a leaf's gradient accumulates in it. Views
/// (`x[0]`, `x.t()`) share the memory of the tensor that they look at. A tensor must not be
/// changed while another thread uses it.
public final class Tensor {
  /// The type of the elements.
  public let dtype: DType
  /// Whether the elements lie densely in row-major order.
  public let isContiguous: Bool

  // No accessor of these runs code that could come back to them, so the run-time check of exclusive
  // access, a tenth of a small operator's time, is left out.

  /// Set on a leaf whose gradient is asked for; `requiresGrad` also looks at the graph.
  @exclusivity(unchecked) var requiresGradFlag = false
  /// Whether this tensor keeps its gradient though it is not a leaf.
  @exclusivity(unchecked) var retainsGradFlag = false
  /// Which of its node's forward outputs this tensor is.
  @exclusivity(unchecked) var outputNumber: Int32 = 0
  /// The number of elements.
  public let count: Int
  /// Where the first element lies, in elements.
  let offset: Int
  let sizes: Dims
  let strides: Dims
  @exclusivity(unchecked) var storage: Storage
  /// The node that made this tensor, as last set; `gradFn` brings a view's up to date.
  @exclusivity(unchecked) var gradFnStorage: Node?
  @exclusivity(unchecked) var gradStorage: Tensor?
  /// The base and version of a view.
  @exclusivity(unchecked) var view: ViewState?
  /// The hooks of a leaf; those of other tensors are their node's.
  @exclusivity(unchecked) var leafHooks: LeafHooks?
  /// The leaf's gradient accumulator while it lives; it holds the tensor, not the other way round.
  @exclusivity(unchecked) var accumulator: Unmanaged<AccumulateGrad>?
  /// What recorders know of a leaf or its gradient.
  @exclusivity(unchecked) var known: KnownTensor?

  /// A contiguous tensor of new, uninitialised memory.
  @inline(__always)
  init(empty sizes: Dims, _ dtype: DType) {
    self.dtype = dtype
    self.sizes = sizes
    strides = sizes.contiguousStrides
    count = sizes.product
    offset = 0
    isContiguous = true
    storage = Storage.allocate(
      byteCount: count * dtype.itemSize, for: "a tensor of shape \(sizes), \(dtype.name)")
  }

  /// A tensor of new, uninitialised memory with the given strides, the gaps that they leave included.
  init(empty sizes: Dims, strides: Dims, _ dtype: DType) {
    self.dtype = dtype
    self.sizes = sizes
    self.strides = strides
    count = sizes.product
    offset = 0
    isContiguous = Tensor.isContiguous(sizes, strides)
    storage = Storage.allocate(
      byteCount: Strided.extent(sizes, strides) * dtype.itemSize,
      for: "a tensor of shape \(sizes) and strides \(strides), \(dtype.name)")
  }

  /// Another look at a storage.
  init(sharing storage: Storage, sizes: Dims, strides: Dims, offset: Int, dtype: DType) {
    self.dtype = dtype
    self.sizes = sizes
    self.strides = strides
    self.offset = offset
    count = sizes.product
    isContiguous = Tensor.isContiguous(sizes, strides)
    self.storage = storage
  }

  deinit {
    if let node = gradFnStorage {
      gradFnStorage = nil
      DeferredRelease.release(node)
    }
  }

  private static func isContiguous(_ sizes: Dims, _ strides: Dims) -> Bool {
    var step = 1
    var i = sizes.count - 1
    while i >= 0 {
      let size = sizes[i]
      if size == 0 { return true }
      if size != 1 {
        if strides[i] != step { return sizes.contains(0) }
        step *= size
      }
      i -= 1
    }
    return true
  }

  /// The address of the first element, valid while the tensor lives: hold the tensor in a variable
  /// to the end of the call that takes the address.
  @inline(__always)
  var pointer: UnsafeMutableRawPointer { storage.bytes + offset &* dtype.itemSize }
}

// MARK: - Shape

extension Tensor {
  /// The sizes of the dimensions; empty for a single number.
  public var shape: [Int] { sizes.array }

  /// The number of dimensions.
  public var dim: Int { sizes.count }

  /// The size of one dimension; a negative one counts from the end.
  public func size(_ dim: Int) -> Int {
    guard sizes.count > 0 else {
      refuse("size", "Dimension specified as \(dim) but tensor has no dimensions")
    }
    return sizes[wrap(dim, "size")]
  }

  /// The steps, in elements, from one element to the next along each dimension.
  public func stride() -> [Int] { strides.array }

  /// The number of elements between the storage's start and the first element.
  public var storageOffset: Int { offset }

  /// The device that the tensor lives on: the CPU.
  public var device: Device { .cpu }

  /// Where the dimension `dim` is, counted from the front; traps when there is none such.
  func wrap(_ dim: Int, _ operation: String) -> Int {
    Tensor.wrap(dim, rank: sizes.count, operation)
  }

  /// As `wrap(_:_:)` for any rank; a single number has a dimension 0 here, as in PyTorch.
  static func wrap(_ dim: Int, rank: Int, _ operation: String) -> Int {
    let limit = Swift.max(rank, 1)
    guard dim >= -limit, dim < limit else {
      refuse(
        operation,
        "Dimension out of range (expected to be in range of [\(-limit), \(limit - 1)], "
          + "but got \(dim))")
    }
    return dim < 0 ? dim + limit : dim
  }

  /// Whether the elements fill their memory without gaps or overlaps, in whatever order.
  var isDense: Bool {
    isContiguous || sizes.areDense(strides)
  }
}

/// Stops the program for a mistake in its use of an operator: what PyTorch raises, Swift traps.
package func refuse(_ operation: String, _ message: String) -> Never {
  fatalError("\(operation): \(message)")
}
