// Random graphs with random hooks, and all that PyTorch's hooks saw; see Reference/hook_programs.py.
import Foundation
import Testing

@testable import Autograd

@Suite struct HookProgramTests {
  @Test func `hooks of random programs see what PyTorch's see`() throws {
    // Another file of programs can be named, to look beyond those that are kept.
    let file = ProcessInfo.processInfo.environment["HOOK_PROGRAMS"] ?? "hook_programs.jsonl"
    for program in try Reference.lines(of: file, as: HookProgram.self) {
      let execution = HookExecution(program)
      try execution.run()
      let found = execution.log.entries
      let same =
        found.count == program.log.count
        && zip(found, program.log).allSatisfy { $0.label == $1.label && $0.isClose(to: $1, 1e-12) }
      #expect(same, "program \(program.name):\n\(found)\nPyTorch:\n\(program.log)")
    }
  }
}

private struct HookProgram: Decodable {
  struct Step: Decodable {
    let op: String
    let `in`: [Int]
    let factor: Double?
  }

  struct End: Decodable {
    let kind: String
    let of: [Int]
    let to: [Int]
    let create: Bool
    let twice: Bool
  }

  let name: String
  let leaves: [[Double]]
  let steps: [Step]
  let end: End
  let log: [CaseLog.Entry]
}

/// A program that runs.
private final class HookExecution {
  let program: HookProgram
  let log = CaseLog()
  private var tensors: [Tensor]
  private var handles: [RemovableHandle] = []

  init(_ program: HookProgram) {
    self.program = program
    tensors = program.leaves.map { Tensor($0, dtype: .float64).requiresGrad_() }
  }

  /// Hooks hold this object, which holds the graph that holds the hooks.
  deinit { precondition(handles.isEmpty) }

  func run() throws {
    for (i, step) in program.steps.enumerated() { perform(step, number: i + 1) }
    for _ in 0..<(program.end.twice ? 2 : 1) { try differentiate() }
    for (i, tensor) in tensors.enumerated() where tensor.isLeaf || tensor.retainsGrad {
      log.note("grad \(i)", tensor.grad)
    }
    for tensor in tensors.prefix(program.leaves.count) { tensor.grad = nil }
    for handle in handles { handle.remove() }
    handles = []
  }

  private func differentiate() throws {
    let end = program.end
    let (roots, wanted) = (end.of.map { tensors[$0] }, end.to.map { tensors[$0] })
    let ones = roots.map { Tensor.ones(like: $0) }
    if end.kind == "grad" {
      log.note(
        "results",
        try grad(
          of: roots, withRespectTo: wanted, gradients: ones, retainGraph: true,
          createGraph: end.create, allowUnused: true))
    } else {
      try backward(
        roots, gradients: ones, retainGraph: true, createGraph: end.create,
        inputs: end.kind == "inputs" ? wanted : nil)
    }
  }

  private func perform(_ step: HookProgram.Step, number: Int) {
    let inputs = step.in.map { tensors[$0] }
    switch step.op {
    case "mul": tensors.append(inputs[0] * inputs[1])
    case "add": tensors.append(inputs[0] + inputs[1])
    case "sin": tensors.append(inputs[0].sin())
    case "unbind": tensors += inputs[0].unbind()
    case "stack": tensors.append(.stack(inputs))
    case "mul_": inputs[0].mul_(step.factor!)
    case "retain": inputs[0].retainGrad()
    default: handles.append(attach(step, inputs, "\(step.op) \(number)"))
    }
  }

  private func attach(
    _ step: HookProgram.Step, _ inputs: [Tensor], _ label: String
  ) -> RemovableHandle {
    let log = log
    let first = inputs[0]
    func scaled(_ gradients: [Tensor?]) -> [Tensor?]? {
      step.factor.map { factor in gradients.map { $0.map { $0 * factor } } }
    }
    switch step.op {
    case "hook":
      return first.registerHook { gradient in
        log.note(label, gradient)
        return step.factor.map { gradient * $0 }
      }
    case "prehook":
      return first.gradFn!.registerPrehook { gradients in
        log.note(label, gradients)
        return scaled(gradients)
      }
    case "post hook":
      return first.gradFn!.registerHook { inputs, outputs in
        log.note(label, inputs + outputs)
        return scaled(inputs)
      }
    case "accumulated":
      return first.registerPostAccumulateGradHook { log.note(label, $0.grad) }
    default: fatalError("there is no step \(step.op)")
    }
  }
}
