// Runs recorded nodes again, without the program that made them.

internal import Autograd
public import GradientRecording
public import GraphModel

/// Runs the nodes of a recorded pass again and compares what they give with what they gave.
///
/// ```swift
/// let recording = try Recording(contentsOf: "run.agviz")  // recorded with RecordingPolicy(detail: .everything)
/// let report = try Reexecution(recording, pass: 0).run()
/// print(report.firstDifference)  // nil: every gradient is what it was, bit by bit
/// ```
///
/// The recording must hold saved tensors and gradients (`RecordingPolicy.Detail.everything`). It is
/// data, and checked; but a recording made to do harm can hold parts that are right each by itself and do
/// not fit each other, which a formula may trap on. `agviz rerun` therefore runs in a process of its own.
public struct Reexecution {
  /// The precision that nodes run in.
  public enum Precision: Sendable, Hashable {
    /// As they did.
    case recorded
    /// In double precision, gradients and saved tensors converted.
    case float64
  }

  /// What is changed in a gradient before a node takes it.
  public enum Change: Sendable, Hashable {
    /// All elements become 0.
    case zero
    /// Elements are limited to a magnitude.
    case clip(Double)
    /// The gradient is scaled so that its L2 norm is at most this.
    case clipNorm(Double)
    /// All elements become this.
    case fill(Double)
  }

  /// A gradient that is changed: of an output of the node that a call ran.
  public struct Replacement: Sendable, Hashable {
    /// The call's place in the order of running.
    public var order: Int
    /// The forward output whose gradient it is.
    public var output: Int
    /// What becomes of it.
    public var change: Change

    /// Creates a replacement.
    public init(order: Int, output: Int = 0, change: Change) {
      self.order = order
      self.output = output
      self.change = change
    }
  }

  private let recording: Recording
  private let pass: Recording.Pass
  private let graph: ComputationGraph
  private let calls: [Recording.Call]
  private let measurements: [Place: Recording.Measurement]
  private let values: [Place: Recording.Value]
  private let fields: [Int: Recording.NodeFields]

  private struct Place: Hashable {
    var order: Int
    var role: Recording.Role
    var slot: Int
  }

  /// Prepares to run a pass again.
  ///
  /// - Throws: `RecordingError` where the pass is not there, or was not recorded with saved tensors.
  public init(_ recording: Recording, pass: Int) throws(RecordingError) {
    self.recording = recording
    self.pass = try recording.pass(pass)
    graph = try recording.graph(self.pass.graph)
    let calls = try recording.calls(of: pass)
    self.calls = calls
    guard calls.indices.allSatisfy({ calls[$0].order == $0 }) else {
      throw RecordingError(
        code: .damaged, message: "the recording is damaged: calls of pass \(pass) are missing",
        file: recording.path)
    }
    fields = Dictionary(
      try recording.nodeFields(of: pass).map { ($0.node, $0) }, uniquingKeysWith: { $1 })
    guard !fields.isEmpty else {
      throw RecordingError(
        code: .noSuchRecord,
        message: "pass \(pass) was recorded without saved tensors: record with the policy "
          + "`everything` to run it again", file: recording.path)
    }
    measurements = Dictionary(
      try recording.measurements(of: pass).map {
        (Place(order: $0.order, role: $0.role, slot: $0.slot), $0)
      },
      uniquingKeysWith: { $1 })
    values = Dictionary(
      try recording.values(of: pass).map {
        (Place(order: $0.order, role: $0.role, slot: $0.slot), $0)
      },
      uniquingKeysWith: { $1 })
  }

  /// Runs one call again with the gradients that it took.
  ///
  /// - Throws: `RecordingError` where there is no such call or what it took is not recorded.
  public func run(
    call order: Int, in precision: Precision = .recorded, replacing replacements: [Replacement] = []
  ) throws(RecordingError) -> Report {
    guard calls.indices.contains(order) else {
      throw RecordingError(
        code: .noSuchRecord, message: "pass \(pass.id) has no call \(order), but \(calls.count)",
        file: recording.path)
    }
    var runner = Runner(self, precision, replacements)
    let node = graph.nodes[calls[order].node]
    for output in node.outputs.indices {
      guard measurements[Place(order: order, role: .gradOutput, slot: output)] != nil else {
        continue
      }
      runner.incoming[order, default: [:]][output] = try runner.gradient(order, output)
    }
    return Report(pass: pass.id, precision: precision, results: [try runner.run(order)])
  }

  /// Runs the whole pass again, from the gradients of its roots.
  ///
  /// - Throws: `RecordingError` where these are not recorded.
  public func run(
    in precision: Precision = .recorded, replacing replacements: [Replacement] = []
  ) throws(RecordingError) -> Report {
    var runner = Runner(self, precision, replacements)
    try runner.start()
    var results: [CallResult] = []
    for order in calls.indices { results.append(try runner.run(order)) }
    return Report(pass: pass.id, precision: precision, results: results)
  }

  /// What running again came to.
  public struct Report: Sendable {
    /// The pass's number.
    public var pass: Int
    /// The precision that nodes ran in.
    public var precision: Precision
    /// The calls that ran, in order.
    public var results: [CallResult]

    /// The first call that gave something else than it had; nil where there is none.
    public var firstDifference: CallResult? { results.first { !$0.isSame && $0.refusal == nil } }
    /// How many calls gave every gradient bit by bit as it was.
    public var sameCount: Int { results.count { $0.isSame } }
    /// The calls that could not run.
    public var refused: [CallResult] { results.filter { $0.refusal != nil } }
    /// The gradients that were not finite and are now.
    public var survivors: [(call: CallResult, gradient: Gradient)] {
      results.flatMap { call in
        call.gradients.filter { !$0.recorded.isFinite && $0.now.isFinite }.map { (call, $0) }
      }
    }
  }

  /// What one call came to.
  public struct CallResult: Sendable, Hashable {
    /// The call's place in the order of running.
    public var order: Int
    /// The node's id in the pass's graph.
    public var node: Int
    /// The node's name.
    public var name: String
    /// Why the node could not run; nil where it did.
    public var refusal: String?
    /// What it handed on, by input.
    public var gradients: [Gradient]

    /// Whether it ran and gave all that it had, bit by bit.
    public var isSame: Bool { refusal == nil && gradients.allSatisfy(\.isSame) }
  }

  /// A gradient that a node handed on, then and now.
  public struct Gradient: Sendable, Hashable {
    /// The node's forward input.
    public var input: Int
    /// What it held.
    public var recorded: GradientStatistics
    /// What it holds now.
    public var now: GradientStatistics
    /// Whether it is the same bit by bit.
    public var isSame: Bool { recorded.hash == now.hash }
  }
}

extension Reexecution {
  /// One run: the gradients that are under way.
  private struct Runner {
    private let source: Reexecution
    private let precision: Precision
    private let replacements: [Replacement]
    private var saved: [Tensor]
    /// By call and output, as the engine adds them up.
    var incoming: [Int: [Int: Tensor]] = [:]
    private let orderOfNode: [Int: Int]

    init(_ source: Reexecution, _ precision: Precision, _ replacements: [Replacement]) {
      self.source = source
      self.precision = precision
      self.replacements = replacements
      orderOfNode = Dictionary(
        source.calls.map { ($0.node, $0.order) }, uniquingKeysWith: { first, _ in first })
      saved = []
    }

    /// The gradients with which the pass started.
    mutating func start() throws(RecordingError) {
      for contribution in try source.recording.contributions(of: source.pass.id)
      where contribution.source == nil {
        throw RecordingError(
          code: .noSuchRecord,
          message: "pass \(source.pass.id) started where other gradients arrive: run its calls one "
            + "by one", file: source.recording.path)
      }
      for root in source.graph.roots {
        guard let edge = source.graph.tensors[root].gradFn, let order = orderOfNode[edge.node]
        else { continue }
        incoming[order, default: [:]][edge.output] = try gradient(order, edge.output)
      }
    }

    /// A gradient that a call took.
    func gradient(_ order: Int, _ output: Int) throws(RecordingError) -> Tensor {
      try tensor(Place(order: order, role: .gradOutput, slot: output))
    }

    private func tensor(_ place: Place) throws(RecordingError) -> Tensor {
      guard let value = source.values[place] else {
        throw RecordingError(
          code: .noSuchRecord,
          message: "the elements of \(place.role) \(place.slot) of call \(place.order) are not "
            + "recorded", file: source.recording.path)
      }
      guard
        let tensor = Tensor.recorded(
          try source.recording.bytes(of: value), shape: value.shape, strides: value.strides,
          dtype: value.dtype)
      else {
        throw RecordingError(
          code: .damaged,
          message: "the elements of \(place.role) \(place.slot) of call \(place.order) do not fit "
            + "their shape", file: source.recording.path)
      }
      return tensor
    }

    /// Runs a call with what has arrived for it.
    mutating func run(_ order: Int) throws(RecordingError) -> CallResult {
      let call = source.calls[order]
      let node = source.graph.nodes[call.node]
      var result = CallResult(
        order: order, node: call.node, name: node.name, refusal: nil, gradients: [])
      var gradients = node.outputs.indices.map { incoming[order]?[$0] }
      incoming[order] = nil
      for replacement in replacements where replacement.order == order {
        guard gradients.indices.contains(replacement.output) else { continue }
        gradients[replacement.output] = gradients[replacement.output].map(
          replacement.change.applied)
      }
      if node.kind == .accumulateGrad { return try accumulated(result, gradients) }
      let outcome: [Tensor?]
      do {
        outcome = try runNode(call.node, gradients)
      } catch let error as RecordingError {
        throw error
      } catch {
        result.refusal = "\(error)"
        // The pass goes on with what the node gave.
        outcome = try node.inputs.indices.map { (i) throws(RecordingError) in
          let place = Place(order: order, role: .gradInput, slot: i)
          return source.values[place] == nil ? nil : try tensor(place)
        }
      }
      for (i, gradient) in outcome.enumerated() {
        guard let gradient else { continue }
        if let recorded = source.measurements[Place(order: order, role: .gradInput, slot: i)] {
          result.gradients.append(
            Gradient(
              input: i, recorded: recorded.statistics,
              now: gradient.recordedStatistics))
        }
        guard let edge = node.inputs[i], let next = orderOfNode[edge.node] else { continue }
        let sum = incoming[next]?[edge.output]
        incoming[next, default: [:]][edge.output] = sum.map { noGradSum($0, gradient) } ?? gradient
      }
      return result
    }

    private func noGradSum(_ a: Tensor, _ b: Tensor) -> Tensor { noGrad { a + b } }

    private mutating func runNode(_ id: Int, _ gradients: [Tensor?]) throws -> [Tensor?] {
      guard let fields = source.fields[id], let text = fields.fields else {
        throw Refusal(description: source.fields[id]?.refusal ?? "it is not recorded")
      }
      let archive = try NodeArchive(text: text)
      guard archive.inputs.count == source.graph.nodes[id].inputs.count else {
        throw Refusal(description: "what is recorded of it has other inputs than the graph's node")
      }
      while let value = source.values[Place(order: 0, role: .saved, slot: saved.count)] {
        saved.append(try tensor(Place(order: 0, role: .saved, slot: value.slot)))
      }
      let dtype: DType? = precision == .float64 ? .float64 : nil
      let restored = try archive.restored(tensors: saved, computingIn: dtype)
      let given = gradients.map { gradient in
        gradient.map { g in dtype == nil || !g.dtype.isFloatingPoint ? g : g.to(.float64) }
      }
      return try restored.run(gradOutputs: given)
    }

    /// What a leaf's gradient comes to.
    private func accumulated(
      _ result: CallResult, _ gradients: [Tensor?]
    ) throws(RecordingError) -> CallResult {
      var result = result
      guard let gradient = gradients.first ?? nil else { return result }
      let place = Place(order: result.order, role: .gradBefore, slot: 0)
      var sum = gradient
      if source.measurements[place] != nil {
        let before = try tensor(place)
        sum = noGradSum(precision == .float64 ? before.to(.float64) : before, gradient)
      }
      if let after = source.measurements[Place(order: result.order, role: .gradAfter, slot: 0)] {
        result.gradients.append(
          Gradient(
            input: 0, recorded: after.statistics,
            now: sum.recordedStatistics))
      }
      return result
    }
  }

  private struct Refusal: Error, CustomStringConvertible {
    var description: String
  }
}

extension Reexecution.Change {
  /// The gradient as it is changed to.
  fileprivate func applied(_ gradient: Tensor) -> Tensor {
    noGrad {
      switch self {
      case .zero: Tensor.zeros(gradient.shape, dtype: gradient.dtype)
      case .fill(let value): Tensor.full(gradient.shape, value, dtype: gradient.dtype)
      case .clip(let bound): gradient.clamp(min: -bound, max: bound)
      case .clipNorm(let bound):
        gradient
          * Swift.min(1, bound / Swift.max(gradient.recordedStatistics.norm, .leastNormalMagnitude))
      }
    }
  }
}
