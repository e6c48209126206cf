// Node archives as text: the same rules that their fields are written by.

extension NodeArchive {
  /// The archive as JSON in one line.
  package var text: String {
    get throws(NodeArchiveError) {
      var writer = FieldWriter([])
      return try writer.json(self).text
    }
  }

  /// Reads what `text` wrote.
  package init(text: String) throws(NodeArchiveError) {
    self = try FieldReader(tensors: [], floatingPoint: nil)
      .value(NodeArchive.self, try ArchivedJSON(text: text))
  }
}

extension ArchivedJSON: ArchivedValue {
  func archived(_ writer: inout FieldWriter) -> ArchivedJSON { self }

  init(archived json: ArchivedJSON, _ reader: borrowing FieldReader) { self = json }
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

  func archived(_ writer: inout FieldWriter) throws(NodeArchiveError) -> ArchivedJSON {
    switch self {
    case .none: .null
    case .scalar(let scalar): try writer.json(Number(scalar: scalar))
    case .input(let tensor, let metadata):
      try writer.json(Saved(tensor: tensor, isResult: false, metadata: metadata))
    case .result(let tensor, let metadata):
      try writer.json(Saved(tensor: tensor, isResult: true, metadata: metadata))
    }
  }

  init(archived json: ArchivedJSON, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
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
