// Where in the user's source a node was made.

internal import CThreadState
internal import GraphModel

/// Notes, for each node that an operator makes in `body`, where the call to the operator was made.
///
/// The graph's nodes then have a `source`. See the README for what it costs.
public func withSourceCapture<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let state = ats_current()
  let before = state.pointee.captures_source
  state.pointee.captures_source = true
  defer { state.pointee.captures_source = before }
  return try body()
}

/// The return addresses of the calls that led to a node; turned into a place in the source later.
final class CallOrigin {
  static func capture() -> CallOrigin? { nil }

  var location: ComputationGraph.SourceLocation? { nil }
}
