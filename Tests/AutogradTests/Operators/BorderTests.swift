// Borders against what they are by definition.
import Testing

@testable import Autograd

@Suite struct BorderTests {
  /// Where the position `place`, counted from the first of the input, comes from; nil is the number.
  private func origin(_ place: Int, _ size: Int, _ mode: PaddingMode) -> Int? {
    if 0..<size ~= place { return place }
    return switch mode {
    case .constant: nil
    case .reflect: place < 0 ? -place : 2 * (size - 1) - place
    case .replicate: place < 0 ? 0 : size - 1
    case .circular: (place + size) % size
    }
  }

  @Test(
    arguments: [PaddingMode.constant, .reflect, .replicate, .circular],
    [
      [2, 1, 1, 2], [0, 0, 3, 0], [1, 0, 0, 0], [-1, 2, 2, -2], [-2, 0, -1, -1], [3, -3, -3, 3],
    ])
  func `a border of two dimensions shows what it should, and hands gradients back`(
    mode: PaddingMode, pad: [Int]
  ) throws {
    // Circular borders take from what is left after cutting; the others from all.
    if mode == .circular, pad.contains(where: { $0 < 0 }) { return }
    let (rows, columns) = (5, 6)
    let x = Tensor.arange(1.0, 61.0).view(2, rows, columns).requiresGrad_()
    let result = x.pad(pad, mode: mode, value: -7)
    let shape = [2, rows + pad[2] + pad[3], columns + pad[0] + pad[1]]
    #expect(result.shape == shape)
    var expected: [Double] = []
    var gradient = [Double](repeating: 0, count: 60)
    let weights = Tensor.arange(1.0, Double(result.count + 1)).view(shape)
    for batch in 0..<2 {
      for r in 0..<shape[1] {
        for c in 0..<shape[2] {
          if let row = origin(r - pad[2], rows, mode),
            let column = origin(c - pad[0], columns, mode)
          {
            let place = (batch * rows + row) * columns + column
            expected.append(Double(place + 1))
            gradient[place] += Double(expected.count)
          } else {
            expected.append(-7)
          }
        }
      }
    }
    #expect(result.toArray(as: Double.self) == expected)
    let found = try grad(of: result, withRespectTo: x, gradient: weights)
    #expect(found.toArray(as: Double.self) == gradient)
  }

  @Test func `a mask reads and writes parts of any layout`() {
    let x = Tensor.arange(24).view(2, 3, 4).transpose(0, 2)
    let mask = Tensor.arange(12).view(4, 3).remainder(5).eq(2)
    let places = (0..<12).filter { $0 % 5 == 2 }
    let expected = places.flatMap { place in
      (0..<2).map { 12 * $0 + 4 * (place % 3) + place / 3 }
    }
    #expect(x[mask].toArray(as: Int.self) == expected)
    x[mask] = Tensor([-1, -2])
    #expect(x[mask].toArray(as: Int.self) == places.flatMap { _ in [-1, -2] })
    #expect(x.lt(0).sum().item(as: Int.self) == 2 * places.count)
  }
}
