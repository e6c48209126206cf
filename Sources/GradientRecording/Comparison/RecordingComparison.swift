// Where two recordings part, and how far that spreads.

/// Where two recordings part.
///
/// Passes are paired by step, micro-batch and phase, nodes along the graphs, which may differ. Two
/// tensors agree where their bits do, else where all that was measured of them does within a
/// tolerance.
public struct RecordingComparison: Sendable, Hashable, Codable, CustomStringConvertible {
  /// How far two numbers may differ, relative to the larger.
  public var tolerance: Double
  /// How many pairs of passes were compared.
  public var pairCount: Int
  /// The passes that only the first recording has.
  public var onlyInFirst: [Int]
  /// The passes that only the second recording has.
  public var onlyInSecond: [Int]
  /// Where they part; nil where they do not.
  public var first: Difference?
  /// How far that spreads; nil where there is no difference.
  public var spread: Spread?
  /// How many tensors have other bits and agree within the tolerance.
  public var roundedCount: Int

  /// Where two recordings part.
  public struct Difference: Sendable, Hashable, Codable {
    /// What differs.
    public var kind: Kind
    /// The pass in the first recording.
    public var firstPass: Int
    /// The pass in the second recording.
    public var secondPass: Int
    /// The passes' step.
    public var step: Int
    /// The node of the first recording whose inputs agree and whose result does not; nil where none
    /// is to blame.
    public var firstNode: Finding.Place?
    /// The node of the second recording that corresponds to it.
    public var secondNode: Finding.Place?
    /// What differs, in one line; safe to print.
    public var summary: String
    /// What shows it, a line each; safe to print.
    public var evidence: [String]

    /// What differs first.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
      /// A parameter, before the pass.
      case parameter
      /// The result of an operator of the forward pass.
      case forward
      /// The root, where nothing says which operator made it differ.
      case root
      /// What a node made of its gradients.
      case backward
      /// What nodes made that only one of the graphs has.
      case structure
      /// The gradient that a leaf held before the pass.
      case gradientBefore
    }
  }

  /// How far a difference spreads.
  public struct Spread: Sendable, Hashable, Codable {
    /// How many matched calls of that pass hand on other gradients.
    public var differentCalls: Int
    /// How many matched calls there are.
    public var comparedCalls: Int
    /// The first of these calls' nodes, as people read them.
    public var nodes: [String]
    /// The parameters whose gradients differ in that pass.
    public var parameters: [String]
    /// How many later pairs of passes there are.
    public var laterPairs: Int
    /// How many of them have other gradients or parameters.
    public var laterDifferent: Int
    /// The parameters whose gradients differ in later passes only.
    public var laterParameters: [String]
  }

  /// Compares two recordings.
  public init(_ first: Recording, _ second: Recording, tolerance: Double = 1e-5) throws {
    self.tolerance = tolerance
    let pairing = PassPairing(first, second)
    pairCount = pairing.pairs.count
    (onlyInFirst, onlyInSecond) = (pairing.onlyInFirst, pairing.onlyInSecond)
    roundedCount = 0
    let sides = Sides(first, second, tolerance)
    for (index, pair) in pairing.pairs.enumerated() {
      // A pass whose leaves agree is compared call by call all the same: what differs may cancel.
      let passes = try PassComparison(pair, sides, isFirst: index == 0)
      roundedCount += passes.roundedCount
      guard let difference = passes.difference else { continue }
      self.first = difference
      spread = try passes.spread(later: pairing.pairs[(index + 1)...])
      return
    }
  }

  /// Whether nothing differs beyond the tolerance: no pass, and none is missing.
  public var isEqual: Bool { first == nil && onlyInFirst.isEmpty && onlyInSecond.isEmpty }

  /// The comparison as people read it.
  public var description: String {
    var lines: [String] = []
    if let first, let spread {
      lines.append("step \(first.step): \(first.summary)")
      lines += first.evidence.map { "   \($0)" }
      lines.append(
        "spreads to \(spread.differentCalls) of \(counted(spread.comparedCalls, "call")) of that pass"
          + (spread.nodes.isEmpty ? "" : ": first \(listed(Array(spread.nodes.prefix(3))))"))
      if !spread.parameters.isEmpty {
        lines.append(
          "   the gradients of \(counted(spread.parameters.count, "parameter")): "
            + listed(spread.parameters))
      }
      if spread.laterPairs > 0 {
        lines.append(
          "later: \(spread.laterDifferent) of \(counted(spread.laterPairs, "pass", "passes")) differ"
            + (spread.laterParameters.isEmpty
              ? "" : "; then also \(listed(spread.laterParameters))"))
      }
    } else {
      lines.append(
        "\(counted(pairCount, "pass", "passes")) agree"
          + (roundedCount > 0
            ? ", \(counted(roundedCount, "tensor")) of them within \(tolerance) only" : ""))
    }
    for (which, passes) in [("first", onlyInFirst), ("second", onlyInSecond)] where !passes.isEmpty
    {
      lines.append("only in the \(which): \(counted(passes.count, "pass", "passes"))")
    }
    return lines.joined(separator: "\n")
  }

  /// The comparison as a JSON object.
  public var json: String { jsonText(self) }
}
