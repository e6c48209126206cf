// Threads with a stack of a given size.
import Foundation

/// Runs `body` on a thread of its own, with a small stack unless said, and waits for it.
func inNewThread(stackSize: Int = 512 << 10, _ body: @escaping () -> Void) {
  nonisolated(unsafe) let body = body
  let done = DispatchSemaphore(value: 0)
  let thread = Thread {
    body()
    done.signal()
  }
  thread.stackSize = stackSize
  thread.start()
  done.wait()
}
