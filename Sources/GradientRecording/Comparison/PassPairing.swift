// Which pass of one recording is which of another.

internal import GraphModel

/// The passes of two recordings, paired by their labels.
struct PassPairing {
  typealias Pair = (first: Recording.Pass, second: Recording.Pass)

  private(set) var pairs: [Pair] = []
  private(set) var onlyInFirst: [Int] = []
  private(set) var onlyInSecond: [Int] = []

  private struct Label: Hashable {
    var step: Int
    var microBatch: Int
    var phase: String
    /// Which of the passes of one label.
    var occurrence: Int
  }

  init(_ first: Recording, _ second: Recording) {
    let labels = PassPairing.labels(first.passes)
    var others: [Label: Recording.Pass] = [:]
    for (label, pass) in zip(PassPairing.labels(second.passes), second.passes) {
      others[label] = pass
    }
    for (label, pass) in zip(labels, first.passes) {
      if let other = others.removeValue(forKey: label) {
        pairs.append((pass, other))
      } else {
        onlyInFirst.append(pass.id)
      }
    }
    onlyInSecond = others.values.map(\.id).sorted()
  }

  private static func labels(_ passes: [Recording.Pass]) -> [Label] {
    var seen: [Label: Int] = [:]
    return passes.map { pass in
      var label = Label(
        step: pass.step, microBatch: pass.microBatch, phase: pass.phase, occurrence: 0)
      seen[label, default: -1] += 1
      label.occurrence = seen[label]!
      return label
    }
  }
}

/// Two recordings with what is known of their graphs.
final class Sides {
  let first: Recording
  let second: Recording
  let tolerance: Double
  private var structures: [Key: Structure] = [:]
  private var alignments: [[Int]: GraphAlignment] = [:]

  private struct Key: Hashable {
    var isFirst: Bool
    var graph: Int
  }

  init(_ first: Recording, _ second: Recording, _ tolerance: Double) {
    (self.first, self.second, self.tolerance) = (first, second, tolerance)
  }

  func structure(_ graph: Int, isFirst: Bool) throws -> Structure {
    let key = Key(isFirst: isFirst, graph: graph)
    if let known = structures[key] { return known }
    let structure = Structure(try (isFirst ? first : second).graph(graph))
    structures[key] = structure
    return structure
  }

  /// Which node of the first recording's graph is which of the second's.
  func alignment(_ a: Int, _ b: Int) throws -> GraphAlignment {
    if let known = alignments[[a, b]] { return known }
    let alignment = GraphAlignment(
      try structure(a, isFirst: true).graph, try structure(b, isFirst: false).graph)
    alignments[[a, b]] = alignment
    return alignment
  }

  enum Agreement { case bits, rounded, none }

  /// Whether two tensors agree: by their bits, or by what was measured within the tolerance.
  func agreement(_ a: GradientStatistics, _ b: GradientStatistics) -> Agreement {
    if a.hash == b.hash { return .bits }
    guard tolerance > 0, a.count == b.count, a.nanCount == b.nanCount,
      a.positiveInfinityCount == b.positiveInfinityCount,
      a.negativeInfinityCount == b.negativeInfinityCount, a.norm.isFinite, b.norm.isFinite
    else { return .none }
    // Extremes and mean are to their own size what the norm is to the whole.
    let scale = max(a.maximumMagnitude, b.maximumMagnitude)
    func isNear(_ x: Double, _ y: Double, _ size: Double) -> Bool {
      abs(x - y) <= tolerance * size
    }
    let isClose =
      isNear(a.norm, b.norm, max(a.norm, b.norm)) && isNear(a.minimum, b.minimum, scale)
      && isNear(a.maximum, b.maximum, scale) && isNear(a.mean, b.mean, scale)
    return isClose ? .rounded : .none
  }
}
