// Arguments that are one number for every spatial dimension, or a number for each.

/// What a convolution or pooling takes for each spatial dimension: an `Int` for all of them, or an
/// array of one each, outermost first.
public protocol SpatialSizes {
  /// The numbers, one or as many as there are spatial dimensions.
  var spatialSizes: [Int] { get }
}

extension Int: SpatialSizes {
  /// The number itself.
  public var spatialSizes: [Int] { [self] }
}

extension [Int]: SpatialSizes {
  /// The numbers themselves.
  public var spatialSizes: [Int] { self }
}

extension SpatialSizes {
  /// The numbers for `count` spatial dimensions; traps when there are neither one nor `count`.
  func resolved(_ count: Int, _ operation: String, _ argument: String) -> [Int] {
    let sizes = spatialSizes
    if sizes.count == count { return sizes }
    guard sizes.count == 1 else {
      refuse(
        operation,
        "\(argument) must be a single integer or \(count) of them, one for each spatial dimension, "
          + "but is \(sizes)")
    }
    return Array(repeating: sizes[0], count: count)
  }
}
