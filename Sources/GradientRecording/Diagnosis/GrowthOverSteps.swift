// Gradients, or a loss, that grow from step to step.

internal import Foundation
internal import GraphModel

/// Finds what grows from step to step.
enum GrowthOverSteps {
  static func findings(_ series: LeafSeries, _ examination: Examination) -> [Finding] {
    let passes = examination.recording.passes
    let grown = series.leaves.compactMap { Growth($0, passes) }
      .filter { $0.loss(in: passes, examination) != .falling }
    // The last gradient's size says which parameter the divergence is about.
    guard let lead = grown.max(by: { $0.last.after.norm < $1.last.after.norm }) else {
      return risingLoss(examination)
    }
    let (first, last) = (passes[lead.first.place], passes[lead.last.place])
    var evidence = [
      "the gradient of \(lead.leaf.name) has the norm \(text(lead.first.after.norm)) at step "
        + "\(first.step), \(text(lead.last.after.norm)) at step \(last.step)"
    ]
    let others = grown.filter { $0.leaf.name != lead.leaf.name }
      .sorted { $0.last.after.norm > $1.last.after.norm }
    if !others.isEmpty {
      evidence.append(
        "with it grow "
          + listed(others.map { "\($0.leaf.name) (×\(text($0.factor(passes))) a step)" }))
    }
    let roots = (first.root, last.root)
    if let from = roots.0, let to = roots.1 {
      evidence.append("the loss goes from \(text(from)) to \(text(to))")
    }
    if let bad = examination.firstBad {
      evidence.append(
        "step \(passes[bad].step) is the first in which a value is not finite")
    }
    evidence.append("take smaller steps: a lower learning rate, or clipped gradients")
    let leads = series.leaves.count > 1 ? "; \(lead.leaf.name) leads" : ""
    return [
      Finding(
        .explodingGradients,
        "exploding gradients since step \(first.step): \(text(lead.factor(passes))) times larger "
          + "each step\(leads)",
        evidence: evidence,
        parameters: lead.leaf.isNamed ? [lead.leaf.name] : [], pass: first,
        factor: lead.factor(passes))
    ]
  }

  /// A loss that rises at every step, though the gradients do not explode.
  private static func risingLoss(_ examination: Examination) -> [Finding] {
    let passes = examination.finitePasses
    guard let last = passes.last else { return [] }
    let alike = passes.filter {
      $0.session == last.session && $0.phase == last.phase && $0.microBatch == last.microBatch
    }
    let losses = alike.compactMap(\.root)
    guard losses.count == alike.count, losses.count > Thresholds.risingSteps,
      let first = losses.first, first > 0, losses.last! >= Thresholds.lossRise * first,
      zip(losses, losses.dropFirst()).allSatisfy(<)
    else { return [] }
    return [
      Finding(
        .explodingGradients,
        "the loss rises at every step: \(text(first)) at step \(alike.first!.step), "
          + "\(text(losses.last!)) at step \(last.step)",
        evidence: [
          "each of \(losses.count) passes has a higher loss than the one before",
          "a step goes against the gradient: is its sign right, the learning rate low enough?",
        ], pass: alike.first)
    ]
  }
}

/// How the gradient of a leaf grew, where it exploded.
private struct Growth {
  var leaf: LeafSeries.Leaf
  /// The last pass in which the gradient was least.
  var first: LeafSeries.Entry
  /// The last finite one.
  var last: LeafSeries.Entry

  init?(_ leaf: LeafSeries.Leaf, _ passes: [Recording.Pass]) {
    let entries = leaf.entries.filter { $0.after.norm.isFinite && $0.after.norm > 0 }
    guard let last = entries.last else { return nil }
    let least = entries.map(\.after.norm).min()!
    let start = entries.lastIndex { $0.after.norm == least }!
    let rest = entries[start...]
    // Where steps were left out, few passes may span as many steps: they must show much more.
    let hasFew = rest.count <= Thresholds.explosionSteps
    let explosion = hasFew ? Thresholds.explosion * Thresholds.explosion : Thresholds.explosion
    guard passes[last.place].step &- passes[entries[start].place].step >= Thresholds.explosionSteps,
      last.after.norm >= explosion * least,
      // It is still growing where it ends.
      last.after.norm >= 0.5 * rest.map(\.after.norm).max()!
    else { return nil }
    let ups = zip(rest, rest.dropFirst()).count { $0.after.norm < $1.after.norm }
    guard Double(ups) >= Thresholds.upwardShare * Double(rest.count - 1) else { return nil }
    self.leaf = leaf
    self.last = last
    first = entries[start]
  }

  /// How many times larger the gradient became at each step: the geometric mean.
  func factor(_ passes: [Recording.Pass]) -> Double {
    let steps = passes[last.place].step &- passes[first.place].step
    return pow(last.after.norm / first.after.norm, 1 / Double(max(steps, 1)))
  }

  enum Loss { case rising, falling, unknown }

  /// What the loss did meanwhile.
  func loss(in passes: [Recording.Pass], _ examination: Examination) -> Loss {
    guard let from = passes[first.place].root, let to = passes[last.place].root else {
      return .unknown
    }
    if abs(to) >= Thresholds.lossGrowth * abs(from) { return .rising }
    // The last gradients may have been the ones that broke it.
    return examination.firstBad.map { passes[$0].root?.isFinite == false } == true
      ? .rising : .falling
  }
}
