// Nodes that are taken apart, written as text, read again and run: against the nodes themselves.
import Testing

@testable import Autograd

@Suite struct NodeArchiveTests {
  @Test(arguments: DifferentiableOperator.all.map(\.name))
  func `a node that was put together again gives the same bits`(name: String) throws {
    let row = try #require(DifferentiableOperator.all.first { $0.name == name })
    for (i, samples) in row.samples.enumerated() {
      for pass in try row.passes(samples, seed: i) { try compare(pass) }
    }
  }

  private func compare(_ pass: RecordedPass) throws {
    var tensors: [Tensor] = []
    var archives: [(node: Node, archive: NodeArchive)] = []
    for node in pass.nodes where !(node is AccumulateGrad) {
      let archive = try NodeArchive(of: node, tensors: &tensors)
      let text = try archive.text
      let read = try NodeArchive(text: text)
      #expect(read == archive, "\(text)")
      archives.append((node, read))
    }
    let calls = try pass.run()
    for (node, archive) in archives {
      guard let call = calls[ObjectIdentifier(node)] else { continue }
      let restored = try archive.restored(tensors: tensors)
      #expect(type(of: restored) == type(of: node))
      #expect(restored.attributes == node.attributes)
      let results = try restored.run(gradOutputs: call.gradOutputs)
      for i in 0..<node.edgeCount where node.edge(i).node != nil {
        #expect(
          Bits(results[i]) == Bits(call.gradInputs[i]), "\(node.name), input \(i): \(archive)")
      }
    }
  }

  @Test func `nodes that cannot be archived are those that have a reason`() throws {
    var problems: [String: String] = [:]
    var archived: Set<String> = []
    for row in DifferentiableOperator.all {
      for pass in try row.passes(row.samples[0], seed: 0) {
        for node in pass.nodes {
          do throws(NodeArchiveError) {
            var tensors: [Tensor] = []
            _ = try NodeArchive(of: node, tensors: &tensors)
            archived.insert(node.name)
          } catch {
            problems[node.name] = error.description
          }
        }
      }
    }
    #expect(
      problems == [
        "AccumulateGrad": "AccumulateGrad: it adds to its leaf, and computes nothing"
      ])
    #expect(archived.count > 380)
  }
}

/// A tensor to the bit.
struct Bits: Equatable {
  var shape: [Int]
  var dtype: DType
  var elements: [UInt64]

  init?(_ tensor: Tensor?) {
    guard let tensor else { return nil }
    shape = tensor.shape
    dtype = tensor.dtype
    elements = (tensor.toArray() as [Double]).map(\.bitPattern)
  }
}

/// A backward pass that can be run once, and the nodes that it can run.
struct RecordedPass {
  struct Call {
    var gradOutputs: [Tensor?]
    var gradInputs: [Tensor?]
  }

  let roots: [Tensor]
  let gradients: [Tensor]
  let leaves: [Tensor]
  let nodes: [Node]

  init(_ roots: [Tensor], _ gradients: [Tensor], _ leaves: [Tensor]) {
    self.roots = roots
    self.gradients = gradients
    self.leaves = leaves
    var seen: Set<ObjectIdentifier> = []
    var nodes: [Node] = []
    var stack = roots.compactMap(\.gradFn)
    while let node = stack.popLast() {
      guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
      nodes.append(node)
      for i in 0..<node.edgeCount { if let next = node.edge(i).node { stack.append(next) } }
    }
    self.nodes = nodes
  }

  /// What each node took and gave.
  func run() throws -> [ObjectIdentifier: Call] {
    let calls = Calls()
    let handles = nodes.map { node in
      let key = ObjectIdentifier(node)
      return node.registerHook { gradInputs, gradOutputs in
        calls.of[key] = Call(gradOutputs: gradOutputs, gradInputs: gradInputs)
        return nil
      }
    }
    defer { for handle in handles { handle.remove() } }
    for (root, gradient) in zip(roots, gradients) {
      try root.backward(gradient: gradient, retainGraph: true)
    }
    return calls.of
  }

  private final class Calls {
    var of: [ObjectIdentifier: Call] = [:]
  }
}

extension DifferentiableOperator {
  /// The backward pass from the result, and that from the gradients where they have a graph.
  func passes(_ samples: [SampleInput], seed: Int) throws -> [RecordedPass] {
    let check = check(samples, seed: seed)
    let output = check.function(check.leaves)
    guard output.requiresGrad else { return [] }
    let incoming = Tensor.linspace(0.5, 1.5, steps: output.count, dtype: .float64)
      .view(output.shape).requiresGrad_()
    let first = RecordedPass([output], [incoming.detach()], check.leaves)
    guard isTwiceDifferentiable else { return [first] }
    let gradients = try grad(
      of: [output], withRespectTo: check.leaves, gradients: [incoming], createGraph: true,
      allowUnused: true
    ).compactMap { $0 }.filter(\.requiresGrad)
    let second = gradients.map { gradient in
      RecordedPass([gradient], [Tensor.ones(like: gradient)], check.leaves + [incoming])
    }
    return [first] + second
  }
}
