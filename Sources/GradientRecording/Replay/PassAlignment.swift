// Which passes of a recording correspond to each other from step to step, and where calls are.

/// The places of calls among all calls, and which pass of one step corresponds to which of another.
///
/// Passes correspond that have one graph, phase and micro-batch, and the same place among their like
/// within their steps.
struct PassAlignment {
  /// How many calls come before each pass; and, last, how many there are.
  let firstCall: [Int]
  private let ids: [Int]
  private let keys: [Key]
  private let previous: [Int32]
  private let places: [Place: Int]

  private struct Key: Hashable {
    var session: Int
    var graph: Int
    var phase: String
    var microBatch: Int
    /// The place among passes of equal labels, graph and step.
    var occurrence: Int
  }

  private struct Place: Hashable {
    var key: Key
    var step: Int
  }

  init(_ passes: [Recording.Pass]) {
    var firstCall = [0]
    firstCall.reserveCapacity(passes.count + 1)
    var keys: [Key] = []
    keys.reserveCapacity(passes.count)
    var previous: [Int32] = []
    previous.reserveCapacity(passes.count)
    var places: [Place: Int] = [:]
    var last: [Key: Int] = [:]
    for (index, pass) in passes.enumerated() {
      firstCall.append(firstCall[index] + max(0, pass.callCount))
      var key = Key(
        session: pass.session, graph: pass.graph, phase: pass.phase, microBatch: pass.microBatch,
        occurrence: 0)
      while places[Place(key: key, step: pass.step)] != nil { key.occurrence += 1 }
      places[Place(key: key, step: pass.step)] = index
      keys.append(key)
      previous.append(Int32(last[key] ?? -1))
      last[key] = index
    }
    self.firstCall = firstCall
    self.keys = keys
    self.previous = previous
    self.places = places
    ids = passes.map(\.id)
  }

  /// The pass that corresponds in the step before; nil where there is none.
  func before(_ index: Int) -> Int? { previous[index] < 0 ? nil : Int(previous[index]) }

  /// The pass that corresponds in a step; nil where there is none.
  func corresponding(to index: Int, inStep step: Int) -> Int? {
    places[Place(key: keys[index], step: step)]
  }

  /// The place of a pass, by its number.
  func index(ofPass id: Int) -> Int? {
    let index = Self.partition(ids) { $0 >= id }
    return index < ids.count && ids[index] == id ? index : nil
  }

  /// The place of the first pass whose number is not below `id`.
  func firstIndex(atOrAfterPass id: Int) -> Int { Self.partition(ids) { $0 >= id } }

  /// The place of the pass that a call is in, by its place among all calls.
  func passIndex(ofCall call: Int) -> Int { Self.partition(firstCall) { $0 > call } - 1 }

  /// The first place from which on all elements are `late`.
  private static func partition(_ sorted: [Int], _ late: (Int) -> Bool) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if late(sorted[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
