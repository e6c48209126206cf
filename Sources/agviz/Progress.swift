// What is said to people who wait.

internal import Dispatch
internal import Glibc
internal import GraphModel
internal import Synchronization

/// A line on the terminal that says what goes on, how far it is, and goes away at the end.
///
/// It is there when standard error is a terminal, and from the first second on.
final class Progress: Sendable {
  private let title: String
  private let start = ContinuousClock.now
  private let state = Mutex((done: 0, total: 0, isShown: false))
  private let queue = DispatchQueue(label: "agviz.progress")

  private init(_ title: String) {
    self.title = title
  }

  /// Runs `body`, which may say how far it is.
  static func show<Result>(
    _ title: String, _ body: (Progress) throws -> Result
  ) rethrows -> Result {
    let progress = Progress(title)
    guard isatty(STDERR_FILENO) == 1 else { return try body(progress) }
    let timer = DispatchSource.makeTimerSource(queue: progress.queue)
    timer.schedule(deadline: .now() + 1, repeating: 0.2)
    timer.setEventHandler { progress.draw() }
    timer.resume()
    defer {
      timer.cancel()
      // What is being drawn is drawn before it goes away.
      progress.queue.sync { progress.clear() }
    }
    return try body(progress)
  }

  /// Says that so many of so many parts are done.
  func update(_ done: Int, of total: Int) {
    state.withLock { ($0.done, $0.total) = (done, total) }
  }

  private func draw() {
    let (done, total) = state.withLock { state in
      state.isShown = true
      return (state.done, state.total)
    }
    let share = total > 0 ? " \(min(100, 100 * done / total)) %" : ""
    let seconds = (ContinuousClock.now - start).components.seconds
    write("\r\u{1B}[K\(printable(title, limit: 60)) …\(share) \(seconds) s")
  }

  private func clear() {
    if state.withLock({ $0.isShown }) { write("\r\u{1B}[K") }
  }

  private func write(_ text: String) {
    // A terminal that is gone is no reason to stop.
    try? writeAll(Array(text.utf8), to: STDERR_FILENO, file: "standard error")
  }
}
