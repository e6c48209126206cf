// What a diagnosis finds: plain values, for people and for programs.

/// Something that is wrong in a recorded program, with what shows it.
public struct Finding: Sendable, Hashable, Codable {
  /// What is wrong.
  public var kind: Kind
  /// The verdict in one line; safe to print.
  public var summary: String
  /// What shows it, a line each; safe to print.
  public var evidence: [String]
  /// Why a value stopped being finite; nil for other kinds.
  public var cause: Cause?
  /// The node that is to blame; nil where none is.
  public var node: Place?
  /// The parameters that are concerned, the leading one first; empty where none has a name.
  public var parameters: [String]
  /// The pass in which it shows first; nil where it shows in none.
  public var pass: Int?
  /// That pass's step.
  public var step: Int?
  /// How many times larger a gradient becomes from one step, or layer, to the next; nil where none
  /// grows or decays.
  public var factor: Double?

  init(
    _ kind: Kind, _ summary: String, evidence: [String] = [], cause: Cause? = nil,
    node: Place? = nil, parameters: [String] = [], pass: Recording.Pass? = nil,
    factor: Double? = nil
  ) {
    self.kind = kind
    self.summary = summary
    self.evidence = evidence
    self.cause = cause
    self.node = node
    self.parameters = parameters
    self.pass = pass?.id
    self.step = pass?.step
    self.factor = factor
  }

  /// What can be wrong.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Nothing ran backward.
    case noPass
    /// Gradients add up over steps because nobody set them to zero.
    case accumulatedGradients
    /// Gradients, or the loss, grow from step to step.
    case explodingGradients
    /// A value is NaN or infinite.
    case nonFinite
    /// A parameter gets no gradient.
    case missingGradient
    /// Two shapes were broadcast that were meant to match element by element.
    case wrongBroadcast
    /// Gradients grow from layer to layer.
    case explodingThroughDepth
    /// Gradients decay from layer to layer.
    case vanishingThroughDepth
    /// A parameter's gradient is zero all the time.
    case zeroGradient
    /// Units of a layer give zero, and get no gradient.
    case deadUnits
    /// The units of a layer are where their function is flat.
    case saturatedUnits
    /// What comes back along several ways cancels.
    case cancellingGradients
  }

  /// Why a value stopped being finite.
  public enum Cause: String, Sendable, Hashable, Codable, CaseIterable {
    /// An infinite slope behind a mask, which multiplies it by zero.
    case zeroTimesInfinity
    /// The slope of a square root at 0.
    case sqrtAtZero
    /// The slope of a norm, or of a standard deviation, at 0.
    case normAtZero
    /// The slope of a power below 1 at 0, or a negative power of 0.
    case powOfZero
    /// A power that is no whole number of a negative number.
    case powOfNegative
    /// The root of a negative number.
    case sqrtOfNegative
    /// The logarithm of 0, or its slope there.
    case logOfZero
    /// The logarithm of a negative number.
    case logOfNegative
    /// An exponential beyond the largest number.
    case expOverflow
    /// A division by 0, or by what is close to it.
    case divisionByZero
    /// A division by a variance of 0, or of next to nothing.
    case vanishingVariance
    /// A softmax of nothing but -∞.
    case softmaxOfMinusInfinity
    /// An argument at, or beyond, the end of where a function is defined.
    case outsideDomain
    /// A result beyond what the dtype holds.
    case overflow
    /// It was there before the first operator: in the data, or in a constant.
    case data
    /// A parameter was not finite before the pass.
    case parameter
    /// The gradient that the pass was given.
    case givenGradient
    /// None of these.
    case unknown
  }

  /// A node of a recorded graph, as people find it.
  public struct Place: Sendable, Hashable, Codable {
    /// The graph, for `Recording.graph(_:)`.
    public var graph: Int
    /// The node's id in that graph.
    public var node: Int
    /// The node's name, such as `MulBackward0`.
    public var name: String
    /// The name of its leaf, where it accumulates the gradient of one that has a name.
    public var leaf: String?
    /// The module path that made it.
    public var module: String?
    /// The file of the forward call.
    public var file: String?
    /// The line of the forward call, counted from 1.
    public var line: Int?
  }
}
