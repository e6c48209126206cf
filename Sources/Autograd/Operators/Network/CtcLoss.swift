// Connectionist temporal classification of sequences: ctc_loss.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// Minus the logarithm of the probability of all paths that spell the targets, reduced.
  ///
  /// This tensor holds log-probabilities of shape T×N×C, or T×C without a batch. `targets` has labels
  /// below C other than `blank`, a row for each sequence (N×S) or one after the other; of sequence b
  /// the first `inputLengths[b]` steps and `targetLengths[b]` labels count. The mean divides each
  /// loss by the length of its target first. With `zeroInfinity` losses of targets that do not fit
  /// into their inputs are 0. Source: Graves et al., 2006.
  public func ctcLoss(
    _ targets: Tensor, inputLengths: [Int], targetLengths: [Int], blank: Int = 0,
    reduction: LossReduction = .mean, zeroInfinity: Bool = false
  ) -> Tensor {
    reduction.check("ctc_loss")
    let isBatched = sizes.count == 3
    let logProbs = isBatched ? self : unsqueeze(1)
    let settings = CtcSettings(
      inputLengths: inputLengths, targetLengths: targetLengths, blank: blank,
      zeroInfinity: zeroInfinity)
    var losses = logProbs.ctc(noGrad { targets.converted(to: .int64) }, settings)
    if zeroInfinity {
      losses = .where(noGrad { losses.eq(Double.infinity) }, .zero(dtype), losses)
    }
    switch reduction {
    case .none: return isBatched ? losses : losses.squeeze(0)
    case .mean:
      let lengths = Tensor(targetLengths.map { Double(Swift.max($0, 1)) }, dtype: dtype)
      return (losses / lengths).mean()
    case .sum, .batchMean: return losses.sum()
    }
  }

  private func ctc(_ targets: Tensor, _ settings: CtcSettings) -> Tensor {
    checkFloatingPoint("ctc_loss", "ctc_loss_cpu")
    guard count > 0 else { refuse("ctc_loss", "log_probs tensor must not be empty") }
    let plan = CtcPlan(self, targets, settings)
    let losses = Tensor(empty: Dims([plan.batch]), dtype)
    let alpha = Tensor(empty: Dims([plan.batch, sizes[0], plan.states]), dtype)
    plan.withKernel { agk_ctc_loss($0, alpha.pointer, losses.pointer) }
    return .recorded(losses, self) {
      let node = CtcLossBackward0(settings)
      node.save(.input(self), 0)
      node.save(.result(losses), 1)
      node.save(.result(alpha), 2)
      node.save(.input(targets), 3)
      return node
    }
  }

  fileprivate func ctcBackward(
    _ logProbs: Tensor, _ targets: Tensor, losses: Tensor, alpha: Tensor,
    _ settings: CtcSettings
  ) -> Tensor {
    let plan = CtcPlan(logProbs, targets, settings)
    let gradient = contiguousData()
    let beta = Tensor(empty: alpha.sizes, alpha.dtype)
    let result = Tensor(empty: logProbs.sizes, logProbs.dtype)
    withExtendedLifetime((gradient, losses, alpha, beta)) {
      plan.withKernel {
        agk_ctc_loss_backward(
          $0, settings.zeroInfinity, losses.pointer, alpha.pointer, beta.pointer,
          gradient.pointer, result.pointer)
      }
    }
    return .recorded(result, self, logProbs, losses) { NotImplemented("_ctc_loss_backward") }
  }
}

/// What ctc_loss is told beside its tensors.
private struct CtcSettings {
  let inputLengths: [Int]
  let targetLengths: [Int]
  let blank: Int
  let zeroInfinity: Bool
}

final class CtcLossBackward0: Node {
  private let settings: CtcSettings

  fileprivate init(_ settings: CtcSettings) {
    self.settings = settings
    super.init()
  }

  override class var savedNames: [String] { ["log_probs", "result0", "result1", "targets"] }
  override var attributes: [String: AttributeValue] {
    [
      "blank": .int(settings.blank), "input_lengths": .ints(settings.inputLengths),
      "target_lengths": .ints(settings.targetLengths),
      "zero_infinity": .bool(settings.zeroInfinity),
    ]
  }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(
      g.ctcBackward(
        savedValue(0), savedValue(3), losses: savedValue(1), alpha: savedValue(2), settings))
  }
}

/// Checked log-probabilities and targets, and where the target of each sequence begins.
private struct CtcPlan {
  let batch: Int
  let states: Int
  private let logProbs: Tensor
  private let targets: Tensor
  private let blank: Int
  private let inputLengths: [Int64]
  private let targetLengths: [Int64]
  private var offsets: [Int64] = []

  init(_ logProbs: Tensor, _ targets: Tensor, _ settings: CtcSettings) {
    guard logProbs.sizes.count == 3 else {
      CtcPlan.fail(
        "Expected 3-dimensional tensor, but got \(logProbs.sizes.count)-dimensional tensor for "
          + "argument #1 'log_probs'")
    }
    guard 1...2 ~= targets.sizes.count else {
      CtcPlan.fail(
        "Expected 1 to 2 dimensions, but got \(targets.sizes.count)-dimensional tensor for "
          + "argument #2 'targets'")
    }
    batch = logProbs.sizes[1]
    guard 0..<logProbs.sizes[2] ~= settings.blank else {
      CtcPlan.fail("blank must be in label range")
    }
    guard settings.inputLengths.count == batch else {
      CtcPlan.fail("input_lengths must be of size batch_size")
    }
    guard settings.targetLengths.count == batch else {
      CtcPlan.fail("target_lengths must be of size batch_size")
    }
    states = 2 * max(settings.targetLengths.max() ?? 0, 0) + 1
    self.logProbs = logProbs.contiguousData()
    self.targets = targets.contiguousData()
    blank = settings.blank
    inputLengths = settings.inputLengths.map(Int64.init)
    targetLengths = settings.targetLengths.map(Int64.init)
    placeTargets(settings.targetLengths)
    for length in settings.inputLengths {
      guard length >= 0 else {
        CtcPlan.fail("Expected input_lengths to have value at least 0, but got value \(length)")
      }
      guard length <= logProbs.sizes[0] else {
        CtcPlan.fail(
          "Expected input_lengths to have value at most \(logProbs.sizes[0]), but got value "
            + "\(length)")
      }
    }
    checkLabels(settings.targetLengths)
  }

  private mutating func placeTargets(_ lengths: [Int]) {
    let rows = targets.sizes.count == 2
    var end = 0
    for (b, length) in lengths.enumerated() {
      guard length >= 0 else {
        CtcPlan.fail("Expected target_lengths to have value at least 0, but got value \(length)")
      }
      offsets.append(Int64(rows ? b * targets.sizes[1] : end))
      end += length
    }
    let expected = rows ? batch : end
    guard targets.sizes[0] == expected else {
      CtcPlan.fail(
        "Expected tensor to have size \(expected) at dimension 0, but got size "
          + "\(targets.sizes[0]) for argument #2 'targets'")
    }
    if rows, let longest = lengths.max(), targets.sizes[1] < longest {
      CtcPlan.fail(
        "Expected tensor to have size at least \(longest) at dimension 1, but got size "
          + "\(targets.sizes[1]) for argument #2 'targets'")
    }
  }

  /// PyTorch reads whatever lies beside the log-probabilities instead.
  private func checkLabels(_ lengths: [Int]) {
    let labels = targets.int64Pointer
    for (offset, length) in zip(offsets, lengths) {
      for i in Int(offset)..<Int(offset) + length
      where labels[i] < 0 || labels[i] >= logProbs.sizes[2] {
        CtcPlan.fail("target \(labels[i]) is out of range: there are \(logProbs.sizes[2]) labels")
      }
    }
  }

  private static func fail(_ message: String) -> Never { refuse("ctc_loss", message) }

  func withKernel(_ body: (UnsafePointer<agk_ctc>) -> Void) {
    withExtendedLifetime((logProbs, targets)) {
      inputLengths.withUnsafeBufferPointer { inputLengths in
        targetLengths.withUnsafeBufferPointer { targetLengths in
          offsets.withUnsafeBufferPointer { offsets in
            var kernel = agk_ctc(
              dtype: logProbs.dtype.kernel, steps: Int64(logProbs.sizes[0]), batch: Int64(batch),
              labels: Int64(logProbs.sizes[2]), blank: Int64(blank), states: Int64(states),
              input_lengths: inputLengths.baseAddress!,
              target_lengths: targetLengths.baseAddress!, offsets: offsets.baseAddress!,
              targets: targets.int64Pointer, log_probs: logProbs.pointer)
            body(&kernel)
          }
        }
      }
    }
  }
}
