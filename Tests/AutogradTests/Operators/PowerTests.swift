// What the derivative of a power is where the table of operators does not look.
import Testing

@testable import Autograd

@Suite struct PowerTests {
  @Test func `powers of zero have no slope`() throws {
    let x = Tensor([0, 0.5, 2], requiresGrad: true)
    try Tensor.pow(0, x).sum().backward()
    #expect(x.grad?.toArray() == [0, 0, 0])
  }

  @Test func `the power zero has no slope, at zero neither`() throws {
    let x = Tensor([0, 0.5, -2], requiresGrad: true)
    try x.pow(0).sum().backward()
    #expect(x.grad?.toArray() == [0, 0, 0])
    let y = Tensor([0, 0.5, -2], requiresGrad: true)
    try y.pow(Tensor([0, 0, 0])).sum().backward()
    #expect(y.grad?.toArray() == [0, 0, 0])
  }

  @Test(arguments: [DType.int32, .int64])
  func `powers of whole numbers are whole`(dtype: DType) {
    let powers = Tensor([-2, 0, 3], dtype: dtype).pow(3)
    #expect(powers.dtype == dtype)
    #expect(powers.toArray(as: Int.self) == [-8, 0, 27])
  }
}
