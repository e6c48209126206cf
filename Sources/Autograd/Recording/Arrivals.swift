// What has come to the forward outputs of nodes that have not run yet.

internal import GradientJournal

/// A gradient that came to an output, as one of several or alone.
struct Share {
  var from: Contribution.Source?
  var norm: Double
  /// Kept where more than two meet.
  var gradient: Tensor?
}

/// What has come to one output.
struct Arrival {
  var first: Share
  var others: [Share] = []
  /// What was measured of the only share.
  var measured: MeasuredTensor?
  /// The product of the first two shares, where there are no more.
  var product = 0.0
}

/// The arrivals at all outputs of a graph.
///
/// A node whose first output has none under way takes four bytes.
struct Arrivals {
  /// An output of a node.
  struct Place: Hashable {
    var node: Int
    var output: Int
  }

  /// Where the arrival at each node's first output is, plus one; 0 for none.
  private var slots: [UInt32]
  /// The same of outputs after the first.
  private var others: [Place: UInt32] = [:]
  private var arrivals: [Arrival?] = []
  private var free: [UInt32] = []

  init(nodeCount: Int) { slots = [UInt32](repeating: 0, count: nodeCount) }

  @inline(__always)
  private func slot(_ place: Place) -> Int {
    Int(place.output == 0 ? slots[place.node] : others[place] ?? 0)
  }

  private mutating func setSlot(_ slot: UInt32, _ place: Place) {
    if place.output == 0 { slots[place.node] = slot } else { others[place] = slot }
  }

  /// How many shares have come to an output.
  func count(at place: Place) -> Int {
    let slot = slot(place)
    return slot == 0 ? 0 : 1 + arrivals[slot - 1]!.others.count
  }

  /// Adds a share; what was measured of it stands for all while it is the only one.
  mutating func add(_ share: Share, _ measured: MeasuredTensor?, at place: Place) {
    let slot = slot(place)
    if slot != 0 {
      arrivals[slot - 1]!.others.append(share)
      arrivals[slot - 1]!.measured = nil
      return
    }
    let arrival = Arrival(first: share, measured: measured)
    if let slot = free.popLast() {
      arrivals[Int(slot) - 1] = arrival
      setSlot(slot, place)
    } else {
      arrivals.append(arrival)
      setSlot(UInt32(arrivals.count), place)
    }
  }

  mutating func setProduct(_ product: Double, at place: Place) {
    let slot = slot(place)
    if slot != 0 { arrivals[slot - 1]!.product = product }
  }

  /// Takes out what has come to an output; nil where nothing has.
  mutating func take(at place: Place) -> Arrival? {
    let slot = slot(place)
    guard slot != 0 else { return nil }
    setSlot(0, place)
    free.append(UInt32(slot))
    return arrivals[slot - 1].take()
  }
}
