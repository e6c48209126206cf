// What the prompt does by means of other parts: say why, run again, draw.

internal import GradientRecording
internal import GraphModel

/// The commands of the prompt that other parts answer.
///
/// Each is given the cursor and what stands behind the command's name, and answers like any command;
/// what it throws is told as a `DebugError` is.
struct DebugActions: Sendable {
  typealias Action = @Sendable (_ replay: Replay, _ argument: String) throws -> DebugAnswer

  /// `why`: what is wrong in the recording.
  var why: Action
  /// `rerun`: the node at the cursor, run again.
  var rerun: Action
  /// `render`: the pass at the cursor, drawn into a file.
  var render: Action
}
