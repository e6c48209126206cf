// Classes as vectors of zeros with a single one.

internal import CKernels

extension Tensor {
  /// A new last dimension that holds 1 at each element's position and 0 elsewhere.
  ///
  /// int64, as the result. Without `numClasses` there are as many as the largest element asks for.
  public func oneHot(numClasses: Int? = nil) -> Tensor {
    guard dtype == .int64 else {
      refuse(
        "one_hot", "only applicable to index tensor of type LongTensor, not \(dtype.tensorTypeName)"
      )
    }
    Dims.check(rank: sizes.count + 1, for: "one_hot")
    var shape = sizes
    guard count > 0 else {
      guard let numClasses, numClasses > 0 else {
        refuse("one_hot", "Can not infer total number of classes from empty tensor.")
      }
      shape.append(numClasses)
      return Tensor(empty: shape, .int64)
    }
    let classes = contiguousData()
    let numbers = UnsafeBufferPointer(start: classes.int64Pointer, count: count)
    guard numbers.min()! >= 0 else { refuse("one_hot", "Class values must be non-negative.") }
    let largest = Int(numbers.max()!)
    let number = numClasses.flatMap { $0 == -1 ? nil : $0 } ?? largest + 1
    guard largest < number else {
      refuse("one_hot", "Class values must be smaller than num_classes.")
    }
    shape.append(number)
    let result = Tensor.full(shape, .int(0), .int64)
    for (i, place) in numbers.enumerated() { result.int64Pointer[i * number + Int(place)] = 1 }
    withExtendedLifetime(classes) {}
    return result
  }

}
