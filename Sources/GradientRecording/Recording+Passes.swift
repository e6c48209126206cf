// The values that describe a recording: its sessions and passes.

public import GraphModel

extension Recording {
  /// A program that recorded, from its start to its end.
  public struct Session: Sendable, Hashable {
    /// The session's number, counted from 1.
    public var id: Int
    /// The program that recorded, such as `agviz`.
    public var producer: String
    /// The producer's version.
    public var version: String
    /// Nanoseconds since 1970 at the start; the times of passes and calls count from here.
    public var startedAt: Int64
    /// The number of the process.
    public var processID: Int32
    /// The command and its arguments.
    public var command: [String]
    /// What was asked to be recorded, as JSON.
    public var policy: String
    /// The number of its first pass.
    public var firstPass: Int
    /// How the session ended.
    public var state: State
    /// Nanoseconds since the start at the end; nil where it is not known.
    public var ended: Int64?
    /// Why recording ended before the program did; nil where it was asked to.
    public var failure: String?

    /// How a session ended.
    public enum State: String, Sendable, Hashable, CaseIterable {
      /// It has not ended, or its end is not taken in.
      case recording
      /// The program ended it.
      case closed
      /// The program was killed; what it had recorded until then is there.
      case recovered
    }
  }

  /// How much of a pass is recorded.
  public typealias Detail = RecordingDetail

  /// A backward pass, in short.
  public struct Pass: Sendable, Hashable, Identifiable {
    /// The pass's number in the recording, rising; numbers of passes that were left out are missing.
    public var id: Int
    /// The session that it belongs to.
    public var session: Int
    /// The graph that it ran over, for `graph(_:)`.
    public var graph: Int
    /// The step of training, as the program labelled it.
    public var step: Int
    /// The part of the step's batch, where gradients are accumulated over several.
    public var microBatch: Int
    /// The program's label, such as `train`.
    public var phase: String
    /// How much is recorded of it.
    public var detail: Detail
    /// Nanoseconds since the session's start when it began.
    public var started: Int64
    /// Nanoseconds since the session's start when it ended; nil where that is not known.
    public var ended: Int64?
    /// The value of the root, where it is one element.
    public var root: Double?
    /// How it ended.
    public var outcome: Outcome
    /// How many calls are recorded of it: their orders count from 0.
    public var callCount: Int
    /// How many tensors are measured in it.
    public var measurementCount: Int
    /// How many of these hold elements that are not finite.
    public var nonFiniteCount: Int
    /// Whether the graph was kept for another pass.
    public var retainsGraph: Bool
    /// Whether the pass recorded a graph of its own, for higher derivatives.
    public var createsGraph: Bool

    /// How a pass ended.
    public enum Outcome: Sendable, Hashable {
      /// It is not over.
      case running
      /// It came to its end.
      case completed
      /// An error ended it.
      case failed(String)
      /// The program ended before it did.
      case unfinished
    }
  }

  /// What a recording holds, in figures.
  public struct Info: Sendable, Hashable {
    /// How many passes are there.
    public var passCount: Int
    /// How many calls of nodes are there.
    public var callCount: Int
    /// How many measured tensors are there.
    public var measurementCount: Int
    /// How many distinct graphs are there.
    public var graphCount: Int
    /// How many tensors are there with their elements.
    public var valueCount: Int
    /// How many bytes these elements take, equal ones counted once.
    public var valueBytes: Int
    /// How many bytes the recording takes.
    public var byteCount: Int
    /// How many bytes a measured tensor takes, all that is around it but elements included; 0 where
    /// there is none.
    public var bytesPerMeasurement: Double {
      measurementCount == 0 ? 0 : Double(byteCount - valueBytes) / Double(measurementCount)
    }
  }

  /// Something that was left out.
  public struct Dropped: Sendable, Hashable {
    /// Why it was left out.
    public var reason: Reason
    /// The first pass that is concerned.
    public var firstPass: Int
    /// The last pass that is concerned.
    public var lastPass: Int
    /// The calls of those passes that are not there.
    public var calls: Int

    /// Why something was left out.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
      /// The policy does not ask for it: outside of its steps, sample or nodes.
      case policy
      /// The recording has the size that it may have.
      case size
      /// What was told could not be taken in fast enough.
      case backlog
      /// What the forward pass left behind, of passes whose root is not finite; the first such have it.
      case forward
    }
  }
}
