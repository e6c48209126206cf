// Schedules along a cosine: annealing, restarts, and one cycle up and down.

internal import Autograd
internal import Foundation

/// Lets the rates fall to `etaMin` along half a cosine, and rise again (Loshchilov and Hutter, 2017).
public final class CosineAnnealingLR: LRScheduler {
  private let tMax: Double
  private let etaMin: Double

  /// A schedule of `tMax` epochs down to `etaMin`.
  public init(_ optimizer: Optimizer, tMax: Int, etaMin: Double = 0) {
    self.tMax = Double(tMax)
    self.etaMin = etaMin
    super.init(optimizer)
    takeFirstStep()
  }

  override func next() -> [Double] {
    let epoch = Double(lastEpoch)
    if isInitial { return getLastLr() }
    if stepCount == 1, lastEpoch > 0 { return closedForm()! }
    if (epoch - 1 - tMax).truncatingRemainder(dividingBy: 2 * tMax) == 0 {
      return zip(getLastLr(), baseLrs).map { rate, base in
        rate + (base - etaMin) * (1 - cos(.pi / tMax)) / 2
      }
    }
    return getLastLr().map {
      (1 + cos(.pi * epoch / tMax)) / (1 + cos(.pi * (epoch - 1) / tMax)) * ($0 - etaMin) + etaMin
    }
  }

  override func closedForm() -> [Double]? {
    baseLrs.map { etaMin + ($0 - etaMin) * (1 + cos(Double(lastEpoch) * .pi / tMax)) / 2 }
  }
}

/// Lets the rates fall along half a cosine and begin anew, each time after `tMult` times as many
/// epochs (Loshchilov and Hutter, 2017).
public final class CosineAnnealingWarmRestarts: LRScheduler {
  private let t0: Int
  private let tMult: Int
  private let etaMin: Double
  private var length: Int
  private var current = -1

  /// A schedule that begins anew after `t0` epochs for the first time.
  public init(_ optimizer: Optimizer, t0: Int, tMult: Int = 1, etaMin: Double = 0) {
    let name = "CosineAnnealingWarmRestarts"
    guard t0 > 0 else { refuse(name, "Expected positive integer T_0, but got \(t0)") }
    guard tMult >= 1 else { refuse(name, "Expected integer T_mult >= 1, but got \(tMult)") }
    self.t0 = t0
    self.tMult = tMult
    self.etaMin = etaMin
    length = t0
    super.init(optimizer)
    takeFirstStep()
  }

  /// Sets the rates of the next epoch.
  public override func step() {
    if lastEpoch < 0 {
      lastEpoch = 0
      length = t0
      current = 0
    } else {
      lastEpoch += 1
      current += 1
      if current >= length {
        current %= length
        length *= tMult
      }
    }
    for (group, rate) in zip(optimizer.groups, next()) { group.lr = rate }
  }

  override func next() -> [Double] {
    baseLrs.map {
      etaMin + ($0 - etaMin) * (1 + cos(.pi * Double(current) / Double(length))) / 2
    }
  }

  override var savedNumbers: [String: Double] {
    get { ["T_cur": Double(current), "T_i": Double(length)] }
    set {
      current = Int(newValue["T_cur"]!)
      length = Int(newValue["T_i"]!)
    }
  }
}

/// Lets the rates rise to a maximum and fall far below where they began, and the momentum the other
/// way (Smith and Topin, 2019).
public final class OneCycleLR: LRScheduler {
  /// How rates move from one bound to the next.
  public enum AnnealStrategy: Sendable {
    /// Along half a cosine.
    case cos
    /// Evenly.
    case linear
  }

  /// Where a phase ends, and the bounds that it moves between.
  private struct Phase {
    var end: Double
    var lr: (KeyPath<Bounds, Double>, KeyPath<Bounds, Double>)
    var momentum: (KeyPath<Bounds, Double>, KeyPath<Bounds, Double>)
  }

  private struct Bounds {
    var initialLr: Double
    var maxLr: Double
    var minLr: Double
    var maxMomentum: Double
    var baseMomentum: Double
  }

  private let totalSteps: Int
  private let annealStrategy: AnnealStrategy
  private let cycleMomentum: Bool
  private var bounds: [Bounds] = []
  private var phases: [Phase] = []

  /// A schedule of `totalSteps` steps, `pctStart` of which lead up to `maxLr`.
  ///
  /// - Parameters:
  ///   - optimizer: one with a momentum or `betas`, unless `cycleMomentum` is false.
  ///   - maxLr: the highest rate, one for all groups or one for each.
  ///   - totalSteps: the number of steps.
  ///   - pctStart: the share of them in which the rates rise.
  ///   - annealStrategy: how the rates move.
  ///   - cycleMomentum: whether the momentum moves too.
  ///   - baseMomentum: the lowest momentum, where the rate is highest.
  ///   - maxMomentum: the highest one.
  ///   - divFactor: the highest rate over the first.
  ///   - finalDivFactor: the first rate over the last.
  ///   - threePhase: whether the rates fall to the first one by the way they rose.
  public init(
    _ optimizer: Optimizer, maxLr: [Double], totalSteps: Int, pctStart: Double = 0.3,
    annealStrategy: AnnealStrategy = .cos, cycleMomentum: Bool = true,
    baseMomentum: Double = 0.85, maxMomentum: Double = 0.95, divFactor: Double = 25,
    finalDivFactor: Double = 1e4, threePhase: Bool = false
  ) {
    let name = "OneCycleLR"
    guard totalSteps > 0 else {
      refuse(name, "Expected positive integer total_steps, but got \(totalSteps)")
    }
    guard 0...1 ~= pctStart else {
      refuse(name, "Expected float between 0 and 1 pct_start, but got \(pctStart)")
    }
    guard maxLr.count == 1 || maxLr.count == optimizer.groups.count else {
      refuse(name, "expected \(optimizer.groups.count) values for max_lr, got \(maxLr.count)")
    }
    if cycleMomentum, optimizer.defaults.momentum == nil, optimizer.defaults.betas == nil {
      refuse(
        name, "optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    }
    self.totalSteps = totalSteps
    self.annealStrategy = annealStrategy
    self.cycleMomentum = cycleMomentum
    let rise = pctStart * Double(totalSteps) - 1
    let last = Double(totalSteps - 1)
    let up = Phase(
      end: rise, lr: (\.initialLr, \.maxLr), momentum: (\.maxMomentum, \.baseMomentum))
    phases =
      threePhase
      ? [
        up,
        Phase(
          end: 2 * pctStart * Double(totalSteps) - 2, lr: (\.maxLr, \.initialLr),
          momentum: (\.baseMomentum, \.maxMomentum)),
        Phase(end: last, lr: (\.initialLr, \.minLr), momentum: (\.maxMomentum, \.maxMomentum)),
      ]
      : [up, Phase(end: last, lr: (\.maxLr, \.minLr), momentum: (\.baseMomentum, \.maxMomentum))]
    for (i, group) in optimizer.groups.enumerated() {
      let highest = maxLr.count == 1 ? maxLr[0] : maxLr[i]
      let first = highest / divFactor
      group.initialLr = first
      bounds.append(
        Bounds(
          initialLr: first, maxLr: highest, minLr: first / finalDivFactor,
          maxMomentum: maxMomentum, baseMomentum: baseMomentum))
    }
    super.init(optimizer)
    takeFirstStep()
  }

  /// A schedule with one highest rate for all groups.
  public convenience init(
    _ optimizer: Optimizer, maxLr: Double, totalSteps: Int, pctStart: Double = 0.3,
    annealStrategy: AnnealStrategy = .cos, cycleMomentum: Bool = true,
    baseMomentum: Double = 0.85, maxMomentum: Double = 0.95, divFactor: Double = 25,
    finalDivFactor: Double = 1e4, threePhase: Bool = false
  ) {
    self.init(
      optimizer, maxLr: [maxLr], totalSteps: totalSteps, pctStart: pctStart,
      annealStrategy: annealStrategy, cycleMomentum: cycleMomentum, baseMomentum: baseMomentum,
      maxMomentum: maxMomentum, divFactor: divFactor, finalDivFactor: finalDivFactor,
      threePhase: threePhase)
  }

  override func next() -> [Double] {
    guard lastEpoch <= totalSteps else {
      refuse(
        name,
        "Tried to step \(lastEpoch) times. The specified number of total steps is \(totalSteps)")
    }
    let step = Double(lastEpoch)
    var start = 0.0
    var current = phases[0]
    for (i, phase) in phases.enumerated() {
      current = phase
      if step <= phase.end || i == phases.count - 1 { break }
      start = phase.end
    }
    let share = (step - start) / (current.end - start)
    return zip(optimizer.groups, bounds).map { group, bounds in
      if cycleMomentum {
        let momentum = anneal(
          bounds[keyPath: current.momentum.0], bounds[keyPath: current.momentum.1], share)
        if let betas = group.options.betas {
          group.options.betas = (momentum, betas.1)
        } else {
          group.options.momentum = momentum
        }
      }
      return anneal(bounds[keyPath: current.lr.0], bounds[keyPath: current.lr.1], share)
    }
  }

  private func anneal(_ start: Double, _ end: Double, _ share: Double) -> Double {
    switch annealStrategy {
    case .cos: end + (start - end) / 2 * (cos(.pi * share) + 1)
    case .linear: (end - start) * share + start
    }
  }
}
