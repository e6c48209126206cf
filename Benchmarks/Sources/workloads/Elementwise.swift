// Functions of each element, forward and backward, from what a cache holds to what none does.

import Autograd

private let large = 10_000_000

/// A function, forward and backward, of normally distributed numbers.
private func unary(_ count: Int, _ function: @escaping (Tensor) -> Tensor) -> Step {
  let x = leaf(count)
  return forwardAndBackward([x]) { function(x) }
}

private let functions: [(name: String, of: @Sendable (Tensor) -> Tensor)] = [
  ("exp", { $0.exp() }), ("sigmoid", { $0.sigmoid() }), ("tanh", { $0.tanh() }),
  ("gelu", { $0.gelu() }), ("relu", { $0.relu() }), ("gelu_tanh", { $0.gelu(approximate: .tanh) }),
]

private func mulAddTanhSum(_ count: Int) -> Step {
  let (x, y, z) = (leaf(count), leaf(count), leaf(count))
  return forwardAndBackward([x, y, z]) { (x * y + z).tanh().sum() }
}

/// A function alone.
///
/// PyTorch writes it into a tensor that there is (`out:`); the engine takes a block
/// that the last step gave back.
private func forward(_ x: Tensor, _ function: @escaping (Tensor) -> Tensor) -> Step {
  { _ = function(x) }
}

let elementwiseWorkloads: [Workload] =
  [
    Workload(name: "ew.mul_add_tanh_sum_10M", make: { mulAddTanhSum(large) }),
    Workload(name: "ew.mul_add_tanh_sum_100k", make: { mulAddTanhSum(100_000) }),
  ]
  + functions.flatMap { function in
    [
      Workload(name: "ew.\(function.name)_10M", make: { unary(large, function.of) }),
      Workload(name: "ew.\(function.name)_1M", make: { unary(1_000_000, function.of) }),
    ]
  } + [
    Workload(name: "ew.log_10M") {
      let x = (Tensor.rand(large) + 0.1).requiresGrad_()
      return forwardAndBackward([x]) { x.log() }
    },
    Workload(name: "ew.add_10M") {
      let (x, y) = (leaf(large), leaf(large))
      return forwardAndBackward([x, y]) { x + y }
    },
    Workload(name: "ew.add_out_10M") {
      let y = Tensor.randn(large)
      return forward(Tensor.randn(large)) { $0 + y }
    },
    Workload(name: "ew.exp_out_10M") { forward(Tensor.randn(large)) { $0.exp() } },
    Workload(name: "ew.tanh_out_10M") { forward(Tensor.randn(large)) { $0.tanh() } },
    Workload(name: "ew.exp_out_32k") { forward(Tensor.randn(32_768)) { $0.exp() } },
    Workload(name: "ew.tanh_out_32k") { forward(Tensor.randn(32_768)) { $0.tanh() } },
    Workload(name: "ew.log_out_32k") { forward(Tensor.rand(32_768) + 0.1) { $0.log() } },
    Workload(name: "ew.exp_out_10M_f64") {
      forward(Tensor.randn(large, dtype: .float64)) { $0.exp() }
    },
    Workload(name: "ew.tanh_out_10M_f64") {
      forward(Tensor.randn(large, dtype: .float64)) { $0.tanh() }
    },
  ]
