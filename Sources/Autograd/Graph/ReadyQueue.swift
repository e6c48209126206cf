// The nodes whose gradients are complete, in the order in which PyTorch runs them.

/// A heap by descending sequence number.
///
/// Nodes of equal number, the accumulators, come out in the order in which a C++ standard
/// library's `push_heap` and `pop_heap` bring them out, because PyTorch's queue is built on those:
/// sift the hole down to a leaf along the greater children (the right one of equals), then up.
struct ReadyQueue {
  /// The only node, while there is but one: a chain needs no heap.
  private var only: Node?
  private var heap: [Node] = []

  @inline(__always)
  mutating func push(_ node: Node) {
    if heap.isEmpty {
      guard let other = only else {
        only = node
        return
      }
      only = nil
      heap.append(other)
    }
    heap.append(node)
    siftUp(from: heap.count - 1, to: 0, node)
  }

  @inline(__always)
  mutating func pop() -> Node? {
    if let node = only {
      only = nil
      return node
    }
    return heap.isEmpty ? nil : popFromHeap()
  }

  private mutating func popFromHeap() -> Node? {
    guard let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return last }
    let top = heap[0]
    var hole = 0
    let count = heap.count
    var child = 2
    while child < count {
      if heap[child].sequenceNumber < heap[child - 1].sequenceNumber { child -= 1 }
      heap[hole] = heap[child]
      hole = child
      child = 2 * child + 2
    }
    if child == count {
      heap[hole] = heap[child - 1]
      hole = child - 1
    }
    siftUp(from: hole, to: 0, last)
    return top
  }

  private mutating func siftUp(from start: Int, to top: Int, _ node: Node) {
    var hole = start
    while hole > top {
      let parent = (hole - 1) / 2
      guard heap[parent].sequenceNumber < node.sequenceNumber else { break }
      heap[hole] = heap[parent]
      hole = parent
    }
    heap[hole] = node
  }
}
