// Finding where NaN and infinities come from.
import Testing

@testable import Autograd

@Suite struct AnomalyTests {
  private static let file = "Tests/AutogradTests/Graph/AnomalyTests.swift"

  /// The error of `body`, which lies outside of macros, so that its lines are the file's.
  private func error(_ body: () throws -> Void) -> AutogradError? {
    do {
      try body()
      return nil
    } catch {
      return error as? AutogradError
    }
  }

  @Test func `the first node that hands on NaN is named, with its place`() throws {
    let x = leaf(0, 1)
    var line = 0
    let error = error {
      try detectAnomaly {
        let root = x.sqrt(); line = #line
        try (root * 0).sum().backward()
      }
    }
    #expect(error?.code == .notFinite)
    #expect(error?.node == "SqrtBackward0")
    #expect(error?.input == 0)
    #expect(
      error?.trace == [AutogradError.Origin(node: "SqrtBackward0", file: Self.file, line: line)])
    let message = error?.message ?? ""
    #expect(
      message.contains("Function 'SqrtBackward0' returned nan values in its 0th output: 1 nan"))
    #expect(message.contains("shape [2], float64"))
    #expect(message.contains("\(Self.file):\(line)"))
    #expect(message.contains("All results of the forward pass were finite"))
    #expect(x.grad == nil)
  }

  @Test func `infinities are refused, unless they are allowed`() throws {
    let x = leaf(0, 4)
    let error = error {
      try detectAnomaly { try x.sqrt().sum().backward() }
    }
    #expect(error?.message.contains("returned inf values in its 0th output: 1 inf") ?? false)
    try detectAnomaly(checkInfinity: false) { try x.sqrt().sum().backward() }
    #expect(x.grad?.toArray() == [.infinity, 0.25])
    try detectAnomaly(checkNaN: false, checkInfinity: false) {
      try (x.sqrt() * 0).sum().backward()
    }
    #expect(x.grad?.toArray(as: Double.self)[0].isNaN ?? false)
  }

  @Test func `the input is the one whose gradient is wrong`() {
    let (x, y) = (leaf(1), leaf(0))
    let error = error {
      try detectAnomaly { try (x / y).sum().backward() }
    }
    #expect(error?.node == "DivBackward0")
    #expect(error?.input == 0)
  }

  @Test func `the first operator whose result was not finite is named`() throws {
    let x = leaf(0, 1)
    var line = 0
    let error = error {
      try detectAnomaly {
        let logarithm = x.log(); line = #line
        try (logarithm * 2).exp().sum().backward()
      }
    }
    let message = error?.message ?? ""
    #expect(message.contains("The first operator whose result was not finite: LogBackward0"))
    #expect(message.contains("\(Self.file):\(line)"))
    #expect(message.contains("1 inf among the 2 elements"))
  }

  @Test func `a node of a backward pass names the node that ran`() throws {
    let x = leaf(0)
    var line = 0
    let error = error {
      try detectAnomaly {
        let y = x.pow(1.5); line = #line
        let first = try grad(of: y.sum(), withRespectTo: x, createGraph: true)
        try first.sum().backward()
      }
    }
    #expect(error?.trace.count == 2)
    #expect(error?.trace.last?.node == "PowBackward0")
    #expect(error?.trace.last?.line == line)
    #expect(error?.message.contains("Previous calculation was induced by PowBackward0") ?? false)
  }

  @Test func `other errors of the pass say where the forward call was made`() throws {
    var line = 0
    let error = error {
      try detectAnomaly {
        let x = leaf(1, 2) * 1
        let y = x.exp() * x; line = #line
        x.mul_(2)
        try y.sum().backward()
      }
    }
    #expect(error?.code == .modifiedInPlace)
    #expect(error?.trace.first?.line == line)
  }

  @Test func `the mode ends with the closure`() throws {
    struct Own: Error {}
    #expect(!isAnomalyEnabled)
    #expect(throws: Own.self) {
      try detectAnomaly { () throws(Own) in
        #expect(isAnomalyEnabled)
        throw Own()
      }
    }
    #expect(!isAnomalyEnabled)
    let x = leaf(0)
    try x.sqrt().sum().backward()
    #expect(x.grad?.item() == .infinity)
    setDetectAnomaly(true)
    defer { setDetectAnomaly(false) }
    #expect(isAnomalyEnabled)
    #expect(throws: AutogradError.self) { try x.sqrt().sum().backward() }
  }

  @Test func `the mode and captured sources do not disturb each other`() {
    captureSource {
      setDetectAnomaly(true)
      setDetectAnomaly(false)
      #expect(leaf(1).exp().gradFn?.origin != nil)
    }
    #expect(leaf(1).exp().gradFn?.origin == nil)
  }

  @Test func `finite passes give what they give without`() throws {
    let x = leaf(0.5, 2)
    try detectAnomaly { try (x.sqrt() * x.log()).sum().backward() }
    let noted = x.grad!
    x.grad = nil
    try (x.sqrt() * x.log()).sum().backward()
    #expect(x.grad!.toArray() == noted.toArray())
  }
}
