// A schedule that watches how training goes.

public import Autograd

/// Multiplies the rates by `factor` when a number has not become better for `patience` epochs.
///
/// ```swift
/// let scheduler = ReduceLROnPlateau(optimizer, patience: 3)
/// scheduler.step(validationLoss)
/// ```
public final class ReduceLROnPlateau {
  /// What is better.
  public enum Mode: Sendable {
    /// Less.
    case min
    /// More.
    case max
  }

  /// What the threshold is measured by.
  public enum ThresholdMode: Sendable {
    /// The best number.
    case rel
    /// Nothing.
    case abs
  }

  /// The optimiser.
  public let optimizer: Optimizer
  /// How many numbers were seen.
  public private(set) var lastEpoch = 0
  private let mode: Mode
  private let factor: Double
  private let patience: Int
  private let threshold: Double
  private let thresholdMode: ThresholdMode
  private let cooldown: Int
  private let minLr: [Double]
  private let eps: Double
  private var best: Double
  private var badEpochs = 0
  private var cooldownCounter = 0

  /// A schedule; `minLr` has one bound for all groups or one for each.
  public init(
    _ optimizer: Optimizer, mode: Mode = .min, factor: Double = 0.1, patience: Int = 10,
    threshold: Double = 1e-4, thresholdMode: ThresholdMode = .rel, cooldown: Int = 0,
    minLr: [Double] = [0], eps: Double = 1e-8
  ) {
    guard factor < 1 else { refuse("ReduceLROnPlateau", "Factor should be < 1.0.") }
    guard minLr.count == 1 || minLr.count == optimizer.groups.count else {
      refuse(
        "ReduceLROnPlateau", "expected \(optimizer.groups.count) min_lrs, got \(minLr.count)")
    }
    self.optimizer = optimizer
    self.mode = mode
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.thresholdMode = thresholdMode
    self.cooldown = cooldown
    self.minLr = minLr
    self.eps = eps
    best = mode == .min ? .infinity : -.infinity
  }

  /// Looks at a number, and lowers the rates if it is time.
  public func step(_ metric: Double) {
    lastEpoch += 1
    if isBetter(metric) {
      best = metric
      badEpochs = 0
    } else {
      badEpochs += 1
    }
    if cooldownCounter > 0 {
      cooldownCounter -= 1
      badEpochs = 0
    }
    if badEpochs > patience {
      for (i, group) in optimizer.groups.enumerated() {
        let lower = max(group.lr * factor, minLr.count == 1 ? minLr[0] : minLr[i])
        if group.lr - lower > eps { group.lr = lower }
      }
      cooldownCounter = cooldown
      badEpochs = 0
    }
  }

  /// Looks at a tensor's only number.
  public func step(_ metric: Tensor) { step(metric.item()) }

  /// The rates that the groups have now.
  public func getLastLr() -> [Double] { optimizer.groups.map(\.lr) }

  private func isBetter(_ metric: Double) -> Bool {
    switch (mode, thresholdMode) {
    case (.min, .rel): metric < best * (1 - threshold)
    case (.min, .abs): metric < best - threshold
    case (.max, .rel): metric > best * (threshold + 1)
    case (.max, .abs): metric > best + threshold
    }
  }

  /// What the schedule needs to go on.
  public func stateDict() -> StateDict {
    [
      "last_epoch": Tensor(lastEpoch), "best": Tensor(best, dtype: .float64),
      "num_bad_epochs": Tensor(badEpochs), "cooldown_counter": Tensor(cooldownCounter),
    ]
  }

  /// Goes on where a saved schedule was; the rates themselves are in the optimiser's state.
  public func loadStateDict(_ state: StateDict) {
    if let value = state["last_epoch"] { lastEpoch = value.item(as: Int.self) }
    if let value = state["best"] { best = value.item() }
    if let value = state["num_bad_epochs"] { badEpochs = value.item(as: Int.self) }
    if let value = state["cooldown_counter"] { cooldownCounter = value.item(as: Int.self) }
  }
}
