// The opposite of max pooling: elements go back to where they were chosen from.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// Puts the results of `maxPool1dWithIndices` back to where they were; all else is 0.
  ///
  /// Floating point only, shaped channels × length or batch × channels × length.
  /// - Parameters:
  ///   - indices: where each element goes, counted within the last dimension: int64.
  ///   - kernelSize: the elements in a window of the pooling.
  ///   - stride: from one window to the next; the kernel's size for nil.
  ///   - padding: the padding of the pooling.
  ///   - outputSize: the size that was pooled, where several are possible.
  /// - Returns: a tensor of the size that was pooled, with zeros between the elements.
  public func maxUnpool1d(
    _ indices: Tensor, kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, outputSize: [Int]? = nil
  ) -> Tensor {
    let size = unpooledSize(1, kernelSize, stride, padding, outputSize)
    return unsqueeze(-1).unpooled(indices.unsqueeze(-1), size + [1]).squeeze(-1)
  }

  /// Puts the results of `maxPool2dWithIndices` back to where they were; all else is 0.
  ///
  /// As `maxUnpool1d`, with a dimension more; the indices count in row-major order of the last two.
  public func maxUnpool2d(
    _ indices: Tensor, kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, outputSize: [Int]? = nil
  ) -> Tensor {
    unpooled(indices, unpooledSize(2, kernelSize, stride, padding, outputSize))
  }

  /// Puts the results of `maxPool3dWithIndices` back to where they were; all else is 0.
  ///
  /// As `maxUnpool2d`, with a dimension more.
  public func maxUnpool3d(
    _ indices: Tensor, kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, outputSize: [Int]? = nil
  ) -> Tensor {
    unpooled(indices, unpooledSize(3, kernelSize, stride, padding, outputSize))
  }

  /// Source: torch/nn/functional.py, _unpool_output_size.
  private func unpooledSize(
    _ dimensions: Int, _ kernelSize: some SpatialSizes, _ stride: (some SpatialSizes)?,
    _ padding: some SpatialSizes, _ outputSize: [Int]?
  ) -> [Int] {
    let operation = "max_unpool\(dimensions)d"
    let kernel = kernelSize.resolved(dimensions, operation, "kernel_size")
    let stride = stride?.resolved(dimensions, operation, "stride") ?? kernel
    let padding = padding.resolved(dimensions, operation, "padding")
    guard sizes.count >= dimensions else {
      refuse(operation, "an input of shape \(sizes) has fewer than \(dimensions) dimensions")
    }
    let usual = (0..<dimensions).map {
      (sizes[sizes.count - dimensions + $0] - 1) * stride[$0] + kernel[$0] - 2 * padding[$0]
    }
    var size = outputSize ?? usual
    if size.count == dimensions + 2 { size.removeFirst(2) }
    guard size.count == dimensions else {
      refuse(
        operation,
        "output_size should be a sequence containing \(dimensions) or \(dimensions + 2) elements, "
          + "but it has a length of '\(size.count)'")
    }
    for d in 0..<dimensions where outputSize != nil {
      let (least, most) = (usual[d] - stride[d], usual[d] + stride[d])
      guard least < size[d], size[d] < most else {
        refuse(
          operation,
          "invalid output_size \"\(size)\" (dim \(d) must be between \(least) and \(most))")
      }
    }
    if let d = size.firstIndex(where: { $0 < 0 }) {
      refuse(
        operation,
        "output_size must contain non-negative spatial dimensions, but got "
          + "output_size[\(d)]=\(size[d])")
    }
    return size
  }

  /// Source: ATen/native/MaxUnpooling.cpp.
  private func unpooled(_ indices: Tensor, _ size: [Int]) -> Tensor {
    let dimensions = size.count
    let operation = "max_unpooling\(dimensions)d"
    guard indices.dtype == .int64 else {
      refuse(
        operation,
        "elements in indices should be type int64 but got: \(indices.dtype.scalarTypeName)")
    }
    let rank = sizes.count
    guard rank == dimensions + 1 || rank == dimensions + 2 else {
      refuse(
        operation,
        "Input to \(operation) should be a \(dimensions + 1)d or \(dimensions + 2)d Tensor, but "
          + "got a tensor with \(rank) dimensions.")
    }
    guard indices.sizes == sizes else {
      refuse(
        operation,
        "Expected shape of indices to be same as that of the input tensor (\(sizes)) but got "
          + "indices tensor with shape: \(indices.sizes)")
    }
    if let empty = sizes.indices.first(where: { $0 > 0 && sizes[$0] == 0 }) {
      refuse(
        operation,
        "Expected input to have non-zero size for non-batch dimensions, but got \(sizes) with "
          + "dimension \(empty) being empty.")
    }
    if !dtype.isFloatingPoint, count > 0 { refuseDtype(operation) }
    let first = rank - dimensions
    var result = Tensor(empty: Dims(Array(sizes[..<first]) + size), dtype)
    if count > 0 {
      let volume = size.reduce(1, *)
      let places = indices.contiguousData()
      let input = contiguousData()
      for i in 0..<places.count where !(0..<volume ~= Int(places.int64Pointer[i])) {
        let shape = size.map(String.init).joined(separator: "x")
        refuse(
          operation,
          "Found an invalid max index: \(places.int64Pointer[i]) (output volumes are of size "
            + "\(shape))")
      }
      let planes = sizes[..<first].reduce(1, *)
      agk_max_unpool(
        dtype.kernel, Int64(planes), Int64(volume), Int64(count / planes), result.pointer,
        input.pointer, places.int64Pointer)
      if dimensions == 2 { result = result.inLayout(of: self) }
    }
    return result.recorded(from: self) {
      dimensions == 2
        ? MaxUnpool2DBackward0(2).saving(indices) : MaxUnpool3DBackward0(3).saving(indices)
    }
  }
}

/// The derivative of elements put somewhere: what is there.
class UnpoolNode: Node {
  private let dimensions: Int

  required init(_ dimensions: Int) {
    self.dimensions = dimensions
    super.init()
  }

  override final class var savedNames: [String] { ["indices"] }

  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(g.chosen(at: savedValue(0), dimensions))
  }
}

final class MaxUnpool2DBackward0: UnpoolNode {}
final class MaxUnpool3DBackward0: UnpoolNode {}
