// Where a history ends: what would have led on to a parameter was cut off there.

internal import CThreadState
internal import GradientJournal
internal import GraphModel

extension Tensor {
  /// Notes that `operation` makes of this tensor what can have no gradient: integers, truth, numbers.
  @inline(__always)
  func endsHistory(_ operation: @autoclosure () -> String) {
    PassRecorder.noteCut(.notDifferentiable, operation(), self)
  }
}

extension PassRecorder {
  /// Notes that `operation` gave a result without the history of `tensor`, if somebody records.
  @inline(__always)
  static func noteCut(_ kind: Cut.Kind, _ operation: @autoclosure () -> String, _ tensor: Tensor) {
    let state = ats_current()
    guard UInt32(state.pointee.notes) & ATS_RECORD.rawValue != 0,
      state.pointee.running_passes == 0, tensor.requiresGrad
    else { return }
    current(in: state)?.tellCut(kind, operation(), tensor)
  }

  private func tellCut(_ kind: Cut.Kind, _ operation: String, _ tensor: Tensor) {
    // Asked for its node, such a view would stop the program.
    guard !tensor.hasInvalidHistory else { return }
    let origin = policy.capturesSource ? CallOrigin.capture() : nil
    let cut: Cut? = withShared { shared in
      let node = tensor.gradFn?.name
      let leaf = shared.tensors.name(of: tensor)
      let scope = ModuleScope.current?.path
      guard
        shared.cutsSeen.insert(
          CutPlace(kind: kind, operation: operation, node: node, leaf: leaf, origin: origin)
        ).inserted
      else { return nil }
      let place = origin?.location
      let lost = leaf ?? tensor.gradFn.flatMap { namesOfLeaves(behind: $0, shared.tensors) }
      return Cut(
        kind: kind, operation: operation, node: node, leaf: lost, scope: scope, file: place?.file,
        line: place?.line, passes: shared.passes)
    }
    if let cut { tell(cut) }
  }

  /// The names of the leaves that a node's gradient would reach, separated by `, `; nil where none of
  /// those that are soon found has one.
  private func namesOfLeaves(behind node: Node, _ tensors: KnownTensors) -> String? {
    var found: Set<String> = []
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(node)]
    var stack = [node]
    while let node = stack.popLast(), seen.count < 4096 {
      if let leaf = (node as? AccumulateGrad)?.variable, let name = tensors.name(of: leaf) {
        found.insert(name)
      }
      for i in 0..<node.edgeCount {
        guard let next = node.edge(i).node, seen.insert(ObjectIdentifier(next)).inserted else {
          continue
        }
        stack.append(next)
      }
    }
    return found.isEmpty ? nil : found.sorted().joined(separator: ", ")
  }
}

/// What is told of once.
struct CutPlace: Hashable {
  var kind: Cut.Kind
  var operation: String
  var node: String?
  var leaf: String?
  var origin: CallOrigin?
}
