// What a breakpoint asks of a call.

internal import GraphModel

/// What a breakpoint or a watchpoint asks of a call, written as an expression.
///
/// Terms are joined by `and` (or `if`), `or` and `not`, with parentheses:
/// - `12` or `node 12`, `MulBackward0` or `Mul*`: the node, by id or name; `operator Mul`,
///   `module encoder.0` (and what is in it), `parameter *.bias`, `source model.swift:12`,
///   `pass 3`, `step >= 10`, `phase train`.
/// - `nan`, `inf`, `nonfinite`: a gradient of the call holds one.
/// - `norm > 1e3`, and so for `max`, `min`, `mean`, `std`, `magnitude` (the largest), `count`,
///   `nan count`, `inf count`, `zero count`, `subnormal count`, `zero fraction`,
///   `subnormal fraction`.
/// - `changes` (its elements did), `norm changes by > 10x` (or `50%`, or a difference): against the
///   corresponding pass of the step before, at the same node and slot.
/// - `cosine < -0.9`, `share > 1e3`: what an edge brought to the sum.
///
/// A term about gradients asks whether one of those that the call took, handed on or left at its leaf
/// is so. A word before it says which: `in` (those taken), `out` (handed on), `before` and `after`
/// (the leaf's gradient), `leaf` (the parameter itself).
public struct Condition: Sendable, Hashable, CustomStringConvertible {
  /// The expression, as it was written.
  public let description: String
  let expression: Expression
  /// The terms about the node, which `Expression.node` counts from 0.
  let nodeTerms: [NodeTerm]
  /// The terms about tensors, in the same way.
  let tensorTerms: [TensorTerm]
  /// The terms about shares.
  let shareTerms: [ShareTerm]

  /// Reads an expression.
  ///
  /// - Throws: what is wrong and where; an expression is of one line, 1000 characters and 60 terms at
  ///   most.
  public init(_ text: String) throws(ConditionError) {
    var parser = try ConditionParser(text)
    expression = try parser.parse()
    nodeTerms = parser.nodeTerms
    tensorTerms = parser.tensorTerms
    shareTerms = parser.shareTerms
    description = text
  }

  /// Whether it asks about nothing but which node runs in which pass.
  public var isPlace: Bool { tensorTerms.isEmpty && shareTerms.isEmpty }
}

/// Why an expression was refused.
public struct ConditionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, in one line.
  public var message: String
  /// Where in the expression, in characters, counted from 0.
  public var offset: Int

  /// The message and the place, counted from 1.
  public var description: String { "\(message), at character \(offset + 1)" }
}

extension Condition {
  /// What is asked, as a tree of terms.
  indirect enum Expression: Sendable, Hashable {
    case all([Expression])
    case any([Expression])
    case not(Expression)
    case pass(PassTerm)
    // These by their places in the condition's lists.
    case node(Int)
    case tensor(Int)
    case share(Int)
  }

  /// What is asked of the node.
  enum NodeTerm: Sendable, Hashable {
    case id(Int)
    case name(Pattern)
    case module(Pattern)
    case parameter(Pattern)
    case source(Pattern, line: Int?)
  }

  /// What is asked of the pass.
  enum PassTerm: Sendable, Hashable {
    case number(Comparison)
    case step(Comparison)
    case microBatch(Comparison)
    case phase(Pattern)
  }

  /// What is asked of a tensor around the call.
  struct TensorTerm: Sendable, Hashable {
    var roles: Set<Recording.Role>
    var question: Question

    enum Question: Sendable, Hashable {
      case quantity(Quantity, Comparison)
      /// The elements are others than in the step before.
      case changes
      /// The quantity, compared with what it was in the step before.
      case change(Quantity, Change, Comparison)
    }

    /// The roles of gradients, which are meant where none is named.
    static let gradients: Set<Recording.Role> = [.gradOutput, .gradInput, .gradBefore, .gradAfter]

    /// Whether the step before must be known.
    var looksBack: Bool {
      if case .quantity = question { false } else { true }
    }

    /// Whether it is true of no tensor whose elements are all finite.
    var isOfNonFinite: Bool {
      guard case .quantity(let quantity, let comparison) = question else { return false }
      return quantity.countsNonFinite && !comparison.holds(0)
    }
  }

  /// How a change is told.
  enum Change: Sendable, Hashable {
    /// The greater magnitude over the smaller.
    case factor
    /// The difference over the magnitude before, in percent.
    case percent
    case difference
  }

  /// What is asked of a share.
  struct ShareTerm: Sendable, Hashable {
    var isCosine: Bool
    var comparison: Comparison
  }

  /// A number of a tensor's statistics.
  enum Quantity: String, Sendable, Hashable, CaseIterable {
    case norm, maximum = "max", minimum = "min", mean, standardDeviation = "std", magnitude, count
    case nanCount = "nan count", infinityCount = "inf count", nonFiniteCount = "nonfinite count"
    case zeroCount = "zero count", subnormalCount = "subnormal count"
    case zeroFraction = "zero fraction", subnormalFraction = "subnormal fraction"

    var countsNonFinite: Bool {
      self == .nanCount || self == .infinityCount || self == .nonFiniteCount
    }

    func value(_ statistics: GradientStatistics) -> Double {
      switch self {
      case .norm: statistics.norm
      case .maximum: statistics.maximum
      case .minimum: statistics.minimum
      case .mean: statistics.mean
      case .standardDeviation: statistics.standardDeviation
      case .magnitude: statistics.maximumMagnitude
      case .count: Double(statistics.count)
      case .nanCount: Double(statistics.nanCount)
      case .infinityCount:
        Double(statistics.positiveInfinityCount) + Double(statistics.negativeInfinityCount)
      case .nonFiniteCount: Double(statistics.nonFiniteCount)
      case .zeroCount: Double(statistics.zeroCount)
      case .subnormalCount: Double(statistics.subnormalCount)
      case .zeroFraction: statistics.zeroFraction
      case .subnormalFraction: Double(statistics.subnormalCount) / Double(statistics.count)
      }
    }
  }

  /// A comparison with a number; never true of NaN.
  struct Comparison: Sendable, Hashable {
    enum Relation: String, Sendable, Hashable, CaseIterable {
      case greaterOrEqual = ">=", lessOrEqual = "<=", notEqual = "!=", equal = "==", greater = ">"
      case less = "<"
    }

    var relation: Relation
    var number: Double

    func holds(_ value: Double) -> Bool {
      switch relation {
      case .greater: value > number
      case .greaterOrEqual: value >= number
      case .less: value < number
      case .lessOrEqual: value <= number
      case .equal: value == number
      case .notEqual: value < number || value > number
      }
    }
  }
}
