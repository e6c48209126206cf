// One backward pass that is recorded: what the engine calls before and after each node.

internal import GradientJournal
internal import GraphModel

/// Tells what happens in one backward pass.
final class PassRecording {
  private let recorder: PassRecorder
  private let number: UInt64
  @exclusivity(unchecked) private var graph: RecordedGraph
  private let step: Int64
  /// How much is told now; a trigger raises it.
  private var detail: Detail
  /// How much is measured: what is beyond `detail` is held for a trigger.
  private let measuredDetail: Detail
  private var held: [Event] = []
  @exclusivity(unchecked) private var order: UInt32 = 0
  /// When the node that runs now began.
  private var start: Int64 = 0
  @exclusivity(unchecked) private var arrivals: Arrivals
  /// The gradients that the node which runs now takes, and what was measured of them.
  @exclusivity(unchecked) private var taken: [Taken] = []
  /// The memory and order of the gradient that a leaf takes, and what was measured of it.
  private var takenByLeaf: (storage: ObjectIdentifier, strides: Dims, measured: MeasuredTensor)?
  /// Whether the leaf had a gradient before, to which that is added.
  private var hadGradient = false
  /// What was measured of the gradients that the node hands on, by input.
  @exclusivity(unchecked) private var given: [MeasuredTensor?] = []
  private var witnesses = 0
  /// The tensors that nodes saved and that have been told, each by its place here.
  private var saved: [Tensor] = []

  /// So many offending elements a pass are looked at closely.
  private static let mostWitnesses = 8
  /// Where more edges than this meet, their gradients are not kept to be compared with the sum.
  private static let mostKept = 16

  private struct Taken {
    var gradient: Tensor
    var measured: MeasuredTensor
  }

  init(
    _ recorder: PassRecorder, number: UInt64, graph: RecordedGraph, step: Int64, detail: Detail,
    measuredDetail: Detail
  ) {
    self.recorder = recorder
    self.number = number
    self.graph = graph
    self.step = step
    self.detail = detail
    self.measuredDetail = measuredDetail
    arrivals = Arrivals(nodeCount: graph.nodes.count)
  }

  // MARK: What the engine calls

  /// A gradient is about to arrive at an output of a node, from the node that ran last or a root.
  func arriving(_ gradient: Tensor, from input: Int?, at node: Node, _ output: Int) {
    guard let id = graph.id(of: node) else { return }
    let place = Arrivals.Place(node: id, output: output)
    let measured = input.flatMap { $0 < given.count ? given[$0] : nil }
    guard measuredDetail >= .statistics else {
      arrivals.add(Share(from: nil, norm: .nan, gradient: nil), measured, at: place)
      return
    }
    // Those that are still to come, this one among them.
    let expected = node.dependencies
    let known = arrivals.count(at: place)
    if known == 1, expected == 1, let first = node.arrived(output) {
      arrivals.setProduct(dot(of: first, gradient), at: place)
    }
    let isKept = expected + known > 2 && expected + known <= Self.mostKept
    arrivals.add(
      Share(
        from: input.map { Contribution.Source(order: order - 1, input: UInt32($0)) },
        norm: measured?.statistics.norm ?? .nan, gradient: isKept ? gradient : nil),
      measured, at: place)
  }

  /// A node is about to run on these gradients.
  func willRun(_ node: Node, _ gradients: borrowing Gradients) {
    guard let id = graph.id(of: node) else { return }
    start = recorder.now
    // Told before it runs, so that what a crash interrupted is there.
    recorder.tell(Call(pass: number, order: order, node: UInt32(id), start: start, end: -1))
    let accumulator = node as? AccumulateGrad
    for output in 0..<node.outputCount {
      guard let gradient = gradients[output] else { continue }
      let arrival = arrivals.take(at: Arrivals.Place(node: id, output: output))
      // Hooks may have put something else in its place.
      let known = node.hooks == nil ? arrival?.measured : nil
      let measured = known ?? measure(gradient)
      if accumulator != nil {
        // Held here as well, the leaf could not keep it without a copy.
        takenByLeaf = (ObjectIdentifier(gradient.storage), gradient.strides, measured)
      } else {
        taken.append(Taken(gradient: gradient, measured: measured))
      }
      tell(.gradOutput, output, gradient, measured, node)
      if let arrival, !arrival.others.isEmpty {
        tell(arrival, output, gradient, measured.statistics)
      }
    }
    if let accumulator { tellBefore(accumulator) }
    if measuredDetail >= .everything { tellState(of: node, id) }
  }

  /// A node has run, and hands on these gradients.
  func didRun(_ node: Node, _ results: borrowing Gradients) {
    guard let id = graph.id(of: node) else { return }
    let end = recorder.now
    while !given.isEmpty { given.removeLast() }
    for input in 0..<node.edgeCount {
      guard node.edge(input).node != nil, let gradient = results[input] else {
        given.append(nil)
        continue
      }
      let measured = measuredOfResult(gradient)
      given.append(measured)
      tell(.gradInput, input, gradient, measured, node)
      if measured.statistics.nonFiniteCount > 0 { lookAt(node, gradient, input) }
    }
    if let accumulator = node as? AccumulateGrad { tellAfter(accumulator) }
    recorder.tell(Call(pass: number, order: order, node: UInt32(id), start: start, end: end))
    while !taken.isEmpty { taken.removeLast() }
    order += 1
  }

  /// The pass is over.
  func ended(_ error: AutogradError?) {
    recorder.tell(PassEnd(pass: number, time: recorder.now, failure: error.map { "\($0)" }))
    recorder.passEnded(step: step, held: held, isRaised: detail > recorder.policy.detail)
  }

  // MARK: Measuring

  private func measure(_ tensor: Tensor) -> MeasuredTensor {
    MeasuredTensor(tensor, healthOnly: measuredDetail < .statistics)
  }

  /// What a gradient that the node made holds: what it took, where it hands that on.
  private func measuredOfResult(_ gradient: Tensor) -> MeasuredTensor {
    for one in taken {
      if let measured = MeasuredTensor(gradient, as: one.gradient, one.measured) { return measured }
    }
    return measure(gradient)
  }

  private func tell(
    _ role: Role, _ slot: Int, _ tensor: Tensor, _ measured: MeasuredTensor, _ node: Node
  ) {
    recorder.tell(
      Measurement(
        pass: number, order: order, role: role, slot: UInt32(slot), dtype: tensor.dtype.name,
        shape: Shape(tensor.sizes), statistics: measured.statistics,
        histogram: detail >= .histograms ? tensor.exponentHistogram() : nil))
    if recorder.raises { watch(tensor, measured.statistics) }
    guard measuredDetail >= .values, recorder.policy.chooses(names(of: node)) else { return }
    tellInDetail(Value(number, order, role, slot, tensor), .values)
  }

  /// Tells what belongs to a level of detail, or holds it for a trigger.
  private func tellInDetail(_ content: some EventContent, _ level: Detail) {
    if detail >= level { recorder.tell(content) } else { held.append(content.event) }
  }

  /// Raises the detail where a trigger says so.
  private func watch(_ tensor: Tensor, _ statistics: Statistics) {
    let policy = recorder.policy
    guard detail < policy.raisedDetail else { return }
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
    for event in recorder.takeHeld() + held { recorder.tell(event.content) }
    held = []
  }

  private func names(of node: Node) -> [String] {
    var names = [node.name]
    if let scope = node.scope { names.append(scope.path) }
    if let accumulator = node as? AccumulateGrad,
      let name = recorder.withShared({ $0.tensors.name(of: accumulator.variable) })
    {
      names.append(name)
    }
    return names
  }

  // MARK: Shares

  private func tell(
    _ arrival: Arrival, _ output: Int, _ sum: Tensor, _ statistics: Statistics
  ) {
    for share in CollectionOfOne(arrival.first) + arrival.others {
      let product: Double
      if let gradient = share.gradient {
        product = dot(of: gradient, sum)
      } else if arrival.others.count == 1 {
        product = share.norm * share.norm + arrival.product
      } else {
        product = .nan
      }
      recorder.tell(
        Contribution(
          pass: number, order: order, output: UInt32(output), from: share.from, norm: share.norm,
          cosine: product / (share.norm * statistics.norm)))
    }
  }

  // MARK: Leaves

  private func tellBefore(_ accumulator: AccumulateGrad) {
    let variable = accumulator.variable
    hadGradient = variable.gradStorage != nil
    guard let gradient = variable.gradStorage else { return }
    let known = recorder.withShared { $0.tensors.knowledge(of: gradient)?.measured(gradient) }
    tell(.gradBefore, 0, gradient, known ?? measure(gradient), accumulator)
  }

  private func tellAfter(_ accumulator: AccumulateGrad) {
    let variable = accumulator.variable
    guard let gradient = variable.gradStorage else { return }
    var ofGradient: MeasuredTensor?
    if let taken = takenByLeaf.take(), taken.storage == ObjectIdentifier(gradient.storage),
      taken.strides == gradient.strides, !hadGradient
    {
      ofGradient = taken.measured
    }
    let after = ofGradient ?? measure(gradient)
    // It is a parameter's norm that is wanted, of which its health would cost as much.
    let tellsParameter = measuredDetail >= .statistics
    var own: MeasuredTensor?
    if tellsParameter {
      own = recorder.withShared { $0.tensors.knowledge(of: variable)?.measured(variable) }
      if own == nil { own = measure(variable) }
    }
    recorder.withShared { shared in
      shared.tensors.meet(gradient).meet(gradient, after)
      shared.tensors.meet(variable).meet(
        variable, own, measuresNextStep: tellsParameter && recorder.mayRecordNextStep)
    }
    tell(.gradAfter, 0, gradient, after, accumulator)
    if let own { tell(.parameter, 0, variable, own, accumulator) }
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
      tellInDetail(Value(number, 0, .saved, slot, saved[slot]), .everything)
    }
    tellInDetail(
      NodeFields(pass: number, node: UInt32(id), fields: fields, refusal: refusal), .everything)
  }

  /// Tells what a node worked on, where it made what is not finite from what is.
  private func lookAt(_ node: Node, _ gradient: Tensor, _ input: Int) {
    guard witnesses < Self.mostWitnesses,
      taken.allSatisfy({ $0.measured.statistics.nonFiniteCount == 0 }),
      let (index, value) = gradient.firstNonFinite
    else { return }
    witnesses += 1
    recorder.tell(
      Witness(
        pass: number, order: order, input: UInt32(input), index: index, value: value,
        operands: WitnessOperands.of(node, taken.map(\.gradient), index)))
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
