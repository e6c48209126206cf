// What stands beside the numbers when a tensor is printed: PyTorch's texts.
import Testing

@testable import Autograd

@Suite struct PrintingTests {
  @Test func `a leaf says that it requires a gradient`() {
    let x = Tensor([1.0, 2], dtype: .float64, requiresGrad: true)
    #expect("\(x)" == "tensor([1., 2.], dtype=torch.float64, requires_grad=True)")
    #expect(
      "\(Tensor.zeros(0, 2, requiresGrad: true))"
        == "tensor([], size=(0, 2), requires_grad=True)")
  }

  @Test func `a result says what made it`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    #expect("\(x * 2)" == "tensor([2., 4.], grad_fn=<MulBackward0>)")
    #expect("\(x.view(2, 1) + 1)" == "tensor([[2.],\n        [3.]], grad_fn=<AddBackward0>)")
    #expect("\(x[0])" == "tensor(1., grad_fn=<SelectBackward0>)")
    #expect(
      "\(x.double().sum() * 1e6)" == "tensor(3000000., dtype=torch.float64, grad_fn=<MulBackward0>)"
    )
    #expect("\((x * 1).unbind()[0])" == "tensor(1., grad_fn=<UnbindBackward0>)")
  }

  @Test func `nothing is said of what has no history`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    #expect("\((x * 2).detach())" == "tensor([2., 4.])")
    #expect("\(noGrad { x * 2 })" == "tensor([2., 4.])")
  }

  @Test func `dtypes other than the literal's own are named`() {
    #expect("\(Tensor([1, 1], dtype: .int32))" == "tensor([1, 1], dtype=torch.int32)")
    #expect("\(Tensor([1, 1]))" == "tensor([1, 1])")
    #expect("\(Tensor(true))" == "tensor(True)")
    #expect("\(Tensor.arange(0))" == "tensor([], dtype=torch.int64)")
  }

  @Test func `a changed base says so`() {
    let x = Tensor.ones(2, 2, requiresGrad: true) * 1
    x[0].mul_(2)
    #expect("\(x)" == "tensor([[2., 2.],\n        [1., 1.]], grad_fn=<CopySlices>)")
    #expect("\(x[0])" == "tensor([2., 2.], grad_fn=<SelectBackward0>)")
  }

  @Test func `views are printed in their own order`() {
    let x = Tensor([[1, 2], [3, 4]])
    #expect("\(x.t())" == "tensor([[1, 3],\n        [2, 4]])")
    #expect("\(x[.ellipsis, 1])" == "tensor([2, 4])")
  }
}
