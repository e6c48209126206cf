// Who records: the journal, the labels of passes, the graphs and names that are known.

internal import CThreadState
internal import Glibc
package import GradientJournal
internal import GraphModel

/// Records the backward passes of the threads that it is attached to.
///
/// What its passes share is changed under a lock, so that several threads may record. It is one for
/// all recorders, since a tensor holds what each knows of it.
package final class PassRecorder: @unchecked Sendable {
  let policy: RecordingPolicy
  /// What the user looks for in gradients; where it says true, the detail is raised.
  let predicate: ((Tensor) -> Bool)?
  /// Whether more may be told of a pass than the policy's detail.
  let raises: Bool
  private let sink: any EventSink
  private let start: UInt64
  private var shared = Shared()

  /// Creates a recorder, which tells who it is.
  package init(
    to sink: any EventSink, policy: RecordingPolicy, command: [String],
    predicate: ((Tensor) -> Bool)? = nil
  ) {
    self.sink = sink
    self.policy = policy
    self.predicate = predicate
    start = PassRecorder.nanoseconds(CLOCK_MONOTONIC)
    raises = !policy.triggers.isEmpty || predicate != nil
    tell(
      Session(
        producer: "agviz", version: agvizVersion,
        startedAt: Int64(PassRecorder.nanoseconds(CLOCK_REALTIME)), processID: getpid(),
        command: command, policy: policy.json))
  }

  /// What passes share.
  struct Shared {
    var passes: UInt64 = 0
    var isClosed = false
    var label = PassLabel()
    var graphs: [UInt64: UInt32] = [:]
    var tensors = KnownTensors()
    /// The parameters of the modules that were called outside of others; nil once they are gone.
    var modules: [ObjectIdentifier: () -> [(name: String, tensor: Tensor)]?] = [:]
    /// The results of the forward pass that no pass has met, by their nodes' numbers.
    var forward: [UInt64: [ForwardResult]] = [:]
    var cutsSeen: Set<CutPlace> = []
    /// The passes that the policy left out since the last one that it did not.
    var skipped: Dropped?
    /// How often what a forward pass left behind was told.
    var forwardScans = 0
    var isRaised = false
    /// The names of the leaves that the told graphs lead to.
    var reached: Set<String> = []
    /// What is measured beyond the policy's detail, by steps, for a trigger to tell.
    var held: [(step: Int64, events: [Event])] = []
  }

  private static let lock = Locked(())

  @inline(__always)
  static func locked<Result>(_ body: () -> Result) -> Result { lock.withLock { _ in body() } }

  @inline(__always)
  func withShared<Result>(_ body: (inout Shared) -> Result) -> Result {
    PassRecorder.locked { body(&shared) }
  }

  func tell(_ content: some EventContent) { sink.append(content) }

  /// Whether somebody still hears what is told.
  var isHeard: Bool { sink.takesMore }

  /// Nanoseconds since the recording began.
  var now: Int64 { Int64(PassRecorder.nanoseconds(CLOCK_MONOTONIC) - start) }

  private static func nanoseconds(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Says that recording ends; later passes are not recorded.
  package func close(failure: String? = nil) {
    let (wasOpen, skipped) = withShared { shared in
      defer { shared.isClosed = true }
      return (!shared.isClosed, shared.skipped.take())
    }
    guard wasOpen else { return }
    if let skipped { tell(skipped) }
    tell(Closing(time: now, failure: failure))
  }

  // MARK: Attaching

  /// Runs `body` with this recorder attached to the calling thread.
  @discardableResult
  package func attached<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let state = ats_current()
    let (outer, notes) = (state.pointee.recorder, state.pointee.notes)
    state.pointee.recorder = Unmanaged.passUnretained(self).toOpaque()
    state.pointee.notes |= self.notes
    defer {
      state.pointee.recorder = outer
      state.pointee.notes = notes
    }
    return try body()
  }

  /// Whether the next step is one of those that the policy records.
  var mayRecordNextStep: Bool { policy.everySteps <= 1 }

  /// What nodes note while this recorder is attached.
  private var notes: UInt8 {
    var notes = ATS_RECORD.rawValue
    if policy.capturesSource { notes |= ATS_NOTE_SOURCE.rawValue }
    if policy.forward { notes |= ATS_RECORD_FORWARD.rawValue }
    return UInt8(notes)
  }

  /// The recorder of the calling thread; nil where nothing is recorded.
  static func current(in state: UnsafeMutablePointer<ats_state>) -> PassRecorder? {
    if let recorder = state.pointee.recorder {
      return Unmanaged<PassRecorder>.fromOpaque(recorder).takeUnretainedValue()
    }
    guard ats_recording_is_asked_for() else { return nil }
    guard let recorder = ofProcess else { return nil }
    // This thread's nodes note from now on what those of the first thread did from the start.
    state.pointee.notes |= recorder.notes
    return recorder
  }

  // MARK: Labels and names

  /// What passes are called from now on.
  package func label(step: Int, microBatch: Int, phase: String) {
    withShared {
      $0.label = PassLabel(
        step: Int64(step), microBatch: Int32(clamping: microBatch), phase: phase, isGiven: true)
    }
  }

  /// Names tensors, and tells of the parameters that are new or have changed.
  ///
  /// What the program calls them goes before what modules call them that it calls on their own.
  package func name(_ parameters: [(name: String, tensor: Tensor)], areGiven: Bool = true) {
    for parameter in withShared({ $0.tensors.name(parameters, areGiven: areGiven) }) {
      tell(parameter)
    }
  }
}

extension PassRecorder {
  /// Takes note of a module that is called outside of all others, whose parameters have names.
  package static func noteModule(
    _ module: AnyObject, _ parameters: @escaping () -> [(name: String, tensor: Tensor)]?
  ) {
    let state = ats_current()
    guard UInt32(state.pointee.notes) & ATS_RECORD.rawValue != 0,
      let recorder = current(in: state)
    else { return }
    let isNew = recorder.withShared {
      $0.modules.updateValue(parameters, forKey: ObjectIdentifier(module)) == nil
    }
    if isNew { recorder.name(parameters() ?? [], areGiven: false) }
  }
}

/// What a pass is called.
struct PassLabel {
  var step: Int64 = -1
  var microBatch: Int32 = 0
  var phase = ""
  /// Whether the user gave it, rather than the recorder having counted.
  var isGiven = false
}
