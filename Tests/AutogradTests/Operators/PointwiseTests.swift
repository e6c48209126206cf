// Pointwise operators that the tables of derivatives and programs do not hold.
import Testing

@testable import Autograd

@Suite struct PointwiseTests {
  /// Once differentiable, as in PyTorch: the table of derivatives asks for two orders.
  @Test func `hardsigmoid has a first derivative and refuses a second`() throws {
    let x = Tensor([-4.0, 0.5, 1.0, 4.0], dtype: .float64, requiresGrad: true)
    let y = x.hardsigmoid().sum()
    let slope = try grad(of: [y], withRespectTo: [x], createGraph: true)[0]
    let sixth = Double(Float(1) / 6)
    #expect(slope.toArray(as: Double.self) == [0, sixth, sixth, 0])
    #expect(throws: AutogradError.self) { try slope.sum().backward() }
    let z = x.clone().hardsigmoid_().sum()
    #expect(try grad(of: [z], withRespectTo: [x])[0].equal(slope))
  }

  @Test func `allclose and equal compare shapes, values and NaN`() {
    let a = Tensor([1.0, 2.0, .nan])
    let b = Tensor([1.000001, 2.0, .nan])
    #expect(!a.allclose(b))
    #expect(a.allclose(b, equalNan: true))
    #expect(!a.equal(a))
    #expect(Tensor([1, 2]).equal(Tensor([1, 2])))
    #expect(!Tensor([1, 2]).equal(Tensor([[1, 2]])))
    #expect(Tensor.zeros(0, 3).equal(Tensor.zeros(0, 3)))
  }

  @Test func `operators of Swift stand for remainders and bits`() {
    let a = Tensor([-7, 7, 12])
    #expect((a % 5).equal(Tensor([3, 2, 2])))
    #expect((a % Tensor([-5, -5, 5])).equal(Tensor([-2, -3, 2])))
    #expect((a & Tensor(4)).equal(Tensor([0, 4, 4])))
    #expect((a | Tensor(1)).equal(Tensor([-7, 7, 13])))
    #expect((a ^ a).equal(Tensor([0, 0, 0])))
    #expect((~a).equal(Tensor([6, -8, -13])))
  }
}
