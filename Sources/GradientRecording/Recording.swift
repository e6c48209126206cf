// A recording, opened for reading.

public import GraphModel

/// A recording of backward passes, opened for reading.
public final class Recording: Sendable {
  /// The file, as it was named by the caller.
  public let path: String
  /// What there is to know about how the recording was opened, in words: that it was recovered or
  /// migrated, or that it is still being written.
  public let notices: [String]
  /// The programs that recorded, in order.
  public let sessions: [Session]
  /// The backward passes, in order.
  public let passes: [Pass]

  public init(contentsOf path: String) throws(RecordingError) { fatalError() }
  public func pass(_ id: Int) throws(RecordingError) -> Pass { fatalError() }
  public func info() throws(RecordingError) -> Info { fatalError() }
  /// cached
  public func graph(_ id: Int) throws(RecordingError) -> ComputationGraph { fatalError() }
  public func calls(of pass: Int) throws(RecordingError) -> [Call] { fatalError() }
  public func call(_ order: Int, of pass: Int) throws(RecordingError) -> Call { fatalError() }
  /// The tensors around the calls of a pass, saved tensors left out.
  public func measurements(of pass: Int) throws(RecordingError) -> [Measurement] { fatalError() }
  public func measurements(of pass: Int, call order: Int) throws(RecordingError) -> [Measurement] {
    fatalError()
  }
  public func savedTensors(of pass: Int) throws(RecordingError) -> [Measurement] { fatalError() }
  public func contributions(of pass: Int) throws(RecordingError) -> [Contribution] { fatalError() }
  public func contributions(of pass: Int, call order: Int) throws(RecordingError) -> [Contribution]
  {
    fatalError()
  }
  public func values(of pass: Int) throws(RecordingError) -> [Value] { fatalError() }
  public func values(of pass: Int, call order: Int) throws(RecordingError) -> [Value] {
    fatalError()
  }
  public func bytes(of value: Value) throws(RecordingError) -> [UInt8] { fatalError() }
  public func nodeFields(of pass: Int) throws(RecordingError) -> [NodeFields] { fatalError() }
  public func witnesses(of pass: Int) throws(RecordingError) -> [Witness] { fatalError() }
  public func forwardResults(of pass: Int) throws(RecordingError) -> [ForwardResult] {
    fatalError()
  }
  public func forEachForwardResult(_ body: (ForwardResult) throws -> Void) throws { fatalError() }
  public func forEachCall(
    in passes: Range<Int>, _ body: (Call) throws -> Void
  ) throws { fatalError() }
  public func forEachMeasurement(
    in passes: Range<Int>, roles: Set<Role>, nonFiniteOnly: Bool = false,
    _ body: (Measurement) throws -> Void
  ) throws { fatalError() }
  public func forEachContribution(
    in passes: Range<Int>, _ body: (Contribution) throws -> Void
  ) throws { fatalError() }
  public func forEachWitness(
    in passes: Range<Int>, _ body: (Witness) throws -> Void
  ) throws { fatalError() }
  public func cuts() throws(RecordingError) -> [Cut] { fatalError() }
  public func parameters() throws(RecordingError) -> [Parameter] { fatalError() }
  public func dropped() throws(RecordingError) -> [Dropped] { fatalError() }
}
