// Views of bases with gaps and other orders, changed in place: gradients as PyTorch's; see
// Reference/changed_views.py.
import Foundation
import Testing

@testable import Autograd

@Suite struct ChangedViewTests {
  @Test func `in-place changes of views of any base give PyTorch's gradients`() throws {
    // Another file of programs can be named, to look beyond those that are kept.
    let file = ProcessInfo.processInfo.environment["CHANGED_VIEWS"] ?? "changed_views.jsonl"
    for program in try Reference.lines(of: file, as: ChangedViewProgram.self) {
      let found = try program.run()
      #expect(isClose(found.values, program.values), "program \(program.name): \(found.values)")
      for (own, theirs) in zip(found.gradients, program.gradients) {
        let isSame = (own == nil) == (theirs == nil) && isClose(own ?? [], theirs ?? [])
        #expect(isSame, "program \(program.name): \(found.gradients), not \(program.gradients)")
      }
    }
  }

  private func isClose(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, abs($1)) }
  }

  @Test func `a view that is no part of its base's gradient is an error of the pass`() {
    let repeated = Tensor.ones(1).expand(2).detach()
    let (behind, before) = (Tensor.ones(8)[2..<4].detach(), Tensor.ones(8)[2..<4].detach())
    let refused: [(base: Tensor, view: Tensor, says: String)] = [
      (repeated, repeated[0], "unsupported operation: more than one element"),
      (behind, behind.asStrided([4], [1]), "a view of shape [4], strides [1] and offset 0"),
      (before, before.asStrided([2], [1], storageOffset: 0), "a view of shape [2], strides [1]"),
    ]
    for (base, view, says) in refused {
      view.mul_(Tensor(3.0, requiresGrad: true))
      #expect {
        try base.sum().backward()
      } throws: {
        ($0 as? AutogradError)?.message.hasPrefix(says) == true
      }
    }
  }

  @Test func `a change of a view with gaps runs again from its archive`() throws {
    let w = Tensor(3.0, requiresGrad: true)
    let base = Tensor.arange(12.0).view(4, 3).t()[0].detach()
    base[1...].mul_(w)
    var tensors: [Tensor] = []
    let node = try NodeArchive(of: base.gradFn!, tensors: &tensors).restored(tensors: tensors)
    let gradients = try node.run(gradOutputs: [Tensor([1.0, 2, 3, 4])])
    let ofFactor = try #require(gradients.last ?? nil)
    // 2 · 3 + 3 · 6 + 4 · 9.
    #expect(ofFactor.item() == 60.0)
  }
}

private struct ChangedViewProgram: Decodable {
  struct Place: Decodable {
    let size: [Int]
    let stride: [Int]
    let offset: Int
  }

  struct Step: Decodable {
    let op: String
    let size: [Int]
    let stride: [Int]
    let offset: Int
  }

  let name: Int
  let memory: [Double]
  let w: Double
  let base: Place
  let isTracked: Bool
  let steps: [Step]
  let weights: [Double]
  let values: [Double]
  let gradients: [[Double]?]

  func run() throws -> (values: [Double], gradients: [[Double]?]) {
    let factor = Tensor(w, dtype: .float64).requiresGrad_()
    let layout = Tensor(memory, dtype: .float64)
      .asStrided(base.size, base.stride, storageOffset: base.offset).detach()
    if isTracked { layout.requiresGrad_() }
    let base = isTracked ? layout * factor : layout
    var last = base
    for step in steps {
      let view = base.asStrided(step.size, step.stride, storageOffset: step.offset)
      switch step.op {
      case "mul": view.mul_(factor)
      case "add": view.add_(factor)
      case "copy": view.copy_(factor)
      case "zero": view.zero_()
      case "square": view.mul_(view.clone())
      case "sigmoid": view.sigmoid_()
      default:
        view[.ellipsis].mul_(factor)
        // A view of what was a leaf learns of its history when it is asked for it.
        _ = view.gradFn
        view.mul_(2)
      }
      last = view
    }
    let weighted = base * Tensor(weights, dtype: .float64).view(base.shape)
    try (weighted.sum() + (last * factor).sum()).backward()
    return (
      base.detach().reshape(-1).toArray(),
      [factor.grad?.toArray(), isTracked ? layout.grad?.reshape(-1).toArray() : nil]
    )
  }
}
