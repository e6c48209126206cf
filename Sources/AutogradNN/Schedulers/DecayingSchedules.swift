// Schedules by which the rates fall, or rise to begin with.

internal import Autograd
internal import Foundation

/// Multiplies the base rates by a function of the epoch.
public final class LambdaLR: LRScheduler {
  private let factors: [(Int) -> Double]

  /// One function for all groups.
  public convenience init(_ optimizer: Optimizer, lrLambda: @escaping (Int) -> Double) {
    self.init(optimizer, lrLambdas: optimizer.groups.map { _ in lrLambda })
  }

  /// A function for each group.
  public init(_ optimizer: Optimizer, lrLambdas: [(Int) -> Double]) {
    factors = lrLambdas
    super.init(optimizer)
    guard lrLambdas.count == optimizer.groups.count else {
      refuse(name, "Expected \(optimizer.groups.count) lr_lambdas, but got \(lrLambdas.count)")
    }
    takeFirstStep()
  }

  override func next() -> [Double] { zip(baseLrs, factors).map { $0 * $1(lastEpoch) } }
}

/// Multiplies the rates by a function of the epoch.
public final class MultiplicativeLR: LRScheduler {
  private let factor: (Int) -> Double

  /// One function for all groups.
  public init(_ optimizer: Optimizer, lrLambda: @escaping (Int) -> Double) {
    factor = lrLambda
    super.init(optimizer)
    takeFirstStep()
  }

  override func next() -> [Double] { isInitial ? getLastLr() : scaled(by: factor(lastEpoch)) }
}

/// Multiplies the rates by `gamma` every `stepSize` epochs.
public final class StepLR: LRScheduler {
  private let stepSize: Int
  private let gamma: Double

  /// A schedule of that many epochs a step.
  public init(_ optimizer: Optimizer, stepSize: Int, gamma: Double = 0.1) {
    guard stepSize > 0 else { refuse("StepLR", "step_size must be positive, but got \(stepSize)") }
    self.stepSize = stepSize
    self.gamma = gamma
    super.init(optimizer)
    takeFirstStep()
  }

  override func next() -> [Double] {
    lastEpoch == 0 || lastEpoch % stepSize != 0 ? getLastLr() : scaled(by: gamma)
  }

  override func closedForm() -> [Double]? {
    baseLrs.map { $0 * pow(gamma, Double(lastEpoch / stepSize)) }
  }
}

/// Multiplies the rates by `gamma` at each milestone.
public final class MultiStepLR: LRScheduler {
  private let milestones: [Int]
  private let gamma: Double

  /// A schedule of those epochs; one that is there twice counts twice.
  public init(_ optimizer: Optimizer, milestones: [Int], gamma: Double = 0.1) {
    self.milestones = milestones
    self.gamma = gamma
    super.init(optimizer)
    takeFirstStep()
  }

  override func next() -> [Double] {
    let count = milestones.count { $0 == lastEpoch }
    return count == 0 ? getLastLr() : scaled(by: pow(gamma, Double(count)))
  }

  override func closedForm() -> [Double]? {
    baseLrs.map { $0 * pow(gamma, Double(milestones.count { $0 <= lastEpoch })) }
  }
}

/// Multiplies the rates by `factor` for the first `totalIters` epochs.
public final class ConstantLR: LRScheduler {
  private let factor: Double
  private let totalIters: Int

  /// A schedule of that factor and so many epochs.
  public init(_ optimizer: Optimizer, factor: Double = 1.0 / 3, totalIters: Int = 5) {
    guard 0...1 ~= factor else {
      refuse("ConstantLR", "Constant multiplicative factor expected to be between 0 and 1.")
    }
    self.factor = factor
    self.totalIters = totalIters
    super.init(optimizer)
    takeFirstStep()
  }

  override func next() -> [Double] {
    if lastEpoch == 0 { return scaled(by: factor) }
    return lastEpoch != totalIters ? getLastLr() : scaled(by: 1 / factor)
  }

  override func closedForm() -> [Double]? {
    baseLrs.map { $0 * (factor + (lastEpoch >= totalIters ? 1 : 0) * (1 - factor)) }
  }
}

/// Moves the rates evenly from one factor to another over `totalIters` epochs.
public final class LinearLR: LRScheduler {
  private let startFactor: Double
  private let endFactor: Double
  private let totalIters: Int

  /// A schedule between those factors.
  public init(
    _ optimizer: Optimizer, startFactor: Double = 1.0 / 3, endFactor: Double = 1,
    totalIters: Int = 5
  ) {
    guard startFactor > 0, startFactor <= 1 else {
      refuse(
        "LinearLR",
        "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
    }
    guard 0...1 ~= endFactor else {
      refuse("LinearLR", "Ending multiplicative factor expected to be between 0 and 1.")
    }
    self.startFactor = startFactor
    self.endFactor = endFactor
    self.totalIters = totalIters
    super.init(optimizer)
    takeFirstStep()
  }

  override func next() -> [Double] {
    if lastEpoch == 0 { return scaled(by: startFactor) }
    if isInitial || lastEpoch > totalIters { return getLastLr() }
    let step = endFactor - startFactor
    return scaled(
      by: 1 + step / (Double(totalIters) * startFactor + Double(lastEpoch - 1) * step))
  }

  override func closedForm() -> [Double]? {
    baseLrs.map {
      $0
        * (startFactor
          + (endFactor - startFactor) * Double(min(totalIters, lastEpoch)) / Double(totalIters))
    }
  }
}

/// Multiplies the rates by `gamma` each epoch.
public final class ExponentialLR: LRScheduler {
  private let gamma: Double

  /// A schedule of that factor.
  public init(_ optimizer: Optimizer, gamma: Double) {
    self.gamma = gamma
    super.init(optimizer)
    takeFirstStep()
  }

  override func next() -> [Double] { isInitial ? getLastLr() : scaled(by: gamma) }

  override func closedForm() -> [Double]? {
    baseLrs.map { $0 * pow(gamma, Double(lastEpoch)) }
  }
}

/// Lets the rates fall to zero over `totalIters` epochs by a power of what is left.
public final class PolynomialLR: LRScheduler {
  private let totalIters: Int
  private let power: Double

  /// A schedule of so many epochs and that power.
  public init(_ optimizer: Optimizer, totalIters: Int = 5, power: Double = 1) {
    self.totalIters = totalIters
    self.power = power
    super.init(optimizer)
    takeFirstStep()
  }

  override func next() -> [Double] {
    if isInitial || lastEpoch > totalIters { return getLastLr() }
    let total = Double(totalIters)
    return scaled(
      by: pow((1 - Double(lastEpoch) / total) / (1 - Double(lastEpoch - 1) / total), power))
  }

  override func closedForm() -> [Double]? {
    baseLrs.map {
      $0 * pow(1 - Double(min(totalIters, lastEpoch)) / Double(totalIters), power)
    }
  }
}
