// The child process of the survey: tries one operator in every dtype, and dies with the first trap.

import Autograd
import Foundation

/// What an operator is asked.
enum Question: Int, CaseIterable {
  case float32, float64, int64, int32, bool
  /// Whether its derivative has one, where it has one.
  case secondDerivative

  var dtype: DType {
    switch self {
    case .float32: .float32
    case .float64, .secondDerivative: .float64
    case .int64: .int64
    case .int32: .int32
    case .bool: .bool
    }
  }
}

/// Tries an operator, and writes a line for each answer: the question's number, yes or no, and the
/// nodes of the results.
public struct OperatorProbe {
  private let program: Program
  private let step: Int

  /// Creates a probe.
  ///
  /// - Parameters:
  ///   - path: a file of one program.
  ///   - step: the position of the operator's call in it.
  /// - Throws: an error of the file system or of the data.
  public init(path: String, step: Int) throws {
    program = try Program(line: DataFile(path: path).lines[0])
    self.step = step
  }

  /// Asks from the given question on; a question without an answer has ended the process.
  public func run(from first: Int) {
    for question in Question.allCases where question.rawValue >= first {
      let (isYes, nodes) = ask(question)
      let words = ["\(question.rawValue)", isYes ? "yes" : "no"] + nodes
      FileHandle.standardOutput.write(Data((words.joined(separator: " ") + "\n").utf8))
    }
  }

  private func ask(_ question: Question) -> (isYes: Bool, nodes: [String]) {
    let execution = Execution(program.trial(of: step, in: question.dtype))
    do throws(Interruption) {
      try execution.run()
    } catch {
      return (false, [])
    }
    let names = Set(program.steps[step].outputs)
    let outputs = execution.environment.filter { names.contains($0.name) }
      .compactMap(\.tensor).filter(\.requiresGrad)
    let nodes = outputs.compactMap { $0.gradFn?.name }
    guard question == .secondDerivative else { return (true, nodes) }
    return (
      OperatorProbe.areTwiceDifferentiable(outputs, execution.leaves.map(\.tensor)), nodes
    )
  }

  private static func areTwiceDifferentiable(_ outputs: [Tensor], _ leaves: [Tensor]) -> Bool {
    let leaves = leaves.filter(\.requiresGrad)
    guard !outputs.isEmpty, !leaves.isEmpty else { return false }
    do throws(AutogradError) {
      let incoming = outputs.map { Tensor.ones(like: $0, requiresGrad: true) }
      let gradients = try grad(
        of: outputs, withRespectTo: leaves, gradients: incoming, createGraph: true,
        allowUnused: true)
      let roots = gradients.compactMap { $0 }.filter(\.requiresGrad)
      if roots.isEmpty { return true }
      try backward(roots, gradients: roots.map { .ones(like: $0) })
      return true
    } catch {
      return false
    }
  }
}
