// Records the backward passes of a program.

public import Autograd
internal import GradientJournal
public import GradientRecording

/// Records backward passes into a file that outlives the program, however that ends.
///
/// ```swift
/// let recorder = try GradientRecorder(writingTo: "run.agviz")
/// recorder.watch(model.namedParameters())
/// for step in 0..<1000 {
///   try recorder.record(step: step) {
///     let loss = model(x).crossEntropy(y)
///     try loss.backward()
///   }
///   optimizer.step()
///   optimizer.zeroGrad()
/// }
/// try recorder.close()
/// ```
///
/// What happens is told to a journal beside the file, which a thread of its own takes in. The
/// recording can be read meanwhile. When it cannot be written any more, ``failure`` says why, and the
/// program goes on.
public final class GradientRecorder {
  private let journal: JournalWriter
  private let ingestion: Ingestion
  private let recorder: PassRecorder
  private var isClosed = false

  /// Begins a recording, as a further session where the file is there.
  ///
  /// - Parameters:
  ///   - path: the recording's file.
  ///   - policy: what is recorded.
  ///   - trigger: raises the detail to the policy's raised one where it says true of a gradient.
  /// - Throws: `RecordingError` where the file cannot be written, is no recording, or is being written.
  public init(
    writingTo path: String, policy: RecordingPolicy = RecordingPolicy(),
    trigger: ((Tensor) -> Bool)? = nil
  ) throws(RecordingError) {
    ingestion = try Ingestion(of: path, limit: policy.sizeLimit)
    do throws(JournalError) {
      journal = try JournalWriter(beside: path)
    } catch {
      throw RecordingError(error)
    }
    recorder = PassRecorder(
      to: journal, policy: policy, command: CommandLine.arguments, predicate: trigger)
    ingestion.start()
  }

  deinit { try? close() }

  /// Names parameters: those that get no gradient can only be missed by name.
  public func watch(_ parameters: [(String, Tensor)]) {
    recorder.name(parameters.map { (name: $0, tensor: $1) })
  }

  /// Records the backward passes of the calling thread in `body`.
  ///
  /// The forward pass belongs into it as well: only there nodes note their source lines. Without a
  /// step, passes are counted: a step ends when parameters change, and passes before that are its
  /// micro-batches.
  ///
  /// - Parameters:
  ///   - step: the step of training.
  ///   - microBatch: the part of the step's batch, where gradients accumulate over several.
  ///   - phase: a label, such as `train`.
  ///   - body: the forward and the backward pass.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws.
  @discardableResult
  public func record<Result, Failure: Error>(
    step: Int? = nil, microBatch: Int = 0, phase: String = "",
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if let failure = ingestion.failure {
      // What would be told now would fill the disk, and nobody takes it in.
      recorder.close(failure: failure.message)
      journal.close()
    }
    if let step { recorder.label(step: step, microBatch: microBatch, phase: phase) }
    return try recorder.attached(body)
  }

  /// What stopped the recording; nil while it goes on.
  public var failure: RecordingError? {
    ingestion.failure ?? journal.failure.map { RecordingError($0) }
  }

  /// Ends the recording: the journal is taken in, and one file remains.
  ///
  /// - Throws: `RecordingError` where it could not be written to its end; what is there stays valid.
  public func close() throws(RecordingError) {
    guard !isClosed else { return }
    isClosed = true
    recorder.close()
    let failure = self.failure
    journal.close()
    if let failure { throw failure }
    try ingestion.finish()
  }
}

extension RecordingError {
  /// A journal's failure as that of its recording.
  fileprivate init(_ error: JournalError) {
    let code: Code =
      switch error.code {
      case .inUse: .busy
      case .noSpace: .full
      default: .notWritable
      }
    self.init(code: code, message: error.message, file: error.file)
  }
}
