// Why one operator made what is not finite, from what it worked on.

internal import GraphModel

/// Why an operator's result is not finite.
struct Explanation {
  private(set) var cause: Finding.Cause = .unknown
  /// The cause in a few words.
  private(set) var words = ""
  private(set) var evidence: [String] = []

  private let structure: Structure
  private let node: Int
  private let witness: Recording.Witness?

  private var name: String { structure.name(node) }

  private mutating func set(_ cause: Finding.Cause, _ words: String, _ more: String? = nil) {
    self.cause = cause
    self.words = words
    if let more { evidence.append(more) }
  }

  // MARK: What an operator worked on

  private func operand(_ names: String...) -> Recording.Witness.Operand? {
    for name in names {
      if let operand = witness?.operands.first(where: { $0.name == name }) { return operand }
    }
    return nil
  }

  /// Whether an operand is as said at the offending element; where no element is known, anywhere.
  private func holds(
    _ operand: Recording.Witness.Operand?, _ element: (Double) -> Bool,
    _ whole: (GradientStatistics) -> Bool
  ) -> Bool {
    guard let operand else { return false }
    return operand.value.map(element) ?? whole(operand.statistics)
  }

  private func isZero(_ operand: Recording.Witness.Operand?) -> Bool {
    holds(operand, { $0 == 0 }) { $0.zeroCount > 0 }
  }

  private func isNegative(_ operand: Recording.Witness.Operand?) -> Bool {
    holds(operand, { $0 < 0 }) { $0.minimum < 0 }
  }

  private func isTiny(_ operand: Recording.Witness.Operand?) -> Bool {
    holds(operand, { abs($0) < Thresholds.nextToNothing }) {
      $0.zeroCount > 0 || max($0.minimum, -$0.maximum) < Thresholds.nextToNothing && $0.minimum > 0
    }
  }

  private func isNotFinite(_ operand: Recording.Witness.Operand?) -> Bool {
    holds(operand, { !$0.isFinite }) { !$0.isFinite }
  }

  /// The gradient that came, where there is one.
  private var gradient: Recording.Witness.Operand? { operand("grad", "grad0") }

  /// `at [0, 3]: grad 1, result 0 → ∞`.
  private mutating func describeWitness() {
    guard let witness else { return }
    // A result says nothing of itself.
    let shown = witness.operands.filter {
      witness.order != NonFinite.forwardOrder || !$0.name.hasPrefix("result")
    }
    let values = shown.prefix(5).map { operand in
      let name = printable(operand.name)
      if let value = operand.value { return "\(name) \(text(value))" }
      let statistics = operand.statistics
      return statistics.isFinite
        ? "\(name) \(operand.shape) from \(text(statistics.minimum)) to \(text(statistics.maximum))"
        : "\(name) \(operand.shape) with \(statistics.healthWords)"
    }
    let from = values.isEmpty ? "" : values.joined(separator: ", ") + " → "
    evidence.append("at \(witness.index): \(from)\(text(witness.value))")
  }

  // MARK: Backward

  /// Why a call's result is not finite though what it took is.
  init(backward witness: Recording.Witness, of node: Int, _ structure: Structure) {
    self.witness = witness
    self.node = node
    self.structure = structure
    describeWitness()
    explainBackward()
  }

  private mutating func explainBackward() {
    let (result, base) = (operand("result", "result0"), operand("self"))
    switch name {
    case "SqrtBackward0" where isZero(result):
      slope(.sqrtAtZero, "the slope of sqrt at 0 is infinite")
    case "LogBackward0", "Log2Backward0", "Log10Backward0", "XlogyBackward0":
      guard isZero(base) else { return explainByMagnitude() }
      slope(.logOfZero, "the slope of log at 0 is infinite")
    case "PowBackward0", "PowBackward1":
      if isNegative(base) {
        set(.powOfNegative, "a power of a negative number, which has no real value")
      } else if isZero(base) {
        slope(.powOfZero, "the slope of a power below 1 at 0 is infinite")
      } else {
        explainByMagnitude()
      }
    case "DivBackward0":
      let divisor = operand("other")
      if isZero(divisor) {
        slope(.divisionByZero, "division by 0")
      } else if isTiny(divisor) {
        set(
          .divisionByZero, "division by next to nothing",
          "its gradient is divided by the square of the divisor")
      } else {
        explainByMagnitude()
      }
    case "RsqrtBackward0", "ReciprocalBackward0":
      set(
        .divisionByZero, "division by next to nothing",
        "its gradient is a higher power of a result that is large already")
    case "LinalgVectorNormBackward0", "StdBackward0", "StdMeanBackward0", "CdistBackward0",
      "PairwiseDistanceBackward0":
      slope(.normAtZero, "the slope of a norm at 0 is not defined")
    case "AcosBackward0", "AsinBackward0", "AtanhBackward0", "AcoshBackward0":
      slope(
        .outsideDomain,
        "\(function) at the end of where it is defined, where its slope is infinite")
    case "NativeBatchNormBackward0", "NativeLayerNormBackward0", "NativeGroupNormBackward0",
      "FusedRmsNormBackward0":
      set(
        .vanishingVariance, "division by a vanishing variance",
        "the inputs that are normalised together are all but equal, and eps is too small")
    default: explainByMagnitude()
    }
  }

  /// An infinite slope: by itself, or times a gradient of zero.
  private mutating func slope(_ cause: Finding.Cause, _ words: String) {
    guard isZero(gradient), gradient?.value != nil else { return set(cause, words) }
    set(
      .zeroTimesInfinity, "0·∞: \(words), and the gradient that meets it is 0",
      maskBefore.map { "the 0 comes from \($0), which masks the value, not its slope" })
    evidence.append("mask what goes in, not only what comes out")
  }

  /// What set the gradient to zero on its way: the nearest mask.
  private var maskBefore: String? {
    let masks: Set<String> = [
      "WhereBackward0", "MaskedFillBackward0", "MaskedFillBackward1", "MulBackward0",
      "MaskedSelectBackward0", "IndexBackward0",
    ]
    var current = node
    for _ in 0..<6 {
      guard let next = structure.consumers[current].first?.node else { return nil }
      if masks.contains(structure.name(next)) { return structure.text(next) }
      current = next
    }
    return nil
  }

  private mutating func explainByMagnitude() {
    let saved = witness?.operands.filter { !$0.name.hasPrefix("grad") } ?? []
    if let broken = saved.first(where: { isNotFinite($0) }) {
      set(
        .zeroTimesInfinity,
        "0·∞: \(function) had saved \(broken.value.map(text) ?? "what is not finite"), and the "
          + "gradient that meets it is \(gradient?.value.map(text) ?? "finite")",
        maskBefore.map { "\($0) masks the value, not its slope" })
      return
    }
    explainOverflow(witness?.value, in: "its gradient")
  }

  private mutating func explainOverflow(_ value: Double?, in what: String) {
    let magnitudes =
      witness?.operands.map { operand in
        operand.value.map { abs($0) } ?? operand.statistics.maximumMagnitude
      } ?? []
    let largest = magnitudes.filter(\.isFinite).max() ?? 0
    let isSingle = structure.graph.nodes[node].outputs.first?.dtype != "float64"
    if name == "ExpBackward0", what == "its result" {
      return set(.expOverflow, "exp overflows")
    }
    // A square, or a product of two such, leaves float32.
    guard largest * largest >= Thresholds.largestFloat32 || largest >= 1e19 else {
      return set(.unknown, "\(function) made \(value.map(text) ?? "it") from finite values")
    }
    set(
      .overflow, isSingle ? "\(function) overflows float32" : "\(function) overflows",
      isSingle
        ? "magnitudes up to \(text(largest)): float64 would hold \(what)"
        : "magnitudes up to \(text(largest))")
  }

  /// `MulBackward0` → `mul`.
  private var function: String {
    var base = name
    if let range = base.firstRange(of: "Backward") { base = String(base[..<range.lowerBound]) }
    return printable(base.lowercased())
  }

  // MARK: Forward

  /// Why a node's result in the forward pass is not finite though what it was given is.
  init(
    forward witness: Recording.Witness?, of node: Int, result: GradientStatistics?,
    structure: Structure, results: [Int: GradientStatistics], given: [Int: GradientStatistics]
  ) {
    self.witness = witness
    self.node = node
    self.structure = structure
    describeWitness()
    if let result {
      evidence.append("its result has \(result.healthWords)")
    }
    explainForward(result)
  }

  private mutating func explainForward(_ result: GradientStatistics?) {
    let base = operand("self")
    let value = witness?.value ?? ((result?.nanCount ?? 0) > 0 ? .nan : .infinity)
    switch name {
    case "LogBackward0", "Log2Backward0", "Log10Backward0", "Log1PBackward0":
      let isBelow = name == "Log1PBackward0" ? value.isNaN : isNegative(base)
      if isBelow {
        set(.logOfNegative, "log of a negative number")
      } else {
        set(.logOfZero, "log of 0")
      }
    case "SqrtBackward0" where value.isNaN: set(.sqrtOfNegative, "sqrt of a negative number")
    case "PowBackward0", "PowBackward1", "PowBackward2":
      if value.isNaN {
        set(.powOfNegative, "a power of a negative number, which has no real value")
      } else if isZero(base) {
        set(.powOfZero, "a negative power of 0")
      } else {
        explainOverflow(value, in: "its result")
      }
    case "ExpBackward0", "Exp2Backward0", "Expm1Backward0", "SinhBackward0", "CoshBackward0":
      set(
        .expOverflow, "\(function) overflows",
        "float32 ends at \(function == "exp2" ? "an argument of 128" : "exp(88.7)"): subtract the "
          + "largest first, or clamp")
    case "DivBackward0", "ReciprocalBackward0", "RsqrtBackward0": explainDivision()
    case "AcosBackward0", "AsinBackward0", "AtanhBackward0", "AcoshBackward0":
      set(.outsideDomain, "\(function) of what lies outside of where it is defined")
    case "SoftmaxBackward0", "LogSoftmaxBackward0":
      set(
        .softmaxOfMinusInfinity, "\(function) of a row of nothing but -∞",
        maskBehind.map { "the row is masked as a whole by \($0)" }
          ?? "a row without a finite element has no softmax")
    case "NativeBatchNormBackward0", "NativeLayerNormBackward0", "NativeGroupNormBackward0",
      "FusedRmsNormBackward0":
      set(
        .vanishingVariance, "division by a vanishing variance",
        "the inputs that are normalised together are equal, and eps is too small")
    case "AddBackward0", "AddBackward1", "SubBackward0", "SubBackward1", "RsubBackward1",
      "WhereBackward0", "MaskedFillBackward0", "CatBackward0":
      if structure.graph.nodes[node].inputs.contains(where: { $0 == nil }) {
        set(
          .data, "in the data",
          "an operand of \(function) takes no gradient and was not kept: what it holds is not finite"
        )
      } else {
        explainOverflow(value, in: "its result")
      }
    case "SumBackward0", "SumBackward1", "MeanBackward0", "MeanBackward1", "MseLossBackward0":
      set(.overflow, "\(function) overflows float32", "its elements are finite, their sum is not")
    default:
      if value.isNaN, isZero(base) || isZero(operand("other")) {
        set(.zeroTimesInfinity, "0·∞ in \(function)")
      } else {
        explainOverflow(value, in: "its result")
      }
    }
  }

  private mutating func explainDivision() {
    if let maker = varianceBehind {
      return set(
        .vanishingVariance, "division by a vanishing variance",
        "\(maker) gave 0, and no eps was added to it")
    }
    let divisor = operand("other")
    if name != "DivBackward0" || isZero(divisor) {
      set(.divisionByZero, "division by 0")
    } else if isTiny(divisor) {
      set(.divisionByZero, "division by next to nothing")
    } else {
      explainOverflow(witness?.value, in: "its result")
    }
  }

  /// The variance, or deviation, that a divisor comes from.
  private var varianceBehind: String? {
    let makers: Set<String> = [
      "VarBackward0", "StdBackward0", "VarMeanBackward0", "StdMeanBackward0",
    ]
    let slot = name == "DivBackward0" ? 1 : 0
    var edge = structure.graph.nodes[node].inputs.dropFirst(slot).first ?? nil
    for _ in 0..<5 {
      guard let current = edge?.node else { return nil }
      if makers.contains(structure.name(current)) { return structure.text(current) }
      edge = structure.graph.nodes[current].inputs.first ?? nil
    }
    return nil
  }

  /// The mask that what a node took comes from.
  private var maskBehind: String? {
    var edge = structure.graph.nodes[node].inputs.first ?? nil
    for _ in 0..<5 {
      guard let current = edge?.node else { return nil }
      let known = structure.graph.nodes[current]
      if known.name.hasPrefix("MaskedFill") || known.name == "WhereBackward0"
        || (known.name == "AddBackward0" && known.inputs.contains { $0 == nil })
      {
        return structure.text(current)
      }
      edge = known.inputs.first ?? nil
    }
    return nil
  }
}
