// A cursor over a recording, which steps through the calls of its passes in both directions.

public import GraphModel

/// A cursor over the calls of a recording's passes.
///
/// It stands at a call that has just run: what `status(of:)` and `ready` say is the state after it. A
/// step costs the same wherever the cursor stands; coming to another pass costs time in proportion
/// to that pass.
public struct Replay {
  /// A call of a recording: the pass's number and the call's place in it.
  public struct Position: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The pass's number.
    public var pass: Int
    /// The place in the order of running, counted from 0.
    public var order: Int

    /// Creates a position.
    public init(pass: Int, order: Int) {
      self.pass = pass
      self.order = order
    }

    /// Such as `3:12`.
    public var description: String { "\(pass):\(order)" }

    /// Whether `a` ran before `b`.
    public static func < (a: Position, b: Position) -> Bool {
      (a.pass, a.order) < (b.pass, b.order)
    }
  }

  /// The recording.
  public let recording: Recording
  /// The call at which the cursor stands.
  public private(set) var position: Position
  /// Which passes are which, from step to step.
  let alignment: PassAlignment
  /// The place of the pass among the recording's passes.
  private(set) var passIndex: Int
  private var loaded: LoadedPass
  private var progress: PassProgress
  /// Passes that were left lately, so that going to and fro over a border costs little.
  private var left: [LoadedPass] = []
  private static let mostLeft = 3
  /// The searches of the last run, whose findings the next may need.
  var scans: [ConditionScan] = []

  /// Stands at the first call of the first pass that has one.
  ///
  /// - Throws: `noSuchRecord` where no call is recorded; what the reader throws.
  public init(_ recording: Recording) throws(RecordingError) {
    self.recording = recording
    alignment = PassAlignment(recording.passes)
    guard let first = recording.passes.firstIndex(where: { $0.callCount > 0 }) else {
      throw RecordingError(
        code: .noSuchRecord,
        message: "no call of a node is recorded, so there is nothing to replay",
        file: recording.path)
    }
    passIndex = first
    loaded = try LoadedPass(recording, recording.passes[first], like: nil)
    progress = PassProgress(loaded)
    progress.run(through: 0)
    position = Position(pass: recording.passes[first].id, order: 0)
  }

  // MARK: What the cursor stands at

  /// The pass.
  public var pass: Recording.Pass { recording.passes[passIndex] }

  /// The graph that the pass ran over.
  public var graph: ComputationGraph { loaded.graph }

  /// The node that ran.
  public var node: ComputationGraph.Node { loaded.graph.nodes[Int(loaded.nodes[position.order])] }

  /// The run of the node.
  public func call() throws(RecordingError) -> Recording.Call {
    try recording.call(position.order, of: position.pass)
  }

  /// The tensors around the call.
  public func measurements() throws(RecordingError) -> [Recording.Measurement] {
    try recording.measurements(of: position.pass, call: position.order)
  }

  /// What the edges brought that meet in the gradients that the node took.
  public func contributions() throws(RecordingError) -> [Recording.Contribution] {
    try recording.contributions(of: position.pass, call: position.order)
  }

  // MARK: The state of the pass

  /// What has become of a node.
  public enum NodeStatus: String, Sendable, Hashable, CaseIterable {
    /// Gradients are still to come.
    case waiting
    /// All gradients have come; it has not run.
    case ready
    /// It began to run and did not come to its end.
    case running
    /// It has run.
    case ran
    /// Its turn came, and no gradient had come to it, or none was asked of it.
    case passedOver
    /// The pass does not lead to it.
    case unreached
  }

  /// What has become of a node of the graph.
  public func status(of node: Int) -> NodeStatus { progress.status(of: node) }

  /// The nodes that are ready, in the order in which they run; those that never do come last.
  public var ready: [Int] {
    progress.ready.map { Int($0) }.sorted { a, b in
      func key(_ node: Int) -> (Int, Int) {
        (order(of: node) ?? .max, -(graph.nodes[node].sequence ?? .max))
      }
      return key(a) < key(b)
    }
  }

  /// The nodes that have run, in that order; the last of a pass may not have come to its end.
  public var ran: [Int] { loaded.nodes[...position.order].map { Int($0) } }

  /// How many nodes have the status.
  public func count(of status: NodeStatus) -> Int { progress.count(of: status) }

  /// The place of a node's call in the pass, before the cursor or after it; nil where it has none.
  public func order(of node: Int) -> Int? { loaded.order(of: node) }

  // MARK: Moving

  /// How many calls are before this one, in all passes.
  public var callIndex: Int { alignment.firstCall[passIndex] + position.order }

  /// How many calls there are in all passes.
  public var callCount: Int { alignment.firstCall[alignment.firstCall.count - 1] }

  /// Goes to the next call; false, and nothing moves, where there is none.
  @discardableResult
  public mutating func step() throws(RecordingError) -> Bool { try move(by: 1) != 0 }

  /// Goes to the call before; false, and nothing moves, where there is none.
  @discardableResult
  public mutating func stepBack() throws(RecordingError) -> Bool { try move(by: -1) != 0 }

  /// Goes so many calls forwards or, of a negative number, backwards, as far as there are calls.
  ///
  /// - Returns: how many calls it went, negative for backwards.
  @discardableResult
  public mutating func move(by distance: Int) throws(RecordingError) -> Int {
    let start = callIndex
    let target = start.addingReportingOverflow(distance)
    let last = callCount - 1
    let end = target.overflow ? (distance < 0 ? 0 : last) : min(max(target.partialValue, 0), last)
    try move(toIndex: end)
    return end - start
  }

  /// Goes to a call.
  ///
  /// - Throws: `noSuchRecord` where there is no such call; the cursor stays where it is.
  public mutating func move(to position: Position) throws(RecordingError) {
    let pass = try recording.pass(position.pass)
    guard let index = alignment.index(ofPass: pass.id), position.order >= 0,
      position.order < pass.callCount
    else {
      throw RecordingError(
        code: .noSuchRecord,
        message: pass.callCount == 0
          ? "pass \(pass.id) has no calls"
          : "pass \(pass.id) has calls 0 to \(pass.callCount - 1), no call \(position.order)",
        file: recording.path)
    }
    try move(toIndex: alignment.firstCall[index] + position.order)
  }

  private mutating func move(toIndex target: Int) throws(RecordingError) {
    let index = alignment.passIndex(ofCall: target)
    let order = target - alignment.firstCall[index]
    if index != passIndex {
      let next = try load(index)
      left.removeAll { $0.pass.id == next.pass.id }
      left.append(loaded)
      if left.count > Self.mostLeft { left.removeFirst() }
      loaded = next
      passIndex = index
      progress = PassProgress(next)
    }
    progress.run(through: order)
    position = Position(pass: loaded.pass.id, order: order)
  }

  /// A pass with what is needed to step through it.
  func load(_ index: Int) throws(RecordingError) -> LoadedPass {
    let pass = recording.passes[index]
    if pass.id == loaded.pass.id { return loaded }
    if let known = left.first(where: { $0.pass.id == pass.id }) { return known }
    let relative =
      loaded.pass.graph == pass.graph ? loaded : left.last { $0.pass.graph == pass.graph }
    return try LoadedPass(recording, pass, like: relative)
  }
}
