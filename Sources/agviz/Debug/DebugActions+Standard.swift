// Who answers `why`, `rerun` and `render` in the command.

internal import GradientRecording

extension DebugActions {
  /// What the command gives its prompt.
  static let standard = DebugActions(
    why: { _, _ in throw DebugError("why is asked outside of the prompt: agviz why") },
    rerun: { _, _ in throw DebugError("no node can be run again by this command") },
    render: { _, _ in throw DebugError("pictures are drawn outside of the prompt: agviz render") })
}
