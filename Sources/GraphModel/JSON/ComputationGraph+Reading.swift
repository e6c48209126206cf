// Reads a graph from JSON: the keys of the format, and which of them must be there.

extension ComputationGraph {
  /// The largest file that is read, in bytes: some ten million nodes.
  ///
  /// A single text, such as a name, has no other limit.
  public static let largestFile = 2 << 30

  /// Reads a graph from a file that `write(to:)` or another exporter of the format wrote.
  ///
  /// Unknown keys are ignored. Throws when the file cannot be read, is not JSON, is of another
  /// format or version, or does not hold a graph that `validate()` accepts; the error names the
  /// file, the line and the key.
  public init(contentsOf path: String) throws(GraphFileError) {
    try self.init(json: try readFile(path, limit: Self.largestFile), file: path)
  }

  /// Reads a graph from JSON text in UTF-8.
  ///
  /// Throws as `init(contentsOf:)` does.
  public init(json: some Collection<UInt8>) throws(GraphFileError) {
    try self.init(json: Array(json), file: nil)
  }

  /// Reads a graph from an open file, such as standard input, which errors call `name`.
  package init(fileDescriptor: Int32, name: String) throws(GraphFileError) {
    try self.init(
      json: try readAll(fileDescriptor, file: name, limit: Self.largestFile), file: name)
  }

  private init(json: [UInt8], file: String?) throws(GraphFileError) {
    do throws(GraphFileError) {
      var reader = try JSONReader(json)
      try reader.checkFormat()
      try self.init(&reader)
      try reader.expectEnd()
      if let problem = firstProblem() { throw reader.failure(problem) }
    } catch {
      var error = error
      error.file = file
      throw error
    }
  }

  private init(_ reader: inout JSONReader) throws(GraphFileError) {
    var producer: Producer?
    var roots: [Int]?
    var nodes: [Node]?
    var tensors: [Tensor]?
    let start = reader.start
    try reader.readObject { (reader, key) throws(GraphFileError) in
      switch key {
      case "producer": producer = try Producer(&reader)
      case "roots": roots = try reader.readInts()
      case "nodes":
        nodes = try reader.readElements(Node.init)
      case "tensors":
        tensors = try reader.readElements(Tensor.init)
      default: return false
      }
      return true
    }
    self.init(
      producer: try reader.required(producer, "producer", at: start),
      roots: try reader.required(roots, "roots", at: start),
      nodes: try reader.required(nodes, "nodes", at: start),
      tensors: try reader.required(tensors, "tensors", at: start))
  }
}

extension ComputationGraph.Producer {
  fileprivate init(_ reader: inout JSONReader) throws(GraphFileError) {
    var name: String?
    var version: String?
    let start = reader.start
    try reader.readObject { (reader, key) throws(GraphFileError) in
      switch key {
      case "name": name = try reader.readString()
      case "version": version = try reader.readString()
      default: return false
      }
      return true
    }
    self.init(
      name: try reader.required(name, "name", at: start),
      version: try reader.required(version, "version", at: start))
  }
}

extension ComputationGraph.Node {
  fileprivate init(_ reader: inout JSONReader) throws(GraphFileError) {
    var id: Int?
    var name: String?
    var kind: ComputationGraph.NodeKind?
    var inputs: [ComputationGraph.Edge?]?
    self.init(id: 0, name: "", kind: .backward, inputs: [])
    let start = reader.start
    try reader.readObject { (reader, key) throws(GraphFileError) in
      switch key {
      case "id": id = try reader.readInt()
      case "name": name = try reader.readString()
      case "kind": kind = try reader.readName()
      case "inputs":
        inputs = try reader.readElements { (reader) throws(GraphFileError) in
          try reader.readNull() ? nil : ComputationGraph.Edge(&reader)
        }
      case "outputs":
        outputs = try reader.readElements(ComputationGraph.Output.init)
      case "attributes":
        try reader.readObject { (reader, key) throws(GraphFileError) in
          attributes[key] = try AttributeValue(&reader)
          return true
        }
      case "saved":
        try reader.readObject { (reader, key) throws(GraphFileError) in
          saved[key] = try ComputationGraph.Saved(&reader)
          return true
        }
      case "leaf": leaf = try reader.readInt()
      case "scope": scope = try reader.readString()
      case "source": source = try ComputationGraph.SourceLocation(&reader)
      case "sequence": sequence = try reader.readInt()
      default: return false
      }
      return true
    }
    self.id = try reader.required(id, "id", at: start)
    self.name = try reader.required(name, "name", at: start)
    self.kind = try reader.required(kind, "kind", at: start)
    self.inputs = try reader.required(inputs, "inputs", at: start)
  }
}

extension ComputationGraph.Edge {
  fileprivate init(_ reader: inout JSONReader) throws(GraphFileError) {
    var numbers = (0, 0)
    var count = 0
    let start = reader.start
    try reader.readArray { (reader) throws(GraphFileError) in
      let number = try reader.readInt()
      if count == 0 { numbers.0 = number } else { numbers.1 = number }
      count += 1
    }
    guard count == 2 else {
      throw reader.failure(
        .badValue, "an edge is [node, output], not \(count) numbers", at: start)
    }
    self.init(node: numbers.0, output: numbers.1)
  }
}

extension ComputationGraph.Output {
  fileprivate init(_ reader: inout JSONReader) throws(GraphFileError) {
    var shape: [Int]?
    var dtype: String?
    let start = reader.start
    try reader.readObject { (reader, key) throws(GraphFileError) in
      switch key {
      case "shape": shape = try reader.readInts()
      case "dtype": dtype = try reader.readString()
      default: return false
      }
      return true
    }
    self.init(
      shape: try reader.required(shape, "shape", at: start),
      dtype: try reader.required(dtype, "dtype", at: start))
  }
}

extension ComputationGraph.SourceLocation {
  fileprivate init(_ reader: inout JSONReader) throws(GraphFileError) {
    var file: String?
    var line: Int?
    let start = reader.start
    try reader.readObject { (reader, key) throws(GraphFileError) in
      switch key {
      case "file": file = try reader.readString()
      case "line": line = try reader.readInt()
      default: return false
      }
      return true
    }
    self.init(
      file: try reader.required(file, "file", at: start),
      line: try reader.required(line, "line", at: start))
  }
}

extension ComputationGraph.Saved {
  fileprivate init(_ reader: inout JSONReader) throws(GraphFileError) {
    if reader.nextBegins(with: UInt8(ascii: "[")) {
      self = .tensors(
        try reader.readElements { (reader) throws(GraphFileError) in
          try reader.readNull() ? nil : reader.readInt()
        })
    } else {
      self = .tensor(try reader.readNull() ? nil : reader.readInt())
    }
  }
}

extension ComputationGraph.Tensor {
  fileprivate init(_ reader: inout JSONReader) throws(GraphFileError) {
    var id: Int?
    var role: ComputationGraph.TensorRole?
    var shape: [Int]?
    var dtype: String?
    var requiresGrad: Bool?
    var storage: Int?
    self.init(id: 0, role: .saved, shape: [], dtype: "", storage: 0)
    let start = reader.start
    try reader.readObject { (reader, key) throws(GraphFileError) in
      switch key {
      case "id": id = try reader.readInt()
      case "role": role = try reader.readName()
      case "name": name = try reader.readString()
      case "shape": shape = try reader.readInts()
      case "dtype": dtype = try reader.readString()
      case "requiresGrad": requiresGrad = try reader.readBool()
      case "gradFn": gradFn = try ComputationGraph.Edge(&reader)
      case "storage": storage = try reader.readInt()
      case "viewOf": viewOf = try reader.readInt()
      case "values":
        values = try reader.readElements { (reader) throws(GraphFileError) in
          try reader.readDouble()
        }
      case "gradient": gradient = try ComputationGraph.GradientSummary(&reader)
      default: return false
      }
      return true
    }
    self.id = try reader.required(id, "id", at: start)
    self.role = try reader.required(role, "role", at: start)
    self.shape = try reader.required(shape, "shape", at: start)
    self.dtype = try reader.required(dtype, "dtype", at: start)
    self.requiresGrad = try reader.required(requiresGrad, "requiresGrad", at: start)
    self.storage = try reader.required(storage, "storage", at: start)
  }
}

extension ComputationGraph.GradientSummary {
  fileprivate init(_ reader: inout JSONReader) throws(GraphFileError) {
    var minimum: Double?
    var maximum: Double?
    var mean: Double?
    var norm: Double?
    var nanCount: Int?
    var infinityCount: Int?
    let start = reader.start
    try reader.readObject { (reader, key) throws(GraphFileError) in
      switch key {
      case "minimum": minimum = try reader.readDouble()
      case "maximum": maximum = try reader.readDouble()
      case "mean": mean = try reader.readDouble()
      case "norm": norm = try reader.readDouble()
      case "nanCount": nanCount = try reader.readInt()
      case "infinityCount": infinityCount = try reader.readInt()
      default: return false
      }
      return true
    }
    self.init(
      minimum: try reader.required(minimum, "minimum", at: start),
      maximum: try reader.required(maximum, "maximum", at: start),
      mean: try reader.required(mean, "mean", at: start),
      norm: try reader.required(norm, "norm", at: start),
      nanCount: try reader.required(nanCount, "nanCount", at: start),
      infinityCount: try reader.required(infinityCount, "infinityCount", at: start))
  }
}

extension AttributeValue {
  fileprivate init(_ reader: inout JSONReader) throws(GraphFileError) {
    if try reader.readNull() {
      self = .none
    } else if reader.nextBegins(with: UInt8(ascii: "\"")) {
      self = .string(try reader.readString())
    } else if reader.nextIsBool {
      self = .bool(try reader.readBool())
    } else if reader.nextBegins(with: UInt8(ascii: "[")) {
      self = try Self.tuple(&reader)
    } else if reader.nextBegins(with: UInt8(ascii: "{")) {
      self = try Self.tagged(&reader)
    } else {
      self =
        switch try reader.readNumber() {
        case .int(let value): .int(value)
        case .double(let value): .double(value)
        }
    }
  }

  /// An array whose first element says what the others are; an empty one is of whole numbers.
  private static func tuple(_ reader: inout JSONReader) throws(GraphFileError) -> Self {
    var ints: [Int] = []
    var doubles: [Double] = []
    var bools: [Bool] = []
    try reader.readArray { (reader) throws(GraphFileError) in
      let start = reader.start
      if reader.nextIsBool {
        bools.append(try reader.readBool())
      } else {
        switch try reader.readNumber() {
        case .int(let value): ints.append(value)
        case .double(let value): doubles.append(value)
        }
      }
      if (ints.isEmpty ? 0 : 1) + (doubles.isEmpty ? 0 : 1) + (bools.isEmpty ? 0 : 1) > 1 {
        throw reader.failure(.badValue, "a tuple's elements must be of one type", at: start)
      }
    }
    return !doubles.isEmpty ? .doubles(doubles) : !bools.isEmpty ? .bools(bools) : .ints(ints)
  }

  /// A value that plain JSON cannot tell from another: `{"double": "nan"}`, `{"bools": []}`.
  private static func tagged(_ reader: inout JSONReader) throws(GraphFileError) -> Self {
    var result: AttributeValue?
    let start = reader.start
    try reader.readObject { (reader, key) throws(GraphFileError) in
      switch key {
      case "double": result = .double(try reader.readDouble())
      case "doubles":
        result = .doubles(
          try reader.readElements { (reader) throws(GraphFileError) in try reader.readDouble() })
      case "bools":
        result = .bools(
          try reader.readElements { (reader) throws(GraphFileError) in try reader.readBool() })
      default: return false
      }
      return true
    }
    guard let result else {
      throw reader.failure(
        .badValue, #"expected "double", "doubles" or "bools" in the object"#, at: start)
    }
    return result
  }
}

extension JSONReader {
  /// Refuses what is not version 1 of the format, before anything else of the text is read.
  fileprivate mutating func checkFormat() throws(GraphFileError) {
    guard nextBegins(with: UInt8(ascii: "{")) else {
      // Skipping tells JSON of another kind from what is no JSON at all.
      try skipValue()
      throw failure(.unknownFormat, "not a graph: expected an object with a \"format\"", at: 0)
    }
    guard try seek([.key("format")]) else {
      throw failure(
        .unknownFormat, "not a graph: there is no key \"format\"", at: offset)
    }
    var start = offset
    let format = try readString()
    guard format == GraphFormat.name else {
      throw failure(
        .unknownFormat, "format \(quoted(format)) is not \(quoted(GraphFormat.name))", at: start)
    }
    guard try seek([.key("version")]) else {
      throw failure(.badValue, "the key \"version\" is missing", at: offset)
    }
    start = offset
    let version = try readInt()
    guard version == GraphFormat.version else {
      throw failure(
        .unknownVersion,
        "\(GraphFormat.name) version \(version) is not known; this program reads version "
          + "\(GraphFormat.version)", at: start)
    }
    _ = try seek([])
  }

  fileprivate var nextIsBool: Bool {
    mutating get {
      nextBegins(with: UInt8(ascii: "t")) || nextBegins(with: UInt8(ascii: "f"))
    }
  }

  fileprivate mutating func readElements<Element>(
    _ body: (inout JSONReader) throws(GraphFileError) -> Element
  ) throws(GraphFileError) -> [Element] {
    var elements: [Element] = []
    try readArray { (reader) throws(GraphFileError) in elements.append(try body(&reader)) }
    return elements
  }

  fileprivate mutating func readInts() throws(GraphFileError) -> [Int] {
    try readElements { (reader) throws(GraphFileError) in try reader.readInt() }
  }

  /// Reads one of the texts that a type knows.
  fileprivate mutating func readName<Name: RawRepresentable<String> & CaseIterable>()
    throws(GraphFileError) -> Name
  {
    let start = offset
    let text = try readString()
    guard let name = Name(rawValue: text) else {
      let names = Name.allCases.map(\.rawValue).joined(separator: ", ")
      throw failure(.badValue, "\(quoted(text)) is none of \(names)", at: start)
    }
    return name
  }

  fileprivate func required<Value>(
    _ value: Value?, _ key: String, at start: Int
  ) throws(GraphFileError) -> Value {
    guard let value else {
      throw failure(.badValue, "the key \(quoted(key)) is missing", at: start)
    }
    return value
  }

  /// The error for a problem that was found in the values, with its place in the text.
  fileprivate mutating func failure(_ problem: GraphProblem) -> GraphFileError {
    var error = problem.error
    if (try? seek(problem.path)) != nil { error.position = position(at: offset) }
    return error
  }
}
