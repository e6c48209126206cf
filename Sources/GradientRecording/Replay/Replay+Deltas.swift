// What changed at a call from one step to another.

public import GraphModel

extension Replay {
  /// A call of one step beside the same node's call of another.
  public struct Delta: Sendable, Hashable {
    /// The call at which the cursor stands.
    public var position: Position
    /// The call that it is compared with.
    public var other: Position
    /// The step that it belongs to.
    public var otherStep: Int
    /// The tensors around both, in the order of roles and slots.
    public var tensors: [Pair]

    /// A tensor as it was in both steps.
    public struct Pair: Sendable, Hashable {
      /// What the tensor is to the call.
      public var role: Recording.Role
      /// Which of the tensors in that role.
      public var slot: Int
      /// What the other step held; nil where it held none.
      public var before: Recording.Measurement?
      /// What this step holds; nil where it holds none.
      public var now: Recording.Measurement?

      /// Whether both hold the same elements.
      public var isSame: Bool { before?.statistics.hash == now?.statistics.hash }
    }
  }

  /// Compares the call with that of the same node in the corresponding pass of another step.
  ///
  /// Passes correspond that have one graph, phase and micro-batch, and the same place among their
  /// like within their steps.
  ///
  /// - Throws: `noSuchRecord` where there is no such pass or call.
  public func delta(from step: Int) throws(RecordingError) -> Delta {
    func failure(_ message: String) -> RecordingError {
      RecordingError(code: .noSuchRecord, message: message, file: recording.path)
    }
    guard let index = alignment.corresponding(to: passIndex, inStep: step) else {
      throw failure(
        recording.passes.contains { $0.step == step }
          ? "no pass of step \(step) ran over this graph with the labels of pass \(pass.id)"
          : "there is no step \(step)")
    }
    let other = recording.passes[index]
    guard let order = try load(index).order(of: node.id) else {
      throw failure("node \(node.id) did not run in pass \(other.id), of step \(step)")
    }
    let now = try measurements()
    let before = try recording.measurements(of: other.id, call: order)
    struct Key: Hashable, Comparable {
      var role: UInt8
      var slot: Int
      static func < (a: Key, b: Key) -> Bool { (a.role, a.slot) < (b.role, b.slot) }
    }
    var pairs: [Key: Delta.Pair] = [:]
    for (isNow, measurements) in [(false, before), (true, now)] {
      for one in measurements {
        let key = Key(role: one.role.rawValue, slot: one.slot)
        var pair = pairs[key] ?? Delta.Pair(role: one.role, slot: one.slot)
        if isNow { pair.now = one } else { pair.before = one }
        pairs[key] = pair
      }
    }
    return Delta(
      position: position, other: Position(pass: other.id, order: order), otherStep: step,
      tensors: pairs.sorted { $0.key < $1.key }.map(\.value))
  }
}
