// A small program with one mistake in it, and what a diagnosis must say of it.

internal import Autograd
internal import AutogradNN
internal import AutogradRecorder

/// A small program with one mistake in it, or none.
package struct Fault: Sendable {
  package var name: String
  /// The mistake in one line; for a healthy program what might look like one.
  package var about: String
  /// The kind of finding that must come first, by name; nil for a healthy program.
  package var kind: String?
  /// The name of the node that is to blame, where one is.
  package var node: String?
  /// What the diagnosis must say, among other things.
  package var says: [String]
  private var body: @Sendable (GradientRecorder) throws -> Void

  init(
    _ name: String, _ about: String, kind: String, node: String? = nil, says: [String],
    _ body: @escaping @Sendable (GradientRecorder) throws -> Void
  ) {
    (self.name, self.about, self.kind, self.node, self.says) = (name, about, kind, node, says)
    self.body = body
  }

  init(
    healthy name: String, _ about: String,
    _ body: @escaping @Sendable (GradientRecorder) throws -> Void
  ) {
    (self.name, self.about, says) = (name, about, [])
    self.body = body
  }

  /// Runs the program and records it; source lines take long to find.
  package func record(
    to path: String, forward: Bool = false, everySteps: Int = 1
  ) throws {
    manualSeed(1)
    let recorder = try GradientRecorder(
      writingTo: path,
      policy: RecordingPolicy(
        forward: forward, everySteps: everySteps))
    do {
      try body(recorder)
    } catch {
      // What was recorded before the program failed is what is asked about.
      try recorder.close()
      throw error
    }
    try recorder.close()
  }

  /// The programs with a mistake.
  package static let faulty: [Fault] =
    nonFiniteForward + nonFiniteBackward + growth + missing + zeros + sums

  /// The programs without.
  package static let healthy: [Fault] = healthyNetworks + healthyLoops

  package static let all: [Fault] = faulty + healthy
}

extension GradientRecorder {
  /// Trains for some steps: `loss` computes it, the optimiser zeroes and steps.
  func train(
    _ optimizer: Optimizer, steps: Int = 6, loss: (Int) throws -> Tensor
  ) throws {
    for step in 0..<steps {
      optimizer.zeroGrad()
      try record(step: step) { try loss(step).backward() }
      optimizer.step()
    }
  }

  /// Trains named layers that it watches, on 16 samples of 8 numbers.
  func train(_ layers: KeyValuePairs<String, Linear>, loss: (Tensor) throws -> Tensor) throws {
    watch(layers.flatMap { $0.value.namedParameters(prefix: $0.key) })
    let x = Tensor.randn([16, 8])
    try train(SGD(layers.flatMap { $0.value.parameters() }, lr: 0.1)) { _ in try loss(x) }
  }
}
