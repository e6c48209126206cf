// Every fault of the corpus is diagnosed, and the healthy programs are let be.

import FaultPrograms
import Foundation
import GradientRecording
import Testing

@Suite("The faults")
struct FaultTests {
  @Test(
    "are diagnosed, in kind, node and words, before all else", arguments: Fault.faulty,
    [false, true])
  func diagnosed(_ fault: Fault, forward: Bool) throws {
    let path = try Recordings.path(of: fault.name, forward: forward)
    let diagnosis = try Diagnosis(of: Recording(contentsOf: path))
    let first = try #require(diagnosis.findings.first, "nothing is found")
    #expect(first.kind.rawValue == fault.kind, "\(diagnosis)")
    if let node = fault.node { #expect(first.node?.name == node, "\(diagnosis)") }
    let said = ([first.summary] + first.evidence).joined(separator: "\n")
    for words in fault.says { #expect(said.contains(words), "\(diagnosis)") }
    // One screen, whatever is found.
    let lines = diagnosis.description.split(separator: "\n")
    #expect(lines.count <= 45)
    #expect(lines.allSatisfy { $0.count <= 100 || !$0.dropFirst(6).contains(" ") }, "\(diagnosis)")
  }

  @Test("of which there are none are not found", arguments: Fault.healthy, [false, true])
  func silent(_ fault: Fault, forward: Bool) throws {
    let path = try Recordings.path(of: fault.name, forward: forward)
    let diagnosis = try Diagnosis(of: Recording(contentsOf: path))
    #expect(diagnosis.isHealthy, "\(diagnosis)")
    #expect(diagnosis.passCount > 0)
  }

  @Test(
    "are not taken for others where steps are left out, nor found where there are none",
    arguments: Fault.all, [2, 3])
  func leftOutSteps(_ fault: Fault, every: Int) throws {
    let path = try Recordings.path(of: fault.name, every: every)
    let recording = try Recording(contentsOf: path)
    let diagnosis = try Diagnosis(of: recording)
    if fault.kind == nil {
      #expect(diagnosis.isHealthy, "\(diagnosis)")
    } else if let first = diagnosis.findings.first {
      // An explosion of which too few steps are there shows by its end alone.
      let isEnd = first.kind == .nonFinite && fault.kind == Finding.Kind.explodingGradients.rawValue
      #expect(isEnd || first.kind.rawValue == fault.kind, "\(diagnosis)")
    }
    if fault.kind == Finding.Kind.explodingGradients.rawValue { #expect(!diagnosis.isHealthy) }
    // What adds up is found however few of the steps are there.
    if fault.kind == Finding.Kind.accumulatedGradients.rawValue {
      let first = try #require(diagnosis.findings.first, "\(diagnosis)")
      #expect(first.evidence.contains { $0.contains("passes that were left out") }, "\(first)")
    }
  }

  @Test("have names of their own, and are many")
  func names() {
    #expect(Set(Fault.all.map(\.name)).count == Fault.all.count)
    #expect(Fault.faulty.count >= 24)
    #expect(Fault.healthy.count >= 12)
    let kinds = Set(Finding.Kind.allCases.map(\.rawValue))
    #expect(Fault.faulty.allSatisfy { kinds.contains($0.kind!) && !$0.says.isEmpty })
  }

  @Test("the cubic fit names the step, the factor and the coefficient")
  func cubic() throws {
    let path = try Recordings.path(of: "cubic-sine")
    let finding = try #require(try Diagnosis(of: Recording(contentsOf: path)).findings.first)
    #expect(finding.kind == .explodingGradients)
    #expect(finding.parameters == ["d"])
    #expect(finding.step == 0)
    // The Hessian's part of b and d, 2 Σ [x², x⁴; x⁴, x⁶] over 2,000 points, has the eigenvalue λ;
    // a step multiplies its error by 1 - λ · 1e-5.
    let (two, four, six) = (moment(2), moment(4), moment(6))
    let half = (two + six) / 2
    let largest = half + ((six - half) * (six - half) + four * four).squareRoot()
    let factor = try #require(finding.factor)
    #expect(abs(factor / (2 * largest * 1e-5 - 1) - 1) < 0.1, "\(factor)")
  }

  private func moment(_ power: Int) -> Double {
    (0..<2_000).reduce(0) { sum, i in
      let x = -Double.pi + 2 * Double.pi * Double(i) / 1_999
      return sum + (0..<power).reduce(1) { product, _ in product * x }
    }
  }
}

extension Fault: CustomTestStringConvertible {
  /// The name.
  public var testDescription: String { name }
}

@Suite("The command why")
struct WhyTests {
  @Test("ends with 1 and names what is wrong")
  func faulty() throws {
    let result = try agviz("why", Recordings.path(of: "log-of-zero"))
    #expect(result.status == 1)
    #expect(result.output.hasPrefix("1. the first value that is not finite, in step 0: log of 0"))
    #expect(result.error.isEmpty)
  }

  @Test("ends with 0 and one line where nothing is wrong")
  func healthy() throws {
    let result = try agviz("why", Recordings.path(of: "perceptron"))
    #expect(result.status == 0)
    #expect(result.output == "nothing wrong found in 40 passes, steps 0 to 39\n")
  }

  @Test("notes what is frozen and no fault")
  func frozen() throws {
    let result = try agviz("why", Recordings.path(of: "frozen-backbone"))
    #expect(result.status == 0)
    #expect(result.output.contains("note: 2 parameters frozen: 0.bias, 0.weight"))
  }

  @Test("gives JSON that says the same")
  func json() throws {
    let path = try Recordings.path(of: "where-around-sqrt")
    let result = try agviz("why", "--json", path)
    #expect(result.status == 1)
    let decoded = try JSONDecoder().decode(Diagnosis.self, from: Data(result.output.utf8))
    #expect(try decoded == Diagnosis(of: Recording(contentsOf: path)))
    #expect(decoded.findings.first?.cause == .zeroTimesInfinity)
  }

  @Test(
    "ends with more than 1 where there is no recording", arguments: [["why"], ["compare", "x"]])
  func missing(_ arguments: [String]) throws {
    let result = try run("agviz", arguments + ["/nowhere/run.agviz"])
    #expect(result.status > 1)
    #expect(result.output.isEmpty)
    #expect(result.error.hasPrefix("agviz: "))
  }
}
