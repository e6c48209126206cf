// What a recorded tensor held, in numbers.

/// What a tensor held when it was recorded, in numbers.
///
/// Those of extent (`minimum` to `norm`) cover the finite elements alone; they are NaN where there is
/// none, or where the policy recorded health only.
public struct GradientStatistics: Sendable, Hashable {
  /// How many elements there are.
  public var count: Int
  /// How many elements are NaN.
  public var nanCount: Int
  /// How many elements are +∞.
  public var positiveInfinityCount: Int
  /// How many elements are -∞.
  public var negativeInfinityCount: Int
  /// How many elements are zero.
  public var zeroCount: Int
  /// How many elements are subnormal.
  public var subnormalCount: Int
  /// The smallest finite element.
  public var minimum: Double
  /// The largest finite element.
  public var maximum: Double
  /// The mean of the finite elements.
  public var mean: Double
  /// The population's standard deviation of the finite elements.
  public var standardDeviation: Double
  /// The square root of the sum of the finite elements' squares.
  public var norm: Double
  /// Equal for equal shapes, layouts, dtypes and bits; else, all but surely, not.
  public var hash: UInt64

  /// Creates statistics.
  public init(
    count: Int, nanCount: Int = 0, positiveInfinityCount: Int = 0, negativeInfinityCount: Int = 0,
    zeroCount: Int = 0, subnormalCount: Int = 0, minimum: Double = .nan, maximum: Double = .nan,
    mean: Double = .nan, standardDeviation: Double = .nan, norm: Double = .nan, hash: UInt64 = 0
  ) {
    self.count = count
    self.nanCount = nanCount
    self.positiveInfinityCount = positiveInfinityCount
    self.negativeInfinityCount = negativeInfinityCount
    self.zeroCount = zeroCount
    self.subnormalCount = subnormalCount
    self.minimum = minimum
    self.maximum = maximum
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.norm = norm
    self.hash = hash
  }

  /// How many elements are NaN or infinite.
  public var nonFiniteCount: Int { nanCount &+ positiveInfinityCount &+ negativeInfinityCount }
  /// Whether every element is finite.
  public var isFinite: Bool { nonFiniteCount == 0 }
  /// The largest magnitude of a finite element.
  public var maximumMagnitude: Double { Swift.max(-minimum, maximum) }
  /// The share of the elements that are zero; NaN where there is no element.
  public var zeroFraction: Double { Double(zeroCount) / Double(count) }
}
