// Schedules against PyTorch's, which Reference/schedulers.py wrote.
import Autograd
import AutogradNN
import Foundation
import Testing

@Suite struct SchedulerTests {
  @Test(arguments: try ScheduleRun.all())
  func `rates are those of PyTorch`(run: ScheduleRun) throws {
    let optimizer = run.makeOptimizer()
    let scheduler = run.makeScheduler(optimizer)
    var plateau = scheduler == nil ? run.makePlateau(optimizer) : nil
    var schedule = scheduler
    for (epoch, rates) in run.rates.enumerated() {
      for (group, rate) in zip(optimizer.groups, rates) {
        #expect(abs(group.lr - rate) <= 1e-12 * abs(rate) + 1e-18, "epoch \(epoch)")
      }
      for (group, momentum) in zip(optimizer.groups, run.momenta.isEmpty ? [] : run.momenta[epoch])
      {
        let found = group.options.betas?.0 ?? group.options.momentum!
        #expect(abs(found - momentum) <= 1e-12, "epoch \(epoch)")
      }
      if epoch == run.rates.count - 1 { break }
      schedule?.step()
      plateau?.step(run.metrics[epoch])
      if epoch == 20 {
        // A run that was saved goes on the same way.
        let saved = (optimizer.stateDict(), schedule?.stateDict() ?? plateau!.stateDict())
        for group in optimizer.groups { group.lr = 7 }
        if scheduler != nil {
          schedule = run.makeScheduler(optimizer)
          schedule!.loadStateDict(saved.1)
        } else {
          plateau = run.makePlateau(optimizer)
          plateau!.loadStateDict(saved.1)
        }
        try optimizer.loadStateDict(saved.0)
      }
    }
  }
}

struct ScheduleRun: Decodable, Sendable, CustomTestStringConvertible {
  var scheduler: String
  var optimizer: String
  var rates: [[Double]]
  var momenta: [[Double]]
  var metrics: [Double]

  static func all() throws -> [ScheduleRun] { try Reference.lines(of: "schedulers.jsonl") }
  var testDescription: String { "\(scheduler) of \(optimizer)" }

  func makeOptimizer() -> Optimizer {
    let groups = [
      ParameterGroup([.zeros(1, requiresGrad: true)]),
      ParameterGroup([.zeros(1, requiresGrad: true)], .init(lr: 0.04)),
    ]
    return optimizer == "SGD" ? SGD(groups, lr: 0.2, momentum: 0.7) : Adam(groups, lr: 0.2)
  }

  func makePlateau(_ o: Optimizer) -> ReduceLROnPlateau {
    scheduler == "plateau"
      ? ReduceLROnPlateau(o, patience: 2, cooldown: 1)
      : ReduceLROnPlateau(
        o, mode: .max, factor: 0.5, patience: 1, threshold: 0.05, thresholdMode: .abs,
        minLr: [0.01, 0.02])
  }

  func makeScheduler(_ o: Optimizer) -> LRScheduler? {
    switch scheduler {
    case "lambda": LambdaLR(o) { pow(0.95, Double($0)) }
    case "multiplicative": MultiplicativeLR(o) { 1 - 0.01 * Double($0) }
    case "step": StepLR(o, stepSize: 7, gamma: 0.3)
    case "multi_step": MultiStepLR(o, milestones: [3, 11, 11, 30], gamma: 0.5)
    case "constant": ConstantLR(o, factor: 0.25, totalIters: 6)
    case "linear": LinearLR(o, startFactor: 0.1, endFactor: 0.8, totalIters: 13)
    case "exponential": ExponentialLR(o, gamma: 0.93)
    case "polynomial": PolynomialLR(o, totalIters: 20, power: 1.7)
    case "cosine": CosineAnnealingLR(o, tMax: 10, etaMin: 0.001)
    case "cosine_once": CosineAnnealingLR(o, tMax: 45)
    case "restarts": CosineAnnealingWarmRestarts(o, t0: 5, tMult: 2, etaMin: 0.002)
    case "restarts_even": CosineAnnealingWarmRestarts(o, t0: 6)
    case "one_cycle": OneCycleLR(o, maxLr: [0.5, 0.3], totalSteps: 44)
    case "one_cycle_linear":
      OneCycleLR(
        o, maxLr: 0.4, totalSteps: 50, pctStart: 0.25, annealStrategy: .linear, divFactor: 10,
        finalDivFactor: 50, threePhase: true)
    case "warm_up":
      SequentialLR(
        o, [LinearLR(o, startFactor: 0.1, totalIters: 5), CosineAnnealingLR(o, tMax: 30)],
        milestones: [5])
    case "sequence":
      SequentialLR(
        o,
        [
          ConstantLR(o, factor: 0.5, totalIters: 4), ExponentialLR(o, gamma: 0.9),
          StepLR(o, stepSize: 3), PolynomialLR(o, totalIters: 10),
          CosineAnnealingWarmRestarts(o, t0: 4),
        ], milestones: [6, 15, 22, 35])
    case "chained":
      ChainedScheduler([
        ConstantLR(o, factor: 0.1, totalIters: 4), ExponentialLR(o, gamma: 0.9),
      ])
    default: nil
    }
  }
}
