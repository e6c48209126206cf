// What the results of the forward pass held: as they are made, and of a pass whose root is not finite.

internal import CThreadState
internal import GradientJournal
internal import GraphModel

extension Node {
  /// Tells what a forward output holds.
  func recordForward(_ output: Int, _ tensor: Tensor) {
    guard let recorder = PassRecorder.current(in: ats_current()) else { return }
    let statistics = tensor.statistics(healthOnly: recorder.policy.detail < .statistics)
    let result = ForwardResult(
      sequence: sequenceNumber, node: nil, pass: nil, name: name, scope: scope?.path,
      output: UInt32(output), dtype: tensor.dtype.name, shape: tensor.shape,
      statistics: statistics, time: recorder.now)
    recorder.withShared { $0.forward[sequenceNumber, default: []].append(result) }
    recorder.tell(result)
  }
}

extension PassRecorder {
  /// Tells which nodes of the graph made the results that were told of.
  func tellForwardResults(of graph: RecordedGraph, pass: UInt64) {
    let results: [ForwardResult] = withShared { shared in
      guard !shared.forward.isEmpty else { return [] }
      var results: [ForwardResult] = []
      for (id, node) in graph.nodes.enumerated() where node.sequenceNumber != Node.firstOfAll {
        for var result in shared.forward.removeValue(forKey: node.sequenceNumber) ?? [] {
          result.node = UInt32(id)
          result.pass = pass
          results.append(result)
        }
      }
      // What leads to no root will not be asked for.
      shared.forward.removeAll(keepingCapacity: true)
      return results
    }
    for result in results { tell(result) }
  }

  /// So many passes of a recording tell what their forward pass left behind: a training that stays
  /// NaN goes on for thousands of steps, and only the first is asked about.
  static let mostForwardScans = 8

  /// Tells what the forward pass left behind, for finding where it stopped being finite: what all
  /// tensors of the graph hold, what the first nodes with such a result worked on, and where given
  /// tensors are not finite.
  func tellForwardPass(_ roots: [Tensor], _ graph: RecordedGraph, pass: UInt64) {
    let isAmongFirst = withShared { shared in
      shared.forwardScans += 1
      return shared.forwardScans <= Self.mostForwardScans
    }
    guard isAmongFirst else {
      return tell(Dropped(reason: .forward, firstPass: pass, lastPass: pass, calls: 0))
    }
    let (exported, tensors) = ComputationGraph.withTensors(of: roots)
    var isFinite = [Bool?](repeating: nil, count: graph.nodes.count)
    var areFinite: [Bool] = []
    var results: [Int: Tensor] = [:]
    for (id, tensor) in tensors.enumerated() {
      let statistics = tensor.statistics(healthOnly: false)
      tell(
        Measurement(
          pass: pass, order: 0, role: .saved, slot: UInt32(id), dtype: tensor.dtype.name,
          shape: Shape(tensor.sizes), statistics: statistics))
      areFinite.append(statistics.nonFiniteCount == 0)
      guard let edge = exported.tensors[id].gradFn else { continue }
      isFinite[edge.node] = (isFinite[edge.node] ?? true) && areFinite[id]
      results[edge.node] = tensor
    }
    // What a node saved of its own result has no history there.
    for node in exported.nodes {
      guard case .tensor(let id?)? = node.saved["result"] ?? node.saved["result0"] else { continue }
      isFinite[node.id] = (isFinite[node.id] ?? true) && areFinite[id]
      results[node.id] = tensors[id]
    }
    for node in exported.nodes where isFinite[node.id] == nil {
      guard let result = graph.nodes[node.id].recomputedResult(),
        result.firstNonFinite != nil
      else { continue }
      isFinite[node.id] = false
      results[node.id] = result
    }
    let made = Set(
      exported.nodes.flatMap {
        $0.saved.filter { $0.key.hasPrefix("result") }.values.flatMap(\.ids)
      })
    let given = tensors.indices.filter {
      !areFinite[$0] && exported.tensors[$0].gradFn == nil && !made.contains($0)
    }
    for id in given.prefix(16) {
      guard let (index, value) = tensors[id].firstNonFinite else { continue }
      tell(
        Witness(
          pass: pass, order: Witness.givenOrder, input: UInt32(id), index: index, value: value,
          operands: []))
    }
    let offending = exported.nodes.filter { isFinite[$0.id] == false }
      .sorted { $0.sequence ?? -1 < $1.sequence ?? -1 }
    for node in offending.prefix(4) {
      guard let result = results[node.id], let (index, value) = result.firstNonFinite else {
        continue
      }
      tell(
        Witness(
          pass: pass, order: Witness.forwardOrder, input: UInt32(node.id), index: index,
          value: value, operands: WitnessOperands.saved(by: graph.nodes[node.id], index)))
    }
  }
}

/// What a node worked on at one element.
enum WitnessOperands {
  /// The gradients that a node took, and what it saved.
  static func of(_ node: Node, _ gradients: [Tensor], _ index: [Int]) -> [Witness.Operand] {
    gradients.enumerated().map { i, gradient in
      operand(gradients.count == 1 ? "grad" : "grad\(i)", gradient, index)
    } + saved(by: node, index)
  }

  /// What a node saved.
  static func saved(by node: Node, _ index: [Int]) -> [Witness.Operand] {
    let unpacked = node.unpackedForExport()
    return type(of: node).savedNames.enumerated().compactMap { slot, name in
      let saved = node.savedTensor(slot)
      guard
        let tensor = unpacked[slot] ?? saved.stored
          ?? saved.storedScalar.map({ Operand.scalar($0).asTensor() })
      else { return nil }
      return operand(name, tensor, index)
    }
  }

  private static func operand(
    _ name: String, _ tensor: Tensor, _ index: [Int]
  ) -> Witness.Operand {
    Witness.Operand(
      name: name, value: tensor.element(broadcastAt: index),
      statistics: tensor.statistics(healthOnly: false), shape: tensor.shape)
  }
}

extension Tensor {
  /// The element that meets the one at `index` of a tensor that this one is broadcast with; nil
  /// where the shapes do not fit.
  fileprivate func element(broadcastAt index: [Int]) -> Double? {
    guard dim <= index.count else { return nil }
    var place = 0
    for (d, i) in zip(sizes.indices, index.suffix(dim)) {
      guard sizes[d] == 1 || i < sizes[d] else { return nil }
      if sizes[d] > 1 { place += i * strides[d] }
    }
    guard count > 0 else { return nil }
    return noGrad {
      Tensor(
        sharing: storage, sizes: Dims(), strides: Dims(), offset: offset + place, dtype: dtype
      ).item()
    }
  }
}
