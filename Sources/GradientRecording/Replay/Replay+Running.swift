// Running to the next call that a breakpoint asks for, forwards and backwards.

internal import GraphModel

extension Replay {
  /// Where a run stops.
  public struct Breakpoint: Sendable, Hashable {
    /// What is asked of a call.
    public var condition: Condition
    /// Whether it stops only where the condition did not hold of the node in the step before: a
    /// watchpoint.
    public var onlyNew: Bool

    /// Creates a breakpoint.
    public init(_ condition: Condition, onlyNew: Bool = false) {
      self.condition = condition
      self.onlyNew = onlyNew
    }
  }

  /// Where a run stopped, and why.
  public struct Hit: Sendable, Hashable {
    /// The call.
    public var position: Position
    /// The breakpoints that stop there, by their places in the list that was given.
    public var breakpoints: [Int]
    /// The tensors around the call that one of these asks about, and of which that holds.
    public var tensors: [Recording.Measurement]
    /// The same of shares.
    public var shares: [Recording.Contribution]
  }

  /// Goes forwards to the next call at which one of the breakpoints stops.
  ///
  /// - Returns: where and why; nil, and nothing moves, where none stops at a later call.
  public mutating func run(to breakpoints: [Breakpoint]) throws(RecordingError) -> Hit? {
    var scans = takeScans(breakpoints)
    defer { self.scans = scans }
    for index in passIndex..<recording.passes.count {
      let start = index == passIndex ? position.order + 1 : 0
      var first: Int?
      for (place, breakpoint) in breakpoints.enumerated() {
        let calls = try scans[place].calls(in: index, of: self, onlyNew: breakpoint.onlyNew)
        guard let call = calls.first(where: { $0 >= start }) else { continue }
        first = min(first ?? .max, Int(call))
      }
      if let first { return try stop(at: first, in: index, breakpoints, &scans) }
    }
    return nil
  }

  /// Goes backwards to the last call before this at which one of the breakpoints stops.
  ///
  /// - Returns: where and why; nil, and nothing moves, where none stops at an earlier call.
  public mutating func reverseRun(
    to breakpoints: [Breakpoint]
  ) throws(RecordingError) -> Hit? {
    var scans = takeScans(breakpoints)
    defer { self.scans = scans }
    for index in (0...passIndex).reversed() {
      let end = index == passIndex ? position.order : Int.max
      var last: Int?
      for (place, breakpoint) in breakpoints.enumerated() {
        let calls = try scans[place].calls(in: index, of: self, onlyNew: breakpoint.onlyNew)
        guard let call = calls.last(where: { $0 < end }) else { continue }
        last = max(last ?? -1, Int(call))
      }
      if let last { return try stop(at: last, in: index, breakpoints, &scans) }
    }
    return nil
  }

  /// The searches of the last run, as far as they are for these breakpoints, and new ones.
  private mutating func takeScans(_ breakpoints: [Breakpoint]) -> [ConditionScan] {
    defer { scans = [] }
    return breakpoints.map { breakpoint in
      scans.first { $0.condition == breakpoint.condition } ?? ConditionScan(breakpoint.condition)
    }
  }

  private mutating func stop(
    at order: Int, in index: Int, _ breakpoints: [Breakpoint], _ scans: inout [ConditionScan]
  ) throws(RecordingError) -> Hit {
    try move(to: Position(pass: recording.passes[index].id, order: order))
    var hit = Hit(position: position, breakpoints: [], tensors: [], shares: [])
    for (place, breakpoint) in breakpoints.enumerated() {
      let calls = try scans[place].calls(in: index, of: self, onlyNew: breakpoint.onlyNew)
      if calls.contains(Int32(order)) { hit.breakpoints.append(place) }
    }
    let conditions = hit.breakpoints.map { breakpoints[$0].condition }
    let before =
      conditions.contains { $0.looksBack } ? try self.before(node: node.id, inPassAt: index) : []
    hit.tensors = try measurements().filter { one in
      let held = before.first { $0.role == one.role && $0.slot == one.slot }?.statistics
      return conditions.contains { $0.bits(one, before: held) != 0 }
    }
    if conditions.contains(where: { !$0.shareTerms.isEmpty }) {
      hit.shares = try contributions().filter { share in
        conditions.contains { $0.bits(share) != 0 }
      }
    }
    return hit
  }

  /// The tensors around a node's call in the pass that corresponds in the step before.
  func before(
    node: Int, inPassAt index: Int
  ) throws(RecordingError) -> [Recording.Measurement] {
    guard let last = alignment.before(index), let order = try load(last).order(of: node) else {
      return []
    }
    return try recording.measurements(of: recording.passes[last].id, call: order)
  }
}

extension ConditionScan {
  fileprivate mutating func calls(
    in index: Int, of replay: Replay, onlyNew: Bool
  ) throws(RecordingError) -> [Int32] {
    onlyNew ? try newCalls(in: index, of: replay) : try calls(in: index, of: replay)
  }
}
