// What a recorded tensor is to the call of a node.

/// What a tensor is to the call that it was recorded with.
///
/// The numbers are those of recordings and journals.
public enum RecordedRole: UInt8, Sendable, Hashable, CaseIterable {
  /// The gradient of forward output `slot`, that the node took.
  case gradOutput
  /// The gradient of forward input `slot`, that the node handed on.
  case gradInput
  /// The leaf's gradient before this pass added to it.
  case gradBefore
  /// The leaf's gradient after that.
  case gradAfter
  /// The leaf itself.
  case parameter
  /// The tensor with id `slot` of the graph, which a node had saved; it belongs to the pass.
  case saved
}
