// Finding where NaN and infinities come from.

internal import CThreadState
internal import GraphModel

/// Runs `body` so that a backward pass in it stops at the first gradient that holds NaN or an infinity.
///
/// ```swift
/// try detectAnomaly {
///   let loss = model(x)
///   try loss.backward()  // throws: Function 'SqrtBackward0' returned inf values in its 0th output …
/// }
/// ```
///
/// The error names the node, which of its gradients it was, where the forward call was made, and, for a
/// node that another backward pass made, the node that ran then. It also names the first operator of
/// the forward pass whose result was not finite. Other errors of the pass say where the forward call was
/// made, too. Every gradient and every result is looked at, and every node notes where it was made: for
/// debugging only. The mode holds for the calling thread while `body` runs.
///
/// - Parameters:
///   - checkNaN: whether a gradient that holds NaN is refused.
///   - checkInfinity: whether one that holds an infinity is, which PyTorch lets pass.
///   - body: the forward and the backward pass.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws.
@discardableResult
public func detectAnomaly<Result, Failure: Error>(
  checkNaN: Bool = true, checkInfinity: Bool = true, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let state = ats_current()
  let before = state.pointee.notes
  setDetectAnomaly(true, checkNaN: checkNaN, checkInfinity: checkInfinity)
  defer { state.pointee.notes = before }
  return try body()
}

/// Switches what `detectAnomaly` does on or off for the calling thread.
public func setDetectAnomaly(_ mode: Bool, checkNaN: Bool = true, checkInfinity: Bool = true) {
  let state = ats_current()
  var notes = UInt32(state.pointee.notes) & ATS_NOTE_SOURCE.rawValue
  if mode {
    notes |= ATS_DETECT_ANOMALY.rawValue
    if checkNaN { notes |= ATS_REFUSE_NAN.rawValue }
    if checkInfinity { notes |= ATS_REFUSE_INFINITY.rawValue }
  }
  state.pointee.notes = UInt8(notes)
}

/// Whether the calling thread looks for anomalies.
public var isAnomalyEnabled: Bool {
  UInt32(ats_current().pointee.notes) & ATS_DETECT_ANOMALY.rawValue != 0
}

/// What a pass refuses in gradients.
struct AnomalyCheck {
  private let refusesNaN: Bool
  private let refusesInfinity: Bool

  /// What the thread asks for; nil when it does not look for anomalies.
  static func current(in state: UnsafeMutablePointer<ats_state>) -> AnomalyCheck? {
    let notes = UInt32(state.pointee.notes)
    guard notes & ATS_DETECT_ANOMALY.rawValue != 0 else { return nil }
    return AnomalyCheck(
      refusesNaN: notes & ATS_REFUSE_NAN.rawValue != 0,
      refusesInfinity: notes & ATS_REFUSE_INFINITY.rawValue != 0)
  }

  /// Throws for a gradient that `node` hands on and that is not to be.
  func check(_ gradients: borrowing Gradients, of node: Node) throws(AutogradError) {
    for i in 0..<node.edgeCount {
      guard let gradient = gradients[i], let count = NonFiniteCount(of: gradient) else { continue }
      let hasNaN = refusesNaN && count.nan > 0
      guard hasNaN || (refusesInfinity && count.infinite > 0) else { continue }
      var error = AutogradError(
        .notFinite,
        "Function '\(node.name)' returned \(hasNaN ? "nan" : "inf") values in its \(i)th output: "
          + "\(count) of a gradient of shape \(gradient.sizes), \(gradient.dtype.name)",
        node: node.name)
      error.input = i
      throw error
    }
  }
}

/// How many elements of a tensor are no finite numbers.
struct NonFiniteCount: CustomStringConvertible {
  let nan: Int
  let infinite: Int
  private let all: Int

  /// Counts; nil when all elements are finite.
  init?(of tensor: Tensor) {
    guard tensor.dtype.isFloatingPoint else { return nil }
    let counts = noGrad {
      tensor.isfinite().all().item() != 0
        ? nil : (nan: tensor.isnan().sum().item(), infinite: tensor.isinf().sum().item())
    }
    guard let counts else { return nil }
    nan = Int(counts.nan)
    infinite = Int(counts.infinite)
    all = tensor.count
  }

  var description: String {
    let parts = [(nan, "nan"), (infinite, "inf")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return parts.joined(separator: " and ") + " among the \(all) elements"
  }
}

extension AutogradError {
  /// This error, with where the forward calls that led to it were made.
  func traced(to node: Node, roots: [Node]) -> AutogradError {
    // An inner pass has done so already.
    guard trace.isEmpty else { return self }
    var result = self
    var next: Node? = node
    while let node = next {
      result.trace.append(Origin(node))
      next = node.parent
    }
    var lines = [message]
    for (i, origin) in result.trace.enumerated() {
      lines.append(
        i == 0
          ? "  Error detected in \(origin)."
          : "  Previous calculation was induced by \(origin).")
    }
    if code == .notFinite {
      if let (node, count) = Node.firstNonFinite(from: roots) {
        lines.append(
          "  The first operator whose result was not finite: \(Origin(node)), \(count).")
        lines.append(
          "  Look at what that operator was given: a division by 0, a logarithm of 0, an "
            + "overflow.")
      } else {
        lines.append(
          "  All results of the forward pass were finite: the derivative itself is not at this "
            + "point. Keep the operator away from it, by a clamp or a small number added.")
      }
    }
    result.message = lines.joined(separator: "\n")
    return result
  }
}

extension AutogradError.Origin: CustomStringConvertible {
  init(_ node: Node) {
    self.node = node.name
    let place = node.origin?.location
    file = place?.file
    line = place?.line
  }

  /// The node, and the file and line of its forward call.
  public var description: String {
    guard let file, let line else { return node }
    return "\(node), whose forward call was made at \(file):\(line)"
  }
}

extension Node {
  /// The node that was made first of those that the roots lead to and whose result was not finite.
  fileprivate static func firstNonFinite(from roots: [Node]) -> (Node, NonFiniteCount)? {
    var first: (node: Node, count: NonFiniteCount)?
    var seen: Set<ObjectIdentifier> = []
    var stack = roots
    while let node = stack.popLast() {
      guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
      if let count = node.nonFiniteResult,
        node.sequenceNumber < first?.node.sequenceNumber ?? .max
      {
        first = (node, count)
      }
      for i in 0..<node.edgeCount {
        if let next = node.edge(i).node { stack.append(next) }
      }
    }
    return first
  }
}
