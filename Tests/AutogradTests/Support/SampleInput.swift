// Inputs for operators under test: of every layout in memory, away from kinks.
@testable import Autograd

/// How to make one input of an operator.
struct SampleInput: Sendable {
  enum Layout: Sendable {
    /// Dense, in row-major order.
    case rowMajor
    /// Dense, with the dimensions in reverse order in memory.
    case transposed
    /// Every second element of a larger memory, from the second on.
    case sliced
    /// One element of memory for all positions along the first dimension.
    case expanded
  }

  enum Domain: Sendable {
    /// From -2 to 2, a good step away from whole numbers and halves.
    case signed
    /// From 0.3 to 2.
    case positive
  }

  var shape: [Int]
  var layout = Layout.rowMajor
  var domain = Domain.signed

  init(_ shape: [Int], _ layout: Layout = .rowMajor, _ domain: Domain = .signed) {
    self.shape = shape
    self.layout = layout
    self.domain = domain
  }

  func within(_ domain: Domain) -> SampleInput { SampleInput(shape, layout, domain) }

  /// A float64 leaf that requires a gradient; `input(from:)` makes the operator's input of it.
  func leaf(_ generator: inout SplitMix) -> Tensor {
    var memory = shape
    switch layout {
    case .rowMajor: break
    case .transposed: memory.reverse()
    case .sliced: memory = memory.dropLast() + [2 * memory.last! + 1]
    case .expanded: memory[0] = 1
    }
    let values = (0..<memory.reduce(1, *)).map { _ in value(&generator) }
    let dense = Tensor(values, dtype: .float64).view(memory)
    let leaf: Tensor =
      switch layout {
      case .rowMajor, .expanded: dense
      case .transposed: dense.permute(Array((0..<shape.count).reversed())).detach()
      case .sliced: dense[.ellipsis, .slice(1, nil, 2)].detach()
      }
    return leaf.requiresGrad_()
  }

  func input(from leaf: Tensor) -> Tensor { layout == .expanded ? leaf.expand(shape) : leaf }

  private func value(_ generator: inout SplitMix) -> Double {
    switch domain {
    case .positive: return Double.random(in: 0.3...2, using: &generator)
    case .signed:
      let half = Double(Int.random(in: -4..<4, using: &generator)) / 2
      return half + Double.random(in: 0.1...0.4, using: &generator)
    }
  }
}

extension [SampleInput] {
  func within(_ domain: SampleInput.Domain) -> [SampleInput] { map { $0.within(domain) } }
}
