// Schedules made of others: one after the other, or all at once.

internal import Autograd

/// Runs one schedule after the other, as for a warm-up.
///
/// ```swift
/// let warmUp = LinearLR(optimizer, startFactor: 0.1, totalIters: 5)
/// let annealing = CosineAnnealingLR(optimizer, tMax: 95)
/// let scheduler = SequentialLR(optimizer, [warmUp, annealing], milestones: [5])
/// ```
public final class SequentialLR: LRScheduler {
  private let schedulers: [LRScheduler]
  private let milestones: [Int]

  /// The schedules, and the epochs at which the next one begins.
  public init(_ optimizer: Optimizer, _ schedulers: [LRScheduler], milestones: [Int]) {
    let name = "SequentialLR"
    guard !schedulers.isEmpty else {
      refuse(name, "SequentialLR expects at least one scheduler, but got no scheduler.")
    }
    guard schedulers.allSatisfy({ $0.optimizer === optimizer }) else {
      refuse(name, "SequentialLR expects all schedulers to belong to the same optimizer")
    }
    guard milestones.count == schedulers.count - 1 else {
      refuse(
        name,
        "Sequential Schedulers expects number of schedulers provided to be one more than the "
          + "number of milestone points, but got number of schedulers \(schedulers.count) and the "
          + "number of milestones to be equal to \(milestones.count)")
    }
    self.schedulers = schedulers
    self.milestones = milestones
    super.init(optimizer)
    lastEpoch = 0
    for group in optimizer.groups { group.lr = group.initialLr! }
    for scheduler in schedulers { scheduler.undoStep() }
    schedulers[milestones.count { $0 <= 0 }].takeFirstStep()
  }

  override func undoStep() {
    for scheduler in schedulers { scheduler.undoStep() }
  }

  /// Steps the schedule whose turn it is.
  public override func step() {
    lastEpoch += 1
    let i = milestones.count { $0 <= lastEpoch }
    if i > 0, milestones[i - 1] == lastEpoch {
      schedulers[i].update(epoch: 0)
    } else {
      schedulers[i].step()
    }
  }

  /// What all schedules need to go on, by their numbers.
  public override func stateDict() -> StateDict { joinedState(super.stateDict(), schedulers) }

  /// Goes on where saved schedules were.
  public override func loadStateDict(_ state: StateDict) {
    super.loadStateDict(state)
    loadJoinedState(state, schedulers)
  }
}

/// Steps several schedules together, each on the rates of the one before.
public final class ChainedScheduler: LRScheduler {
  private let schedulers: [LRScheduler]

  /// The schedules, of one optimiser.
  public init(_ schedulers: [LRScheduler]) {
    guard let first = schedulers.first else {
      refuse(
        "ChainedScheduler",
        "ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.")
    }
    guard schedulers.allSatisfy({ $0.optimizer === first.optimizer }) else {
      refuse(
        "ChainedScheduler",
        "ChainedScheduler expects all schedulers to belong to the same optimizer")
    }
    self.schedulers = schedulers
    super.init(first.optimizer)
    lastEpoch = 0
  }

  override func undoStep() {
    for scheduler in schedulers { scheduler.undoStep() }
  }

  /// Steps all schedules.
  public override func step() {
    lastEpoch += 1
    for scheduler in schedulers { scheduler.step() }
  }

  /// What all schedules need to go on, by their numbers.
  public override func stateDict() -> StateDict { joinedState(super.stateDict(), schedulers) }

  /// Goes on where saved schedules were.
  public override func loadStateDict(_ state: StateDict) {
    super.loadStateDict(state)
    loadJoinedState(state, schedulers)
  }
}

private func joinedState(_ own: StateDict, _ schedulers: [LRScheduler]) -> StateDict {
  var state = own
  for (i, scheduler) in schedulers.enumerated() {
    for (key, tensor) in scheduler.stateDict() { state["_schedulers.\(i).\(key)"] = tensor }
  }
  return state
}

private func loadJoinedState(_ state: StateDict, _ schedulers: [LRScheduler]) {
  for (i, scheduler) in schedulers.enumerated() {
    let prefix = "_schedulers.\(i)."
    scheduler.loadStateDict(
      StateDict(
        state.filter { $0.key.hasPrefix(prefix) }
          .map { (String($0.key.dropFirst(prefix.count)), $0.tensor) }))
  }
}
