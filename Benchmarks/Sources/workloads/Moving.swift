// Reductions, transposition, broadcasting, and memory itself.

import Autograd

private let large = 10_000_000

let movingWorkloads = [
  Workload(name: "softmax.1024x1024") {
    let x = leaf(1024, 1024)
    return forwardAndBackward([x]) { x.softmax(dim: 1) }
  },
  Workload(name: "sum.dim0_4096x1024") {
    let x = leaf(4096, 1024)
    return forwardAndBackward([x]) { x.sum(dim: 0) }
  },
  Workload(name: "sum.dim1_4096x1024") {
    let x = leaf(4096, 1024)
    return forwardAndBackward([x]) { x.sum(dim: 1) }
  },
  Workload(name: "sum.all_10M") {
    let x = leaf(large)
    return forwardAndBackward([x]) { x.sum() }
  },
  Workload(name: "transpose_add.2048") {
    let (x, y) = (leaf(2048, 2048), leaf(2048, 2048))
    return forwardAndBackward([x, y]) { x + y.t() }
  },
  Workload(name: "transpose_contiguous.2048") {
    let x = Tensor.randn(2048, 2048)
    return { _ = x.t().contiguous() }
  },
  Workload(name: "broadcast_add.4096x1024") {
    let (x, y) = (leaf(4096, 1024), leaf(1024))
    return forwardAndBackward([x, y]) { x + y }
  },
  Workload(name: "alloc.empty_40MB_touch") { { _ = Tensor.full([large], 1.0) } },
  Workload(name: "alloc.fill_40MB_inplace") {
    let x = Tensor.zeros(large)
    return { x.fill_(1.0) }
  },
]
