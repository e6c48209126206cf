// From a drawing to a picture, through Graphviz.

internal import CGraphviz

/// The forms in which a picture is written.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
  /// Scalable Vector Graphics.
  case svg
  /// Portable Network Graphics, at 96 dots an inch and at most 32,767 dots a side.
  case png
  /// Portable Document Format, a page as large as the graph.
  case pdf
  /// The DOT text itself; needs no layout, so that no graph is too large for it.
  case dot
}

extension DotGraph {
  /// Draws a picture and gives its bytes.
  ///
  /// Small graphs are laid out in this process, others in a child process under the options'
  /// limits: this program run again, which draws before its `main` begins. Up to 500 boxes the
  /// layout is that of PyTorchViz and `dot`; beyond, options that save time shift boxes a little,
  /// and in large graphs edges are straight. Safe to call from any thread; one small picture is
  /// drawn at a time.
  ///
  /// - Parameters:
  ///   - format: The form of the picture.
  ///   - options: Its style, and what drawing may cost.
  /// - Returns: The picture's bytes.
  /// - Throws: ``RenderingError`` when the graph is beyond what Graphviz can draw or the limits.
  public func render(
    format: ImageFormat, options: RenderOptions = RenderOptions()
  ) throws(RenderingError) -> [UInt8] {
    if format == .dot { return Array(source(options: options).utf8) }
    let extent = DotExtent(self)
    if let refusal = RenderingError(refusing: extent) { throw refusal }

    let plan = LayoutPlan(extent)
    // Graphviz counts the graphs without a name and writes the count into the picture.
    let text = source(options: options, name: "backward", layout: plan.attributes)
    return try draw(text, format: format, isolated: plan.isIsolated, limits: options.limits)
  }
}

/// Hands DOT text to Graphviz.
private func draw(
  _ text: String, format: ImageFormat, isolated: Bool, limits: RenderLimits
) throws(RenderingError) -> [UInt8] {
  var picture = text.withCString { source in
    format.rawValue.withCString { name in
      var request = agviz_request(
        source: source, format: name, isolated: isolated,
        cpu_seconds: UInt32(min(max(1, limits.seconds), 1 << 28)),
        memory_bytes: max(1 << 20, limits.memory),
        stack_bytes: 256 << 20)
      return agviz_draw(&request)
    }
  }
  defer { agviz_release(&picture) }
  guard picture.outcome == agviz_drawn else {
    throw RenderingError(picture, limits: limits)
  }
  return Array(UnsafeBufferPointer(start: picture.bytes, count: picture.count))
}
