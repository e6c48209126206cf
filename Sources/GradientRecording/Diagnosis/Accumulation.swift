// Gradients that add up over steps: nobody set them to zero.

internal import GraphModel

/// Finds gradients that were carried on over a step.
enum Accumulation {
  static func findings(_ series: LeafSeries, _ examination: Examination) -> [Finding] {
    let passes = examination.recording.passes
    var carried: [(leaf: LeafSeries.Leaf, first: LeafSeries.Entry, last: LeafSeries.Entry)] = []
    for leaf in series.leaves {
      guard let run = longestRun(leaf, passes) else { continue }
      carried.append((leaf, leaf.entries[run.lowerBound], leaf.entries[run.upperBound]))
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
      "at each pass since step \(pass.step) the gradient of \(worst.leaf.name) before is, bit for "
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

  /// The longest stretch over which the gradient was carried on though the parameter changed, if it
  /// is long enough.
  private static func longestRun(
    _ leaf: LeafSeries.Leaf, _ passes: [Recording.Pass]
  ) -> ClosedRange<Int>? {
    var best: ClosedRange<Int>?
    var start: Int?
    var steps = 0
    let entries = leaf.entries
    for i in entries.indices.dropFirst() {
      let (last, next) = (entries[i - 1], entries[i])
      let isCarried =
        next.before.map { $0.hash == last.after.hash && $0.zeroCount < $0.count } == true
        && passes[last.place].session == passes[next.place].session
      guard isCarried else {
        start = nil
        steps = 0
        continue
      }
      if start == nil { start = i - 1 }
      // Within a step the parameter stands: those are micro-batches.
      if let (a, b) = both(last.parameter, next.parameter), a.hash != b.hash { steps += 1 }
      if steps >= Thresholds.carriedSteps { best = start!...i }
    }
    return best
  }

  private static func both<A>(_ a: A?, _ b: A?) -> (A, A)? {
    guard let a, let b else { return nil }
    return (a, b)
  }
}
