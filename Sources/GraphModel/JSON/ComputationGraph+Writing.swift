// Writes a graph as JSON: one line a node and a tensor, keys in one order, absent values left out.
//
// agviz.graph.schema.json tells the format; this file and ComputationGraph+Reading.swift follow it.

/// What every file of the format says of itself.
enum GraphFormat {
  static let name = "agviz.graph"
  static let version = 1
}

extension ComputationGraph {
  /// The graph as JSON text that ends with a newline; equal graphs give equal text.
  ///
  /// Unlike `write(to:)` it does not check that the graph is one.
  public var json: String {
    var bytes: [UInt8] = []
    encode { (part) throws(Never) in bytes += part }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Writes the graph to a file as JSON.
  ///
  /// The text is written beside `path` and takes its place when it is complete, so that a failure
  /// leaves what was there. Throws when `validate()` does or the file cannot be written.
  public func write(to path: String) throws(GraphFileError) {
    try validate()
    var file = try OutputFile(path)
    do {
      try encode { (part) throws(GraphFileError) in try file.write(part) }
    } catch {
      file.discard()
      throw error
    }
    try file.finish()
  }

  /// Hands the text on in parts of some 64 KiB.
  private func encode<Failure>(
    to write: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.line(indent: 2)
    writer.key("format")
    writer.value(GraphFormat.name)
    writer.line(indent: 2)
    writer.key("version")
    writer.value(GraphFormat.version)
    writer.line(indent: 2)
    writer.key("producer")
    writer.beginObject()
    writer.key("name")
    writer.value(producer.name)
    writer.key("version")
    writer.value(producer.version)
    writer.endObject()
    writer.line(indent: 2)
    writer.key("roots")
    writer.value(roots)

    writer.line(indent: 2)
    writer.key("nodes")
    writer.beginArray()
    for node in nodes {
      writer.line(indent: 4)
      node.encode(to: &writer)
      if writer.bytes.count > 1 << 16 {
        try write(writer.bytes)
        writer.removeAll()
      }
    }
    if !nodes.isEmpty { writer.line(indent: 2) }
    writer.endArray()

    writer.line(indent: 2)
    writer.key("tensors")
    writer.beginArray()
    for tensor in tensors {
      writer.line(indent: 4)
      tensor.encode(to: &writer)
      if writer.bytes.count > 1 << 16 {
        try write(writer.bytes)
        writer.removeAll()
      }
    }
    if !tensors.isEmpty { writer.line(indent: 2) }
    writer.endArray()
    writer.line(indent: 0)
    writer.endObject()
    writer.endText()
    try write(writer.bytes)
  }
}

extension ComputationGraph.Node {
  fileprivate func encode(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("id")
    writer.value(id)
    writer.key("name")
    writer.value(name)
    writer.key("kind")
    writer.value(kind.rawValue)
    writer.key("inputs")
    writer.beginArray()
    for input in inputs {
      if let input { input.encode(to: &writer) } else { writer.null() }
    }
    writer.endArray()
    if !outputs.isEmpty {
      writer.key("outputs")
      writer.beginArray()
      for output in outputs {
        writer.beginObject()
        writer.key("shape")
        writer.value(output.shape)
        writer.key("dtype")
        writer.value(output.dtype)
        writer.endObject()
      }
      writer.endArray()
    }
    if !attributes.isEmpty {
      writer.key("attributes")
      writer.beginObject()
      for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
        writer.key(name)
        value.encode(to: &writer)
      }
      writer.endObject()
    }
    if !saved.isEmpty {
      writer.key("saved")
      writer.beginObject()
      for (name, value) in saved.sorted(by: { $0.key < $1.key }) {
        writer.key(name)
        value.encode(to: &writer)
      }
      writer.endObject()
    }
    if let leaf {
      writer.key("leaf")
      writer.value(leaf)
    }
    if let scope {
      writer.key("scope")
      writer.value(scope)
    }
    if let source {
      writer.key("source")
      writer.beginObject()
      writer.key("file")
      writer.value(source.file)
      writer.key("line")
      writer.value(source.line)
      writer.endObject()
    }
    if let sequence {
      writer.key("sequence")
      writer.value(sequence)
    }
    writer.endObject()
  }
}

extension ComputationGraph.Edge {
  fileprivate func encode(to writer: inout JSONWriter) {
    writer.beginArray()
    writer.value(node)
    writer.value(output)
    writer.endArray()
  }
}

extension ComputationGraph.Saved {
  fileprivate func encode(to writer: inout JSONWriter) {
    switch self {
    case .tensor(let id):
      if let id { writer.value(id) } else { writer.null() }
    case .tensors(let ids):
      writer.beginArray()
      for id in ids {
        if let id { writer.value(id) } else { writer.null() }
      }
      writer.endArray()
    }
  }
}

extension ComputationGraph.Tensor {
  fileprivate func encode(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("id")
    writer.value(id)
    writer.key("role")
    writer.value(role.rawValue)
    if let name {
      writer.key("name")
      writer.value(name)
    }
    writer.key("shape")
    writer.value(shape)
    writer.key("dtype")
    writer.value(dtype)
    writer.key("requiresGrad")
    writer.value(requiresGrad)
    if let gradFn {
      writer.key("gradFn")
      gradFn.encode(to: &writer)
    }
    writer.key("storage")
    writer.value(storage)
    if let viewOf {
      writer.key("viewOf")
      writer.value(viewOf)
    }
    if let values {
      writer.key("values")
      writer.beginArray()
      for value in values { writer.value(value) }
      writer.endArray()
    }
    if let gradient {
      writer.key("gradient")
      gradient.encode(to: &writer)
    }
    writer.endObject()
  }
}

extension ComputationGraph.GradientSummary {
  fileprivate func encode(to writer: inout JSONWriter) {
    writer.beginObject()
    for (name, value) in [
      ("minimum", minimum), ("maximum", maximum), ("mean", mean), ("norm", norm),
    ] {
      writer.key(name)
      writer.value(value)
    }
    writer.key("nanCount")
    writer.value(nanCount)
    writer.key("infinityCount")
    writer.value(infinityCount)
    writer.endObject()
  }
}

extension AttributeValue {
  /// Plain JSON where that says which case it is, else an object with the case's name.
  fileprivate func encode(to writer: inout JSONWriter) {
    switch self {
    case .none: writer.null()
    case .bool(let value): writer.value(value)
    case .int(let value): writer.value(value)
    case .string(let value): writer.value(value)
    case .ints(let values): writer.value(values)
    case .double(let value):
      tag("double", if: !value.isFinite, &writer) { $0.value(value) }
    case .doubles(let values):
      tag("doubles", if: values.isEmpty || values.contains { !$0.isFinite }, &writer) { writer in
        writer.beginArray()
        for value in values { writer.value(value) }
        writer.endArray()
      }
    case .bools(let values):
      tag("bools", if: values.isEmpty, &writer) { writer in
        writer.beginArray()
        for value in values { writer.value(value) }
        writer.endArray()
      }
    }
  }

  private func tag(
    _ name: String, if isTagged: Bool, _ writer: inout JSONWriter,
    _ body: (inout JSONWriter) -> Void
  ) {
    if isTagged {
      writer.beginObject()
      writer.key(name)
    }
    body(&writer)
    if isTagged { writer.endObject() }
  }

  /// The value as it stands in the format.
  var json: String {
    var writer = JSONWriter()
    encode(to: &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
