// What schedules of learning rates share.

internal import Autograd

/// Sets the learning rates of an optimiser's groups after each epoch, or each step.
///
/// ```swift
/// let optimizer = SGD(model.parameters(), lr: 0.1)
/// let scheduler = StepLR(optimizer, stepSize: 30)
/// for _ in 0..<100 {
///   trainOneEpoch()
///   scheduler.step()
/// }
/// ```
///
/// Making a schedule sets the first rates. The rates are PyTorch's to the last few bits, as they come
/// from the same recursions.
public class LRScheduler {
  /// The optimiser.
  public final let optimizer: Optimizer
  /// How often the schedule was stepped; 0 after it was made.
  public internal(set) final var lastEpoch = -1
  /// The rates before any schedule.
  final var baseLrs: [Double] = []
  final var stepCount = 0
  final var isInitial = false

  init(_ optimizer: Optimizer) {
    self.optimizer = optimizer
    for group in optimizer.groups where group.initialLr == nil { group.initialLr = group.lr }
    baseLrs = optimizer.groups.map { $0.initialLr! }
  }

  /// PyTorch's name of the schedule.
  final var name: String { "\(type(of: self))" }

  /// Sets the rates of the next epoch.
  public func step() {
    stepCount += 1
    update(epoch: nil)
  }

  /// The rates that the groups have now.
  public final func getLastLr() -> [Double] { optimizer.groups.map(\.lr) }

  /// The first step, which the subclass's initialiser takes when all is set.
  final func takeFirstStep() {
    stepCount = 0
    isInitial = true
    step()
    isInitial = false
  }

  /// Sets the rates of the next epoch, or of the one given.
  final func update(epoch: Int?) {
    let rates: [Double]
    if let epoch {
      lastEpoch = epoch
      rates = closedForm() ?? next()
    } else {
      lastEpoch += 1
      rates = next()
    }
    for (group, rate) in zip(optimizer.groups, rates) { group.lr = rate }
  }

  /// Takes back the first step, for a schedule that begins later.
  func undoStep() { lastEpoch -= 1 }

  // MARK: What a schedule says

  /// The rates of `lastEpoch`, which may follow from those before.
  func next() -> [Double] { getLastLr() }

  /// The rates of `lastEpoch` from the base rates; nil where there is no such form.
  func closedForm() -> [Double]? { nil }

  /// What is saved beside epoch and base rates, by PyTorch's names.
  var savedNumbers: [String: Double] {
    get { [:] }
    set {}
  }

  // MARK: Saving

  /// What the schedule needs to go on: the epoch, the base rates, and what it counts.
  public func stateDict() -> StateDict {
    var state: StateDict = [
      "last_epoch": Tensor(lastEpoch), "_step_count": Tensor(stepCount),
      "base_lrs": Tensor(baseLrs, dtype: .float64),
    ]
    for (key, value) in savedNumbers.sorted(by: { $0.key < $1.key }) {
      state[key] = Tensor(value, dtype: .float64)
    }
    return state
  }

  /// Goes on where a saved schedule was; the rates themselves are in the optimiser's state.
  public func loadStateDict(_ state: StateDict) {
    if let epoch = state["last_epoch"] { lastEpoch = epoch.item(as: Int.self) }
    if let count = state["_step_count"] { stepCount = count.item(as: Int.self) }
    if let rates = state["base_lrs"] { baseLrs = rates.toArray() }
    var numbers = savedNumbers
    for key in numbers.keys {
      if let value = state[key] { numbers[key] = value.item() }
    }
    savedNumbers = numbers
  }

  /// All rates by one factor.
  final func scaled(by factor: Double) -> [Double] { getLastLr().map { $0 * factor } }
}
