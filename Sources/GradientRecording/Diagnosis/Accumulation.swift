// Gradients that add up over steps: nobody set them to zero.

internal import GraphModel

/// Finds gradients that were carried on over a step.
enum Accumulation {
  static func findings(_ series: LeafSeries, _ examination: Examination) -> [Finding] {
    let passes = examination.recording.passes
    var carried: [Carried] = []
    for leaf in series.leaves {
      guard let run = longestRun(leaf, passes) else { continue }
      carried.append(
        Carried(
          leaf, leaf.entries[run.range.lowerBound], leaf.entries[run.range.upperBound],
          run.isOverGaps))
    }
    guard let worst = carried.max(by: { $0.last.after.norm < $1.last.after.norm }) else {
      return []
    }
    let pass = passes[worst.first.place]
    let names = carried.map(\.leaf.name)
    let trained = series.leaves.count
    let who =
      names.count == trained
      ? "all \(counted(trained, "parameter"))" : "\(names.count) of \(trained) parameters"
    var evidence = [
      worst.isOverGaps
        ? "at each recorded pass since step \(pass.step) the gradient of \(worst.leaf.name) before is "
          + "larger than the passes that were left out can have made it since the one before, though "
          + "the parameter has changed between"
        : "at each pass since step \(pass.step) the gradient of \(worst.leaf.name) before is, bit for "
          + "bit, that after the pass before, though the parameter has changed between",
      "its norm: \(text(worst.first.after.norm)) at step \(pass.step), "
        + "\(text(worst.last.after.norm)) at step \(passes[worst.last.place].step)",
    ]
    if names.count < trained || trained > 1 { evidence.append("concerned: \(listed(names))") }
    evidence.append("set gradients to zero before each step: zeroGrad()")
    return [
      Finding(
        .accumulatedGradients,
        "gradients accumulate without being set to zero since step \(pass.step): \(who)",
        evidence: evidence, parameters: carried.filter(\.leaf.isNamed).map(\.leaf.name),
        pass: pass)
    ]
  }

  /// A leaf whose gradient was carried on, from one pass to another.
  private struct Carried {
    var leaf: LeafSeries.Leaf
    var first: LeafSeries.Entry
    var last: LeafSeries.Entry
    /// Whether passes between were left out.
    var isOverGaps: Bool

    init(
      _ leaf: LeafSeries.Leaf, _ first: LeafSeries.Entry, _ last: LeafSeries.Entry,
      _ isOverGaps: Bool
    ) {
      (self.leaf, self.first, self.last, self.isOverGaps) = (leaf, first, last, isOverGaps)
    }
  }

  /// The longest stretch over which the gradient was carried on though the parameter changed, if it
  /// is long enough.
  private static func longestRun(
    _ leaf: LeafSeries.Leaf, _ passes: [Recording.Pass]
  ) -> (range: ClosedRange<Int>, isOverGaps: Bool)? {
    var best: (range: ClosedRange<Int>, isOverGaps: Bool)?
    var start: Int?
    var steps = 0
    var isOverGaps = false
    let entries = leaf.entries
    let largest = entries.compactMap(\.brought?.norm).filter(\.isFinite).max()
    for i in entries.indices.dropFirst() {
      let (last, next) = (entries[i - 1], entries[i])
      guard let before = next.before, before.zeroCount < before.count,
        passes[last.place].session == passes[next.place].session
      else {
        (start, steps, isOverGaps) = (nil, 0, false)
        continue
      }
      let gap = leftOut(between: last, next, passes)
      let canBeNew = largest.map { Thresholds.carriedOver * Double(gap) * $0 } ?? .infinity
      guard before.hash == last.after.hash || gap > 0 && before.norm > canBeNew else {
        (start, steps, isOverGaps) = (nil, 0, false)
        continue
      }
      if gap > 0 { isOverGaps = true }
      if start == nil { start = i - 1 }
      // Within a step the parameter stands: those are micro-batches.
      if let (a, b) = both(last.parameter, next.parameter), a.hash != b.hash { steps += 1 }
      if steps >= Thresholds.carriedSteps { best = (start!...i, isOverGaps) }
    }
    return best
  }

  /// How many passes between two are not recorded.
  private static func leftOut(
    between last: LeafSeries.Entry, _ next: LeafSeries.Entry, _ passes: [Recording.Pass]
  ) -> Int {
    max(0, (passes[next.place].id &- passes[last.place].id) &- (next.place - last.place))
  }

  private static func both<A>(_ a: A?, _ b: A?) -> (A, A)? {
    guard let a, let b else { return nil }
    return (a, b)
  }
}
