// How a recorded pass begins and ends: its number, its label, its graph.

internal import GradientJournal
internal import GraphModel

extension PassRecorder {
  /// Begins to record a pass from these roots; nil where the policy leaves it out.
  func begin(_ roots: [Tensor], retainsGraph: Bool, createsGraph: Bool) -> PassRecording? {
    // Once recording has ended, a pass costs no walk either.
    let isHeard = isHeard
    let graph: RecordedGraph? = withShared { shared in
      shared.isClosed = shared.isClosed || !isHeard
      return shared.isClosed ? nil : RecordedGraph(roots: roots, shared.tensors)
    }
    guard let graph, let (number, label) = number(graph, roots) else { return nil }
    let id = tellGraph(graph, roots)
    let root = roots.count == 1 && roots[0].count == 1 ? roots[0].element(at: 0).double : nil
    let isRaised = withShared { $0.isRaised }
    let measured = raises ? max(policy.detail, policy.raisedDetail) : policy.detail
    let detail = isRaised ? policy.raisedDetail : policy.detail
    tell(
      PassBeginning(
        pass: number, graph: id, step: label.step, microBatch: label.microBatch,
        phase: label.phase, detail: detail, time: now, root: root, retainsGraph: retainsGraph,
        createsGraph: createsGraph))
    if policy.forward { tellForwardResults(of: graph, pass: number) }
    if let root, !root.isFinite { tellForwardPass(roots, graph, pass: number) }
    return PassRecording(
      self, number: number, graph: graph, step: label.step, detail: detail,
      measuredDetail: measured)
  }

  /// The pass's number and label; nil where it is not recorded.
  ///
  /// Of a pass that is left out the graph is told where it leads to a leaf that none before did: else
  /// that leaf would seem to get no gradient.
  private func number(
    _ graph: RecordedGraph, _ roots: [Tensor]
  ) -> (number: UInt64, label: PassLabel)? {
    var skipped: Dropped?
    var reachesMore = false
    let begun: (UInt64, PassLabel)? = withShared { shared in
      if !shared.label.isGiven {
        // A step ends with a change of the parameters; passes before it are its micro-batches.
        if graph.hasChangedLeaf || shared.label.step < 0 {
          shared.label.step += 1
          shared.label.microBatch = 0
        } else {
          shared.label.microBatch += 1
        }
      }
      let number = shared.passes
      shared.passes += 1
      guard policy.records(step: Int(shared.label.step)) else {
        for node in graph.nodes {
          guard let variable = (node as? AccumulateGrad)?.variable else { continue }
          let known = shared.tensors.meet(variable)
          known.meet(variable)
          if let name = known.name, !shared.reached.contains(name) { reachesMore = true }
        }
        if shared.skipped == nil {
          shared.skipped = Dropped(reason: .policy, firstPass: number, lastPass: number, calls: 0)
        }
        shared.skipped!.lastPass = number
        shared.skipped!.calls += UInt64(graph.nodes.count)
        return nil
      }
      skipped = shared.skipped.take()
      return (number, shared.label)
    }
    if reachesMore { _ = tellGraph(graph, roots) }
    if let skipped { tell(skipped) }
    return begun
  }

  /// The number of the graph, which is told when it is new.
  private func tellGraph(_ graph: RecordedGraph, _ roots: [Tensor]) -> UInt32 {
    let fingerprint = graph.fingerprint
    if let known = withShared({ $0.graphs[fingerprint] }) { return known }
    nameParametersOfModules()
    let (id, names, changed) = withShared { shared in
      let id = UInt32(shared.graphs.count)
      shared.graphs[fingerprint] = id
      return (id, shared.tensors.byName, shared.tensors.changed())
    }
    for parameter in changed { tell(parameter) }
    withShared { shared in
      for case let node as AccumulateGrad in graph.nodes {
        shared.tensors.name(of: node.variable).map { _ = shared.reached.insert($0) }
      }
    }
    let json = Array(ComputationGraph(of: roots, parameters: names).json.utf8)
    tell(Graph(id: id, fingerprint: fingerprint, json: json))
    return id
  }

  /// Names the parameters of the modules that were called.
  private func nameParametersOfModules() {
    for parameters in withShared({ $0.modules.values.compactMap { $0() } }) {
      name(parameters, areGiven: false)
    }
  }

  /// Keeps what a pass held for a trigger that may come, or takes note that it came.
  func passEnded(step: Int64, held: [Event], isRaised: Bool) {
    withShared { shared in
      if isRaised { shared.isRaised = true }
      guard policy.stepsBefore > 0, !isRaised, !held.isEmpty else { return }
      if shared.held.last?.step == step {
        shared.held[shared.held.count - 1].events += held
      } else {
        shared.held.append((step, held))
      }
      while let oldest = shared.held.first, oldest.step < step - Int64(policy.stepsBefore) + 1 {
        shared.held.removeFirst()
      }
    }
  }

  /// What was held of the steps before.
  func takeHeld() -> [Event] {
    withShared { shared in
      defer { shared.held = [] }
      return shared.held.flatMap(\.events)
    }
  }
}
