// Stand-in until the real one is merged.

public import Autograd
internal import GradientJournal
internal import GradientRecording
internal import Glibc

public final class GradientRecorder {
  private final class Sink: EventSink, @unchecked Sendable {
    var events: [Event] = []
    func append(_ event: Event) { events.append(event) }
  }
  private let sink = Sink()
  private let recorder: PassRecorder
  private let path: String

  public init(writingTo path: String, policy: RecordingPolicy = .init()) throws {
    self.path = path
    recorder = PassRecorder(to: sink, policy: policy, command: CommandLine.arguments)
  }

  public func watch(_ parameters: [(String, Tensor)]) {
    recorder.name(parameters.map { (name: $0.0, tensor: $0.1) })
  }

  public func record<R>(
    step: Int, microBatch: Int = 0, phase: String = "train", _ body: () throws -> R
  ) throws -> R {
    recorder.label(step: step, microBatch: microBatch, phase: phase)
    return try recorder.attached(body)
  }

  public func close() throws {
    recorder.close()
    unlink(path)
    let writer = try RecordingWriter(path)
    try writer.write(sink.events)
    try writer.close()
  }
}
