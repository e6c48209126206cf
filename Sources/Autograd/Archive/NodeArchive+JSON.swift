// Node archives as text: the same rules that their fields are written by.

internal import GraphModel

extension NodeArchive {
  /// The archive as JSON in one line.
  package var text: String {
    get throws(NodeArchiveError) {
      var writer = FieldWriter([])
      return try archived(&writer).text
    }
  }

  /// Reads what `text` wrote.
  package init(text: String) throws(NodeArchiveError) {
    let json: JSONValue
    do throws(GraphFileError) {
      json = try JSONValue(json: text.utf8)
    } catch {
      throw NodeArchiveError(.notJSON, error.description)
    }
    try self.init(archived: json, FieldReader(tensors: [], floatingPoint: nil))
  }
}

// By hand, for an archive may hold another.
extension NodeArchive: ArchivedValue {
  func archived(_ writer: inout FieldWriter) throws(NodeArchiveError) -> JSONValue {
    .object([
      .init("name", .string(name)), .init("fields", fields), .init("saved", try writer.json(saved)),
      .init("outputs", try writer.json(outputs)), .init("inputs", try writer.json(inputs)),
      .init("function", try writer.json(function)),
    ])
  }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    let members = try json.members(["name", "fields", "saved", "outputs", "inputs", "function"])
    name = try Self.value(members[0], "name", reader)
    fields = members[1]
    saved = try Self.value(members[2], "saved", reader)
    outputs = try Self.value(members[3], "outputs", reader)
    inputs = try Self.value(members[4], "inputs", reader)
    function = try Self.value(members[5], "function", reader)
  }

  private static func value<Value: ArchivedValue>(
    _ json: JSONValue, _ name: String, _ reader: borrowing FieldReader
  ) throws(NodeArchiveError) -> Value {
    do throws(NodeArchiveError) {
      return try Value(archived: json, reader)
    } catch {
      throw error.within(name)
    }
  }
}

extension JSONValue: ArchivedValue {
  func archived(_ writer: inout FieldWriter) -> JSONValue { self }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) { self = json }
}

extension NodeArchive.Slot: ArchivedValue {
  private struct Saved {
    var tensor: Int
    var isResult: Bool
    var metadata: NodeArchive.Metadata
  }

  private struct Number {
    var scalar: Scalar
  }

  func archived(_ writer: inout FieldWriter) throws(NodeArchiveError) -> JSONValue {
    switch self {
    case .none: .null
    case .scalar(let scalar): try writer.json(Number(scalar: scalar))
    case .input(let tensor, let metadata):
      try writer.json(Saved(tensor: tensor, isResult: false, metadata: metadata))
    case .result(let tensor, let metadata):
      try writer.json(Saved(tensor: tensor, isResult: true, metadata: metadata))
    }
  }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    switch json {
    case .null: self = .none
    case .object(let members) where members.first?.name == "scalar":
      self = .scalar(try reader.value(Number.self, json).scalar)
    default:
      let saved = try reader.value(Saved.self, json)
      self =
        saved.isResult
        ? .result(saved.tensor, saved.metadata) : .input(saved.tensor, saved.metadata)
    }
  }
}
