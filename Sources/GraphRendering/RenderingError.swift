// Why a picture could not be drawn.

internal import CGraphviz

/// Why a picture could not be drawn, and what to do instead.
public struct RenderingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of obstacle it was.
  public enum Code: Sendable, Hashable {
    /// The graph is beyond what Graphviz can lay out; it was not tried.
    case tooLarge
    /// Laying out took longer than the limit.
    case outOfTime
    /// Laying out took more memory than the limit.
    case outOfMemory
    /// Graphviz reported an error.
    case refused
    /// Graphviz crashed.
    case crashed
    /// Graphviz could not be started.
    case unavailable
  }

  /// What kind of obstacle it was.
  public var code: Code
  /// The obstacle and the way out, in a sentence or two for people.
  public var message: String

  /// Creates an error.
  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}

extension RenderingError {
  /// What can be done about any graph that Graphviz does not manage.
  private static let wayOut = "Write its text with --format dot, or export a smaller part of it."

  /// The error for a graph that Graphviz is known to crash on; nil for others.
  init?(refusing extent: DotExtent) {
    if extent.ranks > 32_767 {
      self.init(
        code: .tooLarge,
        message: """
          the graph is \(extent.ranks) boxes deep; Graphviz lays out at most 32767 ranks. \
          \(Self.wayOut)
          """)
    } else if extent.labelLines > 32_767 {
      self.init(
        code: .tooLarge,
        message: """
          a label has \(extent.labelLines) lines; Graphviz draws at most 32767. \
          Draw the graph without attributes.
          """)
    } else if extent.labelWidth > 10_900 {
      // A monospace character at PyTorchViz's size 10 is 6.02 points wide.
      self.init(
        code: .tooLarge,
        message: """
          a label's line has \(extent.labelWidth) characters; Graphviz draws boxes up to 65535 \
          points wide, which is about 10900. Show fewer characters of each attribute.
          """)
    } else {
      return nil
    }
  }

  /// The error for a picture that was not drawn.
  init(_ picture: agviz_picture, limits: RenderLimits) {
    let detail = picture.message.map { Self.firstLine(String(cString: $0)) } ?? ""
    let said = detail.isEmpty ? "" : " (\(detail))"
    switch picture.outcome {
    case agviz_out_of_time:
      self.init(
        code: .outOfTime,
        message: """
          the layout took more than its limit of processor time, \(limits.seconds) s. \
          \(Self.wayOut)
          """)
    case agviz_out_of_memory:
      self.init(
        code: .outOfMemory,
        message: """
          the layout took more than its limit of memory, \(limits.memory >> 20) MiB\(said). \
          \(Self.wayOut)
          """)
    case agviz_crashed:
      self.init(
        code: .crashed,
        message:
          "Graphviz crashed on the graph with signal \(picture.signal)\(said). \(Self.wayOut)")
    case agviz_not_started:
      self.init(code: .unavailable, message: "Graphviz could not be started\(said)")
    default:
      self.init(code: .refused, message: "Graphviz could not draw the graph\(said)")
    }
  }

  /// The first line of Graphviz's words, without its prefix and cut to a readable length.
  private static func firstLine(_ text: String) -> String {
    let line =
      text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Error") }
      ?? text.split(whereSeparator: \.isNewline).first ?? ""
    let bare = line.hasPrefix("Error: ") ? line.dropFirst("Error: ".count) : line
    return bare.count > 200 ? bare.prefix(199) + "…" : String(bare)
  }
}
