// Where events go.

/// Takes what a recorded program tells.
package protocol EventSink: Sendable {
  /// Takes one event; never fails, but may stop taking more.
  func append(_ content: some EventContent)
  /// Whether it takes more.
  var takesMore: Bool { get }
}

extension EventSink {
  /// Takes one event.
  package func append(_ event: Event) { append(event.content) }
}
