// Optimisers against PyTorch's trajectories, which Reference/optimizers.py wrote.
import Autograd
import AutogradNN
import Testing

@Suite struct OptimizerTests {
  @Test(arguments: try OptimizerRun.all())
  func `steps are those of PyTorch`(run: OptimizerRun) throws {
    let dtype = DType(name: run.dtype)!
    let parameters = run.shapes.enumerated().map { fill($1, $0, dtype).requiresGrad_() }
    let optimizer = run.makeOptimizer(parameters)
    var next = run.trajectory[...]
    for t in 0..<40 {
      for (k, parameter) in parameters.enumerated() {
        parameter.grad = fill(parameter.shape, 31 * k + t + 1, dtype)
      }
      optimizer.step()
      guard next.first?.step == t else { continue }
      for (parameter, expected) in zip(parameters, next.removeFirst().parameters) {
        let found = difference(parameter.toArray(), expected) ?? .infinity
        #expect(found <= (dtype == .float32 ? 1e-6 : 1e-13), "step \(t)")
      }
    }
    #expect(next.isEmpty)
  }
}

struct OptimizerRun: Decodable, Sendable, CustomTestStringConvertible {
  struct Options: Decodable, Sendable {
    var lr, momentum, dampening, weight_decay, eps, alpha, lr_decay: Double?
    var initial_accumulator_value, momentum_decay: Double?
    var nesterov, maximize, amsgrad, centered, decoupled_weight_decay: Bool?
    var betas: [Double]?
  }
  struct Point: Decodable, Sendable {
    var step: Int
    var parameters: [[Double]]
  }
  var optimizer: String
  var options: Options
  var dtype: String
  var shapes: [[Int]]
  var trajectory: [Point]

  static func all() throws -> [OptimizerRun] { try Reference.lines(of: "optimizers.jsonl") }

  var testDescription: String { "\(optimizer) \(dtype) \(options)" }

  func makeOptimizer(_ parameters: [Tensor]) -> Optimizer {
    let o = options
    let betas = o.betas.map { ($0[0], $0[1]) } ?? (0.9, 0.999)
    switch optimizer {
    case "SGD":
      return SGD(
        parameters, lr: o.lr ?? 1e-3, momentum: o.momentum ?? 0, dampening: o.dampening ?? 0,
        weightDecay: o.weight_decay ?? 0, nesterov: o.nesterov ?? false,
        maximize: o.maximize ?? false)
    case "Adam":
      return Adam(
        parameters, lr: o.lr ?? 1e-3, betas: betas, eps: o.eps ?? 1e-8,
        weightDecay: o.weight_decay ?? 0, amsgrad: o.amsgrad ?? false,
        maximize: o.maximize ?? false)
    case "AdamW":
      return AdamW(
        parameters, lr: o.lr ?? 1e-3, betas: betas, eps: o.eps ?? 1e-8,
        weightDecay: o.weight_decay ?? 1e-2, amsgrad: o.amsgrad ?? false,
        maximize: o.maximize ?? false)
    case "RMSprop":
      return RMSprop(
        parameters, lr: o.lr ?? 1e-2, alpha: o.alpha ?? 0.99, eps: o.eps ?? 1e-8,
        weightDecay: o.weight_decay ?? 0, momentum: o.momentum ?? 0,
        centered: o.centered ?? false, maximize: o.maximize ?? false)
    case "Adagrad":
      return Adagrad(
        parameters, lr: o.lr ?? 1e-2, lrDecay: o.lr_decay ?? 0, weightDecay: o.weight_decay ?? 0,
        initialAccumulatorValue: o.initial_accumulator_value ?? 0, eps: o.eps ?? 1e-10,
        maximize: o.maximize ?? false)
    case "Adamax":
      return Adamax(
        parameters, lr: o.lr ?? 2e-3, betas: betas, eps: o.eps ?? 1e-8,
        weightDecay: o.weight_decay ?? 0, maximize: o.maximize ?? false)
    default:
      return NAdam(
        parameters, lr: o.lr ?? 2e-3, betas: betas, eps: o.eps ?? 1e-8,
        weightDecay: o.weight_decay ?? 0, momentumDecay: o.momentum_decay ?? 4e-3,
        decoupledWeightDecay: o.decoupled_weight_decay ?? false, maximize: o.maximize ?? false)
    }
  }
}
