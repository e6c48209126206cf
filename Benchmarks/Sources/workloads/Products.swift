// Products of matrices. PyTorch writes those without gradients into a tensor that there is (`out:`);
// the engine takes a block that the last step gave back.

import Autograd

private func product(_ m: Int, _ k: Int, _ n: Int, _ dtype: DType, name: String) -> Workload {
  Workload(name: "mm.\(name)_\(dtype == .float32 ? "f32" : "f64")", flops: 2 * m * k * n) {
    let a = Tensor.randn(m, k, dtype: dtype)
    let b = Tensor.randn(k, n, dtype: dtype)
    return { _ = a.mm(b) }
  }
}

/// Products of 32 pairs of matrices, 128×k and k×128.
private func batch(_ k: Int, name: String) -> Workload {
  Workload(name: name, flops: 2 * 32 * 128 * k * 128) {
    let a = Tensor.randn(32, 128, k)
    let b = Tensor.randn(32, k, 128)
    return { _ = a.bmm(b) }
  }
}

private let shapes = [
  (4, 1, 1), (11, 1, 1), (32, 128, 128), (128, 784, 512), (784, 128, 512), (512, 256, 256),
  (512, 256, 1024),
]

let productWorkloads =
  [DType.float32, .float64].flatMap { dtype in
    [64, 256, 1024, 2048].map { product($0, $0, $0, dtype, name: "\($0)") }
  }
  + shapes.map { product($0, $1, $2, .float32, name: "\($0)x\($1)x\($2)") }
  + [
    Workload(name: "mm.grad_512", flops: 6 * 512 * 512 * 512) {
      let (a, b) = (leaf(512, 512), leaf(512, 512))
      return forwardAndBackward([a, b]) { a.matmul(b) }
    },
    batch(128, name: "bmm.32x128x128x128"),
    Workload(name: "bmm.grad_32x128x128x128", flops: 6 * 32 * 128 * 128 * 128) {
      let (a, b) = (leaf(32, 128, 128), leaf(32, 128, 128))
      return forwardAndBackward([a, b]) { a.matmul(b) }
    },
    batch(32, name: "bmm.attn_32x128x32x128"),
  ]
