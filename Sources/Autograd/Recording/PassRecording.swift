// One backward pass that is recorded: what the engine calls before and after each node.

internal import GradientJournal
internal import GraphModel

/// Tells what happens in one backward pass.
final class PassRecording {
  private let recorder: PassRecorder
  private let number: UInt64
  private let graph: RecordedGraph
  private let step: Int64
  /// How much is told now; a trigger raises it.
  private var detail: Detail
  /// How much is measured: what is beyond `detail` is held for a trigger.
  private let measured: Detail
  private var held: [Event] = []
  private var order: UInt32 = 0
  /// When the node that runs now began.
  private var start: Int64 = 0
  private var arrivals: [Int: Arrival] = [:]
  /// What was measured of the gradients that the node which runs now takes.
  private var taken: [Measured] = []
  /// The memory and order of the gradient that a leaf takes, and what was measured of it.
  private var takenByLeaf: (storage: ObjectIdentifier, strides: Dims, statistics: Statistics)?
  /// Whether the leaf had a gradient before, to which that is added.
  private var hadGradient = false
  /// What was measured of the gradients that the node hands on, by input.
  private var given: [Statistics?] = []
  private var witnesses = 0
  /// The tensors that nodes saved and that have been told, each by its place here.
  private var saved: [Tensor] = []

  /// So many offending elements a pass are looked at closely.
  private static let mostWitnesses = 8
  /// Where more edges than this meet, their gradients are not kept to be compared with the sum.
  private static let mostKept = 16

  /// What has come to one output of a node that has not run.
  private struct Arrival {
    var shares: [Share] = []
    /// What was measured of the only share.
    var statistics: Statistics?
    /// The product of the first two shares, where there are no more.
    var product = 0.0
  }

  private struct Share {
    var from: Contribution.Source?
    var norm: Double
    /// Kept where more than two meet.
    var gradient: Tensor?
  }

  private struct Measured {
    var gradient: Tensor
    var statistics: Statistics
  }

  init(
    _ recorder: PassRecorder, number: UInt64, graph: RecordedGraph, step: Int64, detail: Detail,
    measured: Detail
  ) {
    self.recorder = recorder
    self.number = number
    self.graph = graph
    self.step = step
    self.detail = detail
    self.measured = measured
  }

  // MARK: What the engine calls

  /// A gradient is about to arrive at an output of a node, from the node that ran last or a root.
  func arriving(_ gradient: Tensor, from input: Int?, at node: Node, _ output: Int) {
    guard let id = graph.id(of: node) else { return }
    let key = id << 24 | output
    var arrival = arrivals[key] ?? Arrival()
    let statistics: Statistics?
    if let input, input < given.count { statistics = given[input] } else { statistics = nil }
    arrival.statistics = arrival.shares.isEmpty ? statistics : nil
    if measured >= .statistics {
      let expected = node.dependencies
      if arrival.shares.count == 1, expected == 1, let first = node.arrived(output) {
        arrival.product = dot(of: first, gradient)
      }
      let isKept =
        expected + arrival.shares.count > 2 && expected + arrival.shares.count <= Self.mostKept
      arrival.shares.append(
        Share(
          from: input.map { Contribution.Source(order: order - 1, input: UInt32($0)) },
          norm: statistics?.norm ?? .nan, gradient: isKept ? gradient : nil))
    } else {
      arrival.shares.append(Share(from: nil, norm: .nan, gradient: nil))
    }
    arrivals[key] = arrival
  }

  /// A node is about to run on these gradients.
  func willRun(_ node: Node, _ gradients: borrowing Gradients) {
    guard let id = graph.id(of: node) else { return }
    start = recorder.now
    // Told before it runs, so that what a crash interrupted is there.
    recorder.tell(
      .called(Call(pass: number, order: order, node: UInt32(id), start: start, end: -1)))
    taken.removeAll(keepingCapacity: true)
    for output in 0..<node.outputCount {
      guard let gradient = gradients[output] else { continue }
      let arrival = arrivals.removeValue(forKey: id << 24 | output)
      // Hooks may have put something else in its place.
      let known = node.hooks == nil ? arrival?.statistics : nil
      let statistics = known ?? gradient.statistics(healthOnly: measured < .statistics)
      if node is AccumulateGrad {
        // Held here as well, the leaf could not keep it without a copy.
        takenByLeaf = (ObjectIdentifier(gradient.storage), gradient.strides, statistics)
      } else {
        taken.append(Measured(gradient: gradient, statistics: statistics))
      }
      tell(.gradOutput, output, gradient, statistics, node)
      if let arrival, arrival.shares.count > 1 { tell(arrival, output, gradient, statistics) }
    }
    if let accumulator = node as? AccumulateGrad { tellBefore(accumulator) }
    if measured >= .everything { tellState(of: node, id) }
  }

  /// A node has run, and hands on these gradients.
  func didRun(_ node: Node, _ results: borrowing Gradients) {
    guard let id = graph.id(of: node) else { return }
    let end = recorder.now
    given.removeAll(keepingCapacity: true)
    for input in 0..<node.edgeCount {
      guard node.edge(input).node != nil, let gradient = results[input] else {
        given.append(nil)
        continue
      }
      let statistics = statistics(of: gradient)
      given.append(statistics)
      tell(.gradInput, input, gradient, statistics, node)
      if statistics.nonFiniteCount > 0 { lookAt(node, gradient, input) }
    }
    if let accumulator = node as? AccumulateGrad { tellAfter(accumulator) }
    recorder.tell(
      .called(Call(pass: number, order: order, node: UInt32(id), start: start, end: end)))
    taken.removeAll(keepingCapacity: true)
    order += 1
  }

  /// The pass is over.
  func ended(_ error: AutogradError?) {
    recorder.tell(
      .passEnded(PassEnd(pass: number, time: recorder.now, failure: error.map { "\($0)" })))
    recorder.passEnded(step: step, held: held, isRaised: detail > recorder.policy.detail)
  }

  // MARK: Measuring

  /// What a gradient that the node made holds: what it took, where it hands that on.
  private func statistics(of gradient: Tensor) -> Statistics {
    for one in taken
    where one.gradient === gradient
      || (one.gradient.storage === gradient.storage && one.gradient.offset == gradient.offset
        && one.gradient.sizes == gradient.sizes && one.gradient.strides == gradient.strides)
    {
      return one.statistics
    }
    return gradient.statistics(healthOnly: measured < .statistics)
  }

  private func tell(
    _ role: Role, _ slot: Int, _ tensor: Tensor, _ statistics: Statistics, _ node: Node
  ) {
    recorder.tell(
      .measured(
        Measurement(
          pass: number, order: order, role: role, slot: UInt32(slot), dtype: tensor.dtype.name,
          shape: tensor.shape, statistics: statistics,
          histogram: detail >= .histograms ? tensor.exponentHistogram() : nil)))
    watch(tensor, statistics)
    guard measured >= .values, recorder.policy.chooses(names(of: node)) else { return }
    tellInDetail(.value(Value(number, order, role, slot, tensor)), .values)
  }

  /// Tells what belongs to a level of detail, or holds it for a trigger.
  private func tellInDetail(_ event: Event, _ level: Detail) {
    if detail >= level { recorder.tell(event) } else { held.append(event) }
  }

  /// Raises the detail where a trigger says so.
  private func watch(_ tensor: Tensor, _ statistics: Statistics) {
    let policy = recorder.policy
    guard detail < policy.raisedDetail else { return }
    guard !policy.triggers.isEmpty || recorder.predicate != nil else { return }
    let isRaised =
      policy.triggers.contains { trigger in
        switch trigger {
        case .nonFinite: statistics.nonFiniteCount > 0
        case .nan: statistics.nanCount > 0
        case .norm(let bound): statistics.norm > bound
        }
      } || recorder.predicate?(tensor) == true
    guard isRaised else { return }
    detail = policy.raisedDetail
    for event in recorder.takeHeld() + held { recorder.tell(event) }
    held = []
  }

  private func names(of node: Node) -> [String] {
    var names = [node.name]
    if let scope = node.scope { names.append(scope.path) }
    if let accumulator = node as? AccumulateGrad,
      let name = recorder.withShared({ $0.names.name(of: accumulator.variable) })
    {
      names.append(name)
    }
    return names
  }

  // MARK: Shares

  private func tell(
    _ arrival: Arrival, _ output: Int, _ sum: Tensor, _ statistics: Statistics
  ) {
    for share in arrival.shares {
      let product: Double
      if let gradient = share.gradient {
        product = dot(of: gradient, sum)
      } else if arrival.shares.count == 2 {
        product = share.norm * share.norm + arrival.product
      } else {
        product = .nan
      }
      recorder.tell(
        .contributed(
          Contribution(
            pass: number, order: order, output: UInt32(output), from: share.from,
            norm: share.norm, cosine: product / (share.norm * statistics.norm))))
    }
  }

  // MARK: Leaves

  private func tellBefore(_ accumulator: AccumulateGrad) {
    let leaf = accumulator.variable
    hadGradient = leaf.gradStorage != nil
    guard let gradient = leaf.gradStorage else { return }
    tell(.gradBefore, 0, gradient, cached(gradient), accumulator)
  }

  private func tellAfter(_ accumulator: AccumulateGrad) {
    let leaf = accumulator.variable
    guard let gradient = leaf.gradStorage else { return }
    var statistics: Statistics?
    if let taken = takenByLeaf.take(), taken.storage == ObjectIdentifier(gradient.storage),
      taken.strides == gradient.strides, !hadGradient
    {
      statistics = taken.statistics
      recorder.withShared { $0.leaves.note(taken.statistics, of: gradient) }
    }
    tell(.gradAfter, 0, gradient, statistics ?? cached(gradient), accumulator)
    tell(.parameter, 0, leaf, cached(leaf), accumulator)
  }

  private func cached(_ tensor: Tensor) -> Statistics {
    if let known = recorder.withShared({ $0.leaves.statistics(of: tensor) }) { return known }
    let statistics = tensor.statistics(healthOnly: measured < .statistics)
    recorder.withShared { $0.leaves.note(statistics, of: tensor) }
    return statistics
  }

  // MARK: What explains

  /// Tells what a node needs to run again: what it is made of, and the tensors that it saved.
  private func tellState(of node: Node, _ id: Int) {
    var fields: String?
    var refusal: String?
    let known = saved.count
    do throws(NodeArchiveError) {
      fields = try NodeArchive(of: node, tensors: &saved).text
    } catch {
      refusal = error.message
    }
    for slot in known..<saved.count {
      tellInDetail(.value(Value(number, 0, .saved, slot, saved[slot])), .everything)
    }
    tellInDetail(
      .fields(NodeFields(pass: number, node: UInt32(id), fields: fields, refusal: refusal)),
      .everything)
  }

  /// Tells what a node worked on, where it made what is not finite from what is.
  private func lookAt(_ node: Node, _ gradient: Tensor, _ input: Int) {
    guard witnesses < Self.mostWitnesses,
      taken.allSatisfy({ $0.statistics.nonFiniteCount == 0 }),
      let (index, value) = gradient.firstNonFinite
    else { return }
    witnesses += 1
    recorder.tell(
      .witness(
        Witness(
          pass: number, order: order, input: UInt32(input), index: index, value: value,
          operands: WitnessOperands.of(node, taken.map(\.gradient), index))))
  }
}

extension Value {
  /// A tensor's elements as they lie in memory.
  init(_ pass: UInt64, _ order: UInt32, _ role: Role, _ slot: Int, _ tensor: Tensor) {
    let dense = tensor.isDense ? tensor : tensor.clone(contiguous: true)
    let count = dense.count * dense.dtype.itemSize
    let bytes = withExtendedLifetime(dense) {
      [UInt8](UnsafeRawBufferPointer(start: dense.pointer, count: count))
    }
    self.init(
      pass: pass, order: order, role: role, slot: UInt32(slot), dtype: tensor.dtype.name,
      shape: tensor.shape, strides: dense.strides.array, bytes: bytes)
  }
}
