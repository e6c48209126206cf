// How much is recorded of a backward pass.

/// How much is recorded of a pass; each holds what those before it do.
public enum RecordingDetail: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
  /// Of gradients the counts of NaN, infinities, zeros and subnormals, and content hashes.
  case health
  /// Minimum, maximum, mean, standard deviation and norm as well, the shares of gradients that meet,
  /// and all of these of parameters.
  case statistics
  /// The distribution of magnitudes as well.
  case histograms
  /// The elements of gradients as well, of the nodes that the policy chooses.
  case values
  /// Saved tensors as well, so that nodes can run again without the program.
  case everything

  /// Whether `a` records less than `b`.
  public static func < (a: RecordingDetail, b: RecordingDetail) -> Bool { a.level < b.level }

  /// The place among all, by which journals tell it.
  package var level: UInt8 {
    switch self {
    case .health: 0
    case .statistics: 1
    case .histograms: 2
    case .values: 3
    case .everything: 4
    }
  }

  package init?(level: UInt8) {
    guard let detail = Self.allCases.first(where: { $0.level == level }) else { return nil }
    self = detail
  }
}
