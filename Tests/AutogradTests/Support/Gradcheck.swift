// Derivatives against central differences, of the first and the second order.
import Testing

@testable import Autograd

/// A function of some leaves, checked at one point.
struct Gradcheck {
  let function: ([Tensor]) -> Tensor
  let leaves: [Tensor]
  /// The step of the differences.
  var step = 1e-6
  /// The error allowed, relative to 1 plus the derivative's size.
  var tolerance = 1e-6

  /// What flows into the output: fixed numbers, all different.
  private func weights(_ shape: [Int], _ seed: Int) -> Tensor {
    var generator = SplitMix(seed: seed)
    let values = (0..<shape.reduce(1, *)).map { _ in Double.random(in: -1...1, using: &generator) }
    return Tensor(values, dtype: .float64).view(shape)
  }

  /// Σ weights · function, differentiated by each element of each leaf.
  func firstOrder(_ location: SourceLocation = #_sourceLocation) throws {
    let output = function(leaves)
    let weights = weights(output.shape, 1)
    guard output.requiresGrad else {
      return compare(
        leaves.map { _ in nil }, leaves, location, "first"
      ) { dot(function(leaves), weights) }
    }
    let gradients = try grad(
      of: [output], withRespectTo: leaves, gradients: [weights], allowUnused: true)
    compare(gradients, leaves, location, "first") { dot(function(leaves), weights) }
  }

  /// Σ weights · gradient, differentiated by each element of each leaf and of what flows in.
  func secondOrder(_ location: SourceLocation = #_sourceLocation) throws {
    let output = function(leaves)
    guard output.requiresGrad else { return }
    let incoming = weights(output.shape, 2).requiresGrad_()
    let weighted = leaves.enumerated().map { weights($1.shape, 3 + $0) }
    let variables = leaves + [incoming]
    let gradients = try grad(
      of: [output], withRespectTo: leaves, gradients: [incoming], createGraph: true,
      allowUnused: true)
    let roots = gradients.indices.filter { gradients[$0]?.requiresGrad ?? false }
    let second: [Tensor?] =
      roots.isEmpty
      ? variables.map { _ in nil }
      : try grad(
        of: roots.map { gradients[$0]! }, withRespectTo: variables,
        gradients: roots.map { weighted[$0] }, allowUnused: true)
    try compare(second, variables, location, "second") {
      let gradients = try grad(
        of: [function(leaves)], withRespectTo: leaves, gradients: [incoming.detach()],
        allowUnused: true)
      return zip(gradients, weighted).reduce(0) { sum, pair in
        sum + (pair.0.map { dot($0, pair.1) } ?? 0)
      }
    }
  }

  /// Compares derivatives of `value` with what the differences say; nil stands for zero.
  private func compare(
    _ derivatives: [Tensor?], _ variables: [Tensor], _ location: SourceLocation, _ order: String,
    _ value: () throws -> Double
  ) rethrows {
    for (k, variable) in variables.enumerated() {
      if let shape = derivatives[k]?.shape {
        #expect(shape == variable.shape, sourceLocation: location)
      }
      let found: [Double] =
        derivatives[k]?.toArray() ?? Array(repeating: 0, count: variable.count)
      let expected = try differences(variable, value)
      for (i, (found, expected)) in zip(found, expected).enumerated()
      where !(Swift.abs(found - expected) <= tolerance * (1 + Swift.abs(expected))) {
        Issue.record(
          "\(order) order, input \(k), element \(i): \(found), by differences \(expected)",
          sourceLocation: location)
      }
    }
  }

  private func differences(_ variable: Tensor, _ value: () throws -> Double) rethrows -> [Double] {
    let memory = variable.pointer.assumingMemoryBound(to: Double.self)
    let places: [Int] = Strided.positions(variable.sizes, variable.strides, offset: 0)
      .toArray(as: Int.self)
    return try places.map { place in
      let before = memory[place]
      memory[place] = before + step
      let above = try value()
      memory[place] = before - step
      let below = try value()
      memory[place] = before
      return (above - below) / (2 * step)
    }
  }

  private func dot(_ a: Tensor, _ b: Tensor) -> Double {
    zip(a.toArray(as: Double.self), b.toArray(as: Double.self)).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

extension Node {
  /// The names of this node and of all that it leads to.
  func reachableNames() -> Set<String> {
    var seen: Set<ObjectIdentifier> = []
    var names: Set<String> = []
    var stack = [self]
    while let node = stack.popLast() {
      guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
      names.insert(node.name)
      stack += node.nextFunctions.compactMap { $0?.node }
    }
    return names
  }
}
