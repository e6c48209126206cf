// What a recorded program tells, in the order in which it happens: plain values.
//
// A pass is a backward pass, numbered from 0 within its session. Its graph is told before the first
// pass over it, and once: nodes and tensors are meant by their ids in it. A call is the run of a node
// in a pass, numbered from 0 in the order of running. What is told of a call comes after `called` of
// that call and before that of the next.

package import GraphModel

package typealias Detail = RecordingDetail
package typealias Role = RecordedRole
package typealias Statistics = GradientStatistics

/// One thing that happened in a recorded program.
package enum Event: Sendable, Hashable {
  /// A program began to record. Always the first of a session.
  case opened(Session)
  /// The structure of the passes that name it.
  case graph(Graph)
  /// A backward pass began.
  case passBegan(PassBeginning)
  /// A node is about to run, or, told again with the time of its end, has run.
  case called(Call)
  /// What a tensor around a call held, in numbers.
  case measured(Measurement)
  /// What one edge brought where several meet.
  case contributed(Contribution)
  /// The elements of a tensor.
  case value(Value)
  /// What a node is made of besides edges and saved tensors, for running it again.
  case fields(NodeFields)
  /// What a node worked on where its result stopped being finite.
  case witness(Witness)
  /// A backward pass came to its end.
  case passEnded(PassEnd)
  /// The result of an operator of the forward pass.
  case forward(ForwardResult)
  /// A tensor with a history came to an operator that gave a result without one.
  case cut(Cut)
  /// A named parameter that the program trains, or does not.
  case parameter(Parameter)
  /// Something was left out.
  case dropped(Dropped)
  /// The program ended the recording. Always the last, where it is there.
  case closed(Closing)
}

/// Who records, and how.
package struct Session: Sendable, Hashable {
  package var producer: String
  package var version: String
  /// Nanoseconds since 1970 at the start; all other times count from here.
  package var startedAt: Int64
  package var processID: Int32
  package var command: [String]
  /// The policy, as its JSON.
  package var policy: String

  package init(
    producer: String, version: String, startedAt: Int64, processID: Int32, command: [String],
    policy: String
  ) {
    self.producer = producer
    self.version = version
    self.startedAt = startedAt
    self.processID = processID
    self.command = command
    self.policy = policy
  }
}

/// A graph that passes run over.
package struct Graph: Sendable, Hashable {
  /// Counted from 0 within the session.
  package var id: UInt32
  /// Equal for graphs of equal structure, within a session.
  package var fingerprint: UInt64
  /// A `ComputationGraph`, in its file format.
  package var json: [UInt8]

  package init(id: UInt32, fingerprint: UInt64, json: [UInt8]) {
    self.id = id
    self.fingerprint = fingerprint
    self.json = json
  }
}

package struct PassBeginning: Sendable, Hashable {
  package var pass: UInt64
  package var graph: UInt32
  package var step: Int64
  package var microBatch: Int32
  package var phase: String
  package var detail: Detail
  /// Nanoseconds since the session's start.
  package var time: Int64
  /// The value of the root, where it is one element.
  package var root: Double?
  package var retainsGraph: Bool
  package var createsGraph: Bool

  package init(
    pass: UInt64, graph: UInt32, step: Int64, microBatch: Int32, phase: String, detail: Detail,
    time: Int64, root: Double?, retainsGraph: Bool, createsGraph: Bool
  ) {
    self.pass = pass
    self.graph = graph
    self.step = step
    self.microBatch = microBatch
    self.phase = phase
    self.detail = detail
    self.time = time
    self.root = root
    self.retainsGraph = retainsGraph
    self.createsGraph = createsGraph
  }
}

package struct Call: Sendable, Hashable {
  package var pass: UInt64
  package var order: UInt32
  package var node: UInt32
  /// Nanoseconds since the session's start.
  package var start: Int64
  package var end: Int64

  package init(pass: UInt64, order: UInt32, node: UInt32, start: Int64, end: Int64) {
    self.pass = pass
    self.order = order
    self.node = node
    self.start = start
    self.end = end
  }
}

package struct Measurement: Sendable, Hashable {
  package var pass: UInt64
  package var order: UInt32
  package var role: Role
  package var slot: UInt32
  package var dtype: String
  package var shape: Shape
  package var statistics: Statistics
  /// How many elements have each binary exponent from -150 to 128, where histograms are recorded.
  package var histogram: [UInt32]?

  package init(
    pass: UInt64, order: UInt32, role: Role, slot: UInt32, dtype: String, shape: Shape,
    statistics: Statistics, histogram: [UInt32]? = nil
  ) {
    self.pass = pass
    self.order = order
    self.role = role
    self.slot = slot
    self.dtype = dtype
    self.shape = shape
    self.statistics = statistics
    self.histogram = histogram
  }
}

/// A share of the gradient that the call took for `output`, where several edges lead to it.
package struct Contribution: Sendable, Hashable {
  package var pass: UInt64
  package var order: UInt32
  package var output: UInt32
  /// The order of the call that it came from and that node's input; nil where the pass started.
  package var from: Source?
  package var norm: Double
  /// The cosine of the angle to the sum; NaN where one of them is zero or not finite.
  package var cosine: Double

  package struct Source: Sendable, Hashable {
    package var order: UInt32
    package var input: UInt32

    package init(order: UInt32, input: UInt32) {
      self.order = order
      self.input = input
    }
  }

  package init(
    pass: UInt64, order: UInt32, output: UInt32, from: Source?, norm: Double, cosine: Double
  ) {
    self.pass = pass
    self.order = order
    self.output = output
    self.from = from
    self.norm = norm
    self.cosine = cosine
  }
}

/// A tensor's elements as they lie in memory.
package struct Value: Sendable, Hashable {
  package var pass: UInt64
  package var order: UInt32
  package var role: Role
  package var slot: UInt32
  package var dtype: String
  package var shape: [Int]
  /// In elements.
  package var strides: [Int]
  /// From the first element to the last in memory, in the machine's byte order.
  package var bytes: [UInt8]

  package init(
    pass: UInt64, order: UInt32, role: Role, slot: UInt32, dtype: String, shape: [Int],
    strides: [Int], bytes: [UInt8]
  ) {
    self.pass = pass
    self.order = order
    self.role = role
    self.slot = slot
    self.dtype = dtype
    self.shape = shape
    self.strides = strides
    self.bytes = bytes
  }
}

package struct NodeFields: Sendable, Hashable {
  package var pass: UInt64
  package var node: UInt32
  /// JSON; nil where the node cannot run without the program, with the reason.
  package var fields: String?
  package var refusal: String?

  package init(pass: UInt64, node: UInt32, fields: String?, refusal: String?) {
    self.pass = pass
    self.node = node
    self.fields = fields
    self.refusal = refusal
  }
}

/// An element where a node's result is not finite though what it took was.
package struct Witness: Sendable, Hashable {
  /// The order of an element of a node's forward result; `input` is the node.
  package static let forwardOrder = UInt32.max
  /// The order of an element of a tensor that no node made; `input` is its id in the graph.
  package static let givenOrder = UInt32.max - 1

  package var pass: UInt64
  package var order: UInt32
  /// The input whose gradient it is.
  package var input: UInt32
  /// The place of the element in that gradient, or tensor.
  package var index: [Int]
  package var value: Double
  /// What the node worked on there.
  package var operands: [Operand]

  package struct Operand: Sendable, Hashable {
    /// `grad` for the gradient that the node took, else the name under which the node saved it.
    package var name: String
    /// The element that meets the result's; nil where none does.
    package var value: Double?
    package var statistics: Statistics
    package var shape: [Int]

    package init(name: String, value: Double?, statistics: Statistics, shape: [Int]) {
      self.name = name
      self.value = value
      self.statistics = statistics
      self.shape = shape
    }
  }

  package init(
    pass: UInt64, order: UInt32, input: UInt32, index: [Int], value: Double, operands: [Operand]
  ) {
    self.pass = pass
    self.order = order
    self.input = input
    self.index = index
    self.value = value
    self.operands = operands
  }
}

package struct PassEnd: Sendable, Hashable {
  package var pass: UInt64
  package var time: Int64
  /// Why the pass failed; nil for one that completed.
  package var failure: String?

  package init(pass: UInt64, time: Int64, failure: String?) {
    self.pass = pass
    self.time = time
    self.failure = failure
  }
}

package struct ForwardResult: Sendable, Hashable {
  /// The number that the node has on its thread, rising in the order of making.
  package var sequence: UInt64
  /// The pass in which the node was met later, and its id in the graph, told again then.
  package var node: UInt32?
  package var pass: UInt64?
  package var name: String
  package var scope: String?
  package var output: UInt32
  package var dtype: String
  package var shape: [Int]
  package var statistics: Statistics
  package var time: Int64

  package init(
    sequence: UInt64, node: UInt32?, pass: UInt64?, name: String, scope: String?, output: UInt32,
    dtype: String, shape: [Int], statistics: Statistics, time: Int64
  ) {
    self.sequence = sequence
    self.node = node
    self.pass = pass
    self.name = name
    self.scope = scope
    self.output = output
    self.dtype = dtype
    self.shape = shape
    self.statistics = statistics
    self.time = time
  }
}

/// Where a history ended.
package struct Cut: Sendable, Hashable {
  package enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// `detach()` and its kind.
    case detach
    /// An operator that was called without gradients being recorded.
    case noGrad
    /// An operator whose result is not differentiable: of integers, comparisons, positions.
    case notDifferentiable
  }

  package var kind: Kind
  /// The operator that was called.
  package var operation: String
  /// The node whose result was cut off, by name; nil for a leaf.
  package var node: String?
  /// The leaf's name, where it was one that has one; else the names of the leaves that led to it,
  /// separated by `, `.
  package var leaf: String?
  package var scope: String?
  package var file: String?
  package var line: Int?
  /// The passes that had begun before.
  package var passes: UInt64

  package init(
    kind: Kind, operation: String, node: String?, leaf: String?, scope: String?, file: String?,
    line: Int?, passes: UInt64
  ) {
    self.kind = kind
    self.operation = operation
    self.node = node
    self.leaf = leaf
    self.scope = scope
    self.file = file
    self.line = line
    self.passes = passes
  }
}

package struct Parameter: Sendable, Hashable {
  package var name: String
  package var shape: [Int]
  package var dtype: String
  package var requiresGrad: Bool

  package init(name: String, shape: [Int], dtype: String, requiresGrad: Bool) {
    self.name = name
    self.shape = shape
    self.dtype = dtype
    self.requiresGrad = requiresGrad
  }
}

package struct Dropped: Sendable, Hashable {
  package enum Reason: UInt8, Sendable, Hashable, CaseIterable {
    /// The policy does not ask for it: outside of its steps, sample or nodes.
    case policy
    /// The recording has the size that it may have.
    case size
    /// What was told could not be taken in fast enough.
    case backlog
    /// Passes before had been looked at: what the forward pass left behind was not, of one more whose
    /// root is not finite.
    case forward
  }

  package var reason: Reason
  package var firstPass: UInt64
  package var lastPass: UInt64
  /// The calls of those passes that are not there.
  package var calls: UInt64

  package init(reason: Reason, firstPass: UInt64, lastPass: UInt64, calls: UInt64) {
    self.reason = reason
    self.firstPass = firstPass
    self.lastPass = lastPass
    self.calls = calls
  }
}

package struct Closing: Sendable, Hashable {
  package var time: Int64
  /// Why recording ended before the program did; nil where it was asked to.
  package var failure: String?

  package init(time: Int64, failure: String?) {
    self.time = time
    self.failure = failure
  }
}
