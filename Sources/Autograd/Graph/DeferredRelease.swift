// Freeing long graphs without recursion.
//
// A node holds the nodes after it, so freeing the first of a chain would free the whole chain from
// within each other's deinit, one stack frame deeper a node. Instead, nodes let go of each other
// through `release`: a few levels are freed at once, deeper ones wait in a list that the outermost
// release empties.

internal import CThreadState

enum DeferredRelease {
  private static let maxDepth: Int32 = 64

  /// Nodes that wait to be freed on this thread.
  private final class Pending {
    var nodes: [Node] = []
  }

  /// Gives up the caller's reference to `node`, without deepening the stack beyond a bound.
  @inline(__always)
  static func release(_ node: consuming Node) {
    let state = ats_current()
    if state.pointee.release_depth < maxDepth {
      state.pointee.release_depth += 1
      drop(node)
      state.pointee.release_depth -= 1
      if state.pointee.release_depth == 0, state.pointee.pending_releases != nil { drain(state) }
    } else {
      postpone(node, state)
    }
  }

  /// The one place where the last reference goes away.
  @inline(never)
  private static func drop(_ node: consuming Node) {
    _ = consume node
  }

  private static func postpone(_ node: Node, _ state: UnsafeMutablePointer<ats_state>) {
    let pending: Pending
    if let existing = state.pointee.pending_releases {
      pending = Unmanaged<Pending>.fromOpaque(existing).takeUnretainedValue()
    } else {
      pending = Pending()
      state.pointee.pending_releases = Unmanaged.passRetained(pending).toOpaque()
    }
    pending.nodes.append(node)
  }

  private static func drain(_ state: UnsafeMutablePointer<ats_state>) {
    let pending = Unmanaged<Pending>.fromOpaque(state.pointee.pending_releases!)
      .takeRetainedValue()
    // While the list is being emptied, what it frees is freed one level down and adds to it.
    state.pointee.release_depth = 1
    while let node = pending.nodes.popLast() {
      state.pointee.release_depth = 1
      drop(node)
    }
    state.pointee.release_depth = 0
    state.pointee.pending_releases = nil
  }
}
