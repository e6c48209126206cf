// Copies, fills and conversions.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// A copy of its own memory, in the same layout, through which gradients flow.
  public func clone() -> Tensor { clone(contiguous: false) }

  func clone(contiguous: Bool) -> Tensor { clone(strides: contiguous || !isDense ? nil : strides) }

  /// A copy with the given strides, which are dense, or in row-major order.
  func clone(strides: Dims?) -> Tensor {
    let result =
      strides.map { Tensor(empty: sizes, strides: $0, dtype) } ?? Tensor(empty: sizes, dtype)
    Elementwise.copy(self, into: result)
    if isRecording(self) {
      let node = CloneBackward0()
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }

  /// This tensor if its elements lie densely in row-major order, else a copy that does.
  public func contiguous() -> Tensor { isContiguous ? self : clone(contiguous: true) }

  /// The elements in another dtype; this tensor when it has that dtype already.
  public func to(_ dtype: DType) -> Tensor {
    if dtype == self.dtype { return self }
    let result = converted(to: dtype)
    guard dtype.isFloatingPoint else {
      endsHistory("to(\(dtype.name))")
      return result
    }
    if isRecording(self) {
      let node = ToCopyBackward0(self.dtype)
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }

  /// This tensor on a device: itself for the CPU; traps for one that is not there.
  public func to(_ device: Device) -> Tensor {
    device.checkAvailable(for: "to")
    return self
  }

  /// The elements as float32.
  public func float() -> Tensor { to(.float32) }
  /// The elements as float64.
  public func double() -> Tensor { to(.float64) }
  /// The elements as int64, fractions cut off.
  public func long() -> Tensor { to(.int64) }
  /// The elements as int32, fractions cut off.
  public func int() -> Tensor { to(.int32) }
  /// Whether each element is not zero.
  public func bool() -> Tensor { to(.bool) }

  /// Copies the elements of `source` here, broadcast to this shape and converted to this dtype.
  @discardableResult
  public func copy_(_ source: Tensor) -> Tensor {
    checkNoPartialOverlap(source, "copy_")
    checkExpandable(source, "copy_")
    return inPlace("copy_", others: .tensor(source)) {
      CopyBackwards(dtype: source.dtype)
    } compute: {
      let source = source.storage === storage ? source.copyOfData() : source
      Elementwise.copy(source, into: self)
    }
  }

  func checkExpandable(_ source: Tensor, _ operation: String) {
    guard !Broadcast.isExpandable(source.sizes, to: sizes) else { return }
    let met = Broadcast.sizes(sizes, source.sizes, operation)
    refuse(operation, "output with shape \(sizes) doesn't match the broadcast shape \(met)")
  }

  /// Sets all elements to a number.
  @discardableResult
  public func fill_(_ value: some ScalarConvertible) -> Tensor {
    inPlace("fill_") {
      FillBackward2()
    } compute: {
      setAll(value.scalar)
    }
  }

  /// Sets all elements to the one of `value`, which has no dimensions.
  @discardableResult
  public func fill_(_ value: Tensor) -> Tensor {
    guard value.sizes.count == 0 else {
      refuse(
        "fill_",
        "fill_ only supports 0-dimension value tensor but got tensor with \(value.sizes.count) "
          + "dimensions.")
    }
    return inPlace("fill_", others: .tensor(value)) {
      FillBackward3()
    } compute: {
      Elementwise.copy(value, into: self)
    }
  }

  /// Sets all elements to zero.
  @discardableResult
  public func zero_() -> Tensor {
    inPlace("zero_") {
      ZeroBackward0()
    } compute: {
      setAll(.int(0))
    }
  }

  /// Sets all elements, without history or version.
  func setAll(_ value: Scalar) {
    var element = ElementBuffer(value, dtype)
    element.withPointer { element in
      Elementwise.move(
        dtype.itemSize, sizes, pointer, strides, element,
        Dims(repeating: 0, count: sizes.count))
    }
  }

  /// The elements, with `value` where `mask` is true.
  ///
  /// The mask is bool and broadcast.
  public func maskedFill(_ mask: Tensor, _ value: some ScalarConvertible) -> Tensor {
    guard mask.dtype == .bool else {
      refuse(
        "maskedFill",
        "masked_fill only supports boolean masks, but got mask with dtype "
          + mask.dtype.name)
    }
    let fill = Tensor.full(Dims(), value.scalar, dtype)
    let result = Elementwise.where(mask, fill, self, dtype)
    if isRecording(self) {
      let node = MaskedFillBackward0()
      node.addEdge(to: self)
      node.save(.input(mask), 0)
      node.adopt(result)
    }
    return result
  }
}

final class CloneBackward0: Node {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g) }
}

final class ToCopyBackward0: Node {
  private let dtype: DType

  init(_ dtype: DType) {
    self.dtype = dtype
    super.init()
  }

  override func backward(_ g: Tensor) -> Gradients { Gradients(g.to(dtype)) }
}

final class CopyBackwards: Node {
  private let dtype: DType

  init(dtype: DType) {
    self.dtype = dtype
    super.init()
  }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(needs(0) ? .zeros(like: g) : nil, needs(1) ? g.to(dtype) : nil)
  }
}

// PyTorch counts the four forms of fill; these are the two that work in place.

final class FillBackward2: Node {
  override func backward(_ g: Tensor) -> Gradients { Gradients(.zeros(like: g)) }
}

final class FillBackward3: Node {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(needs(0) ? .zeros(like: g) : nil, needs(1) ? g.sum() : nil)
  }
}

final class ZeroBackward0: Node {
  override func backward(_ g: Tensor) -> Gradients { Gradients(.zeros(like: g)) }
}

final class MaskedFillBackward0: Node {
  override class var savedNames: [String] { ["mask"] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.maskedFill(savedValue(0), 0)) }
}
