// Where in the user's source a node was made.

internal import GraphModel

/// The return addresses of the calls that led to a node; turned into a place in the source later.
final class CallOrigin {
  static func capture() -> CallOrigin? { nil }

  var location: ComputationGraph.SourceLocation? { nil }
}
