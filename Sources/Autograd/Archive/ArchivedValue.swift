// The types of which a node's fields are made, as JSON and back.

internal import GraphModel

/// A value that a node holds and that can be written down.
///
/// Structs and tuples of such values, and enums whose cases are names, need not adopt it: they are
/// written field by field.
protocol ArchivedValue {
  /// Throws where what the type is made of cannot be written down.
  static func checkArchivable() throws(NodeArchiveError)
  func archived(_ writer: inout FieldWriter) throws(NodeArchiveError) -> JSONValue
  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError)
}

extension ArchivedValue {
  static func checkArchivable() {}
}

extension Int: ArchivedValue {
  func archived(_ writer: inout FieldWriter) -> JSONValue { .int(self) }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    guard case .int(let value) = json else { throw json.unexpected("a whole number") }
    self = value
  }
}

extension Bool: ArchivedValue {
  func archived(_ writer: inout FieldWriter) -> JSONValue { .bool(self) }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    guard case .bool(let value) = json else { throw json.unexpected("true or false") }
    self = value
  }
}

extension Double: ArchivedValue {
  /// What JSON has no number for is written by name.
  func archived(_ writer: inout FieldWriter) -> JSONValue {
    isFinite ? .double(self) : .string(jsonName)
  }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    switch json {
    case .double(let value): self = value
    case .string(let name):
      guard let value = Double(jsonName: name) else { throw json.unexpected("a number") }
      self = value
    default: throw json.unexpected("a number with a point")
    }
  }
}

extension String: ArchivedValue {
  func archived(_ writer: inout FieldWriter) -> JSONValue { .string(self) }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    guard case .string(let value) = json else { throw json.unexpected("a text") }
    self = value
  }
}

extension Scalar: ArchivedValue {
  func archived(_ writer: inout FieldWriter) -> JSONValue {
    switch self {
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .double(let value): value.archived(&writer)
    }
  }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    switch json {
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    default: self = .double(try Double(archived: json, reader))
    }
  }
}

extension DType: ArchivedValue {
  func archived(_ writer: inout FieldWriter) -> JSONValue { .string(name) }

  /// A floating-point dtype is that in which the node is to run.
  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    guard case .string(let name) = json, let dtype = DType(name: name) else {
      throw json.unexpected("a dtype")
    }
    self = reader.converted(dtype)
  }
}

extension Dims: ArchivedValue {
  func archived(_ writer: inout FieldWriter) -> JSONValue { .ints(self) }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    let sizes = try [Int](archived: json, reader)
    guard sizes.count <= Dims.capacity, sizes.allSatisfy({ $0 >= 0 }) else {
      throw json.unexpected("at most \(Dims.capacity) sizes, none of them negative")
    }
    self.init(sizes)
  }
}

extension Array: ArchivedValue {
  static func checkArchivable() throws(NodeArchiveError) {
    try Autograd.checkArchivable(Element.self)
  }

  func archived(_ writer: inout FieldWriter) throws(NodeArchiveError) -> JSONValue {
    var elements: [JSONValue] = []
    for element in self { elements.append(try writer.json(element)) }
    return .array(elements)
  }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    self = []
    for (i, element) in try json.elements.enumerated() {
      do throws(NodeArchiveError) {
        append(try reader.value(Element.self, element))
      } catch {
        throw error.within("[\(i)]")
      }
    }
  }
}

extension Optional: ArchivedValue {
  static func checkArchivable() throws(NodeArchiveError) {
    try Autograd.checkArchivable(Wrapped.self)
  }

  func archived(_ writer: inout FieldWriter) throws(NodeArchiveError) -> JSONValue {
    guard let self else { return .null }
    return try writer.json(self)
  }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    self = json == .null ? nil : try reader.value(Wrapped.self, json)
  }
}
