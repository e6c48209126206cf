// What of a program's backward passes is recorded.

public import GraphModel

/// What a recording holds.
///
/// ```swift
/// var policy = RecordingPolicy(detail: .health)
/// policy.triggers = [.nonFinite, .norm(above: 1e3)]
/// policy.raisedDetail = .everything
/// policy.stepsBefore = 2
/// ```
///
/// What a policy leaves out, the recording says.
public struct RecordingPolicy: Sendable, Hashable, Codable {
  /// How much is recorded of a pass.
  public typealias Detail = RecordingDetail

  /// What makes a pass worth more detail.
  public enum Trigger: Sendable, Hashable, Codable {
    /// A gradient, or the root, holds NaN or an infinity.
    case nonFinite
    /// A gradient holds NaN.
    case nan
    /// The L2 norm of a gradient is above a bound; needs at least ``/GraphModel/RecordingDetail/statistics``.
    case norm(above: Double)
  }

  /// How much is recorded of each pass.
  public var detail: Detail
  /// Whether the results of the forward pass are recorded as they are made.
  public var forward: Bool
  /// Whether nodes note the source line of the forward call.
  public var capturesSource: Bool
  /// The first step that is recorded.
  public var firstStep: Int
  /// The last step that is recorded; nil for no end.
  public var lastStep: Int?
  /// Of the steps from the first on every so manieth is recorded: 1 for all.
  public var everySteps: Int
  /// The nodes whose elements are recorded from ``/GraphModel/RecordingDetail/values`` on: patterns with `*` for the node's
  /// name, its module or its leaf's name; empty for all.
  public var nodes: [String]
  /// What raises the detail.
  public var triggers: [Trigger]
  /// The detail that a trigger raises to, for its step and those after.
  public var raisedDetail: Detail
  /// So many steps before a trigger's are held in memory at the raised detail, and recorded with it.
  public var stepsBefore: Int
  /// The most bytes that the recording takes, nil for no limit.
  ///
  /// The oldest passes make room for new ones.
  public var sizeLimit: Int?

  /// Creates a policy.
  public init(
    detail: Detail = .statistics, forward: Bool = false, capturesSource: Bool = true,
    firstStep: Int = 0, lastStep: Int? = nil, everySteps: Int = 1, nodes: [String] = [],
    triggers: [Trigger] = [], raisedDetail: Detail = .everything, stepsBefore: Int = 0,
    sizeLimit: Int? = nil
  ) {
    self.detail = detail
    self.forward = forward
    self.capturesSource = capturesSource
    self.firstStep = firstStep
    self.lastStep = lastStep
    self.everySteps = everySteps
    self.nodes = nodes
    self.triggers = triggers
    self.raisedDetail = raisedDetail
    self.stepsBefore = stepsBefore
    self.sizeLimit = sizeLimit
  }

  /// Whether a step is one of those that are recorded.
  func records(step: Int) -> Bool {
    step >= firstStep && step <= lastStep ?? .max
      && (step - firstStep) % max(everySteps, 1) == 0
  }

  /// Whether the elements of a node with these names are recorded where elements are.
  func chooses(_ names: [String]) -> Bool {
    nodes.isEmpty || names.contains { name in nodes.contains { matches(name, $0) } }
  }
}

/// Whether a name fits a pattern in which `*` stands for any text.
func matches(_ name: String, _ pattern: String) -> Bool {
  let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
  var (n, p) = (0, 0)
  // Where to go on when what follows the last star does not fit.
  var star: Int?
  var resume = 0
  while n < name.count {
    if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
      star = p
      resume = n
      p += 1
    } else if p < pattern.count, pattern[p] == name[n] {
      n += 1
      p += 1
    } else if let star {
      p = star + 1
      resume += 1
      n = resume
    } else {
      return false
    }
  }
  return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
}
