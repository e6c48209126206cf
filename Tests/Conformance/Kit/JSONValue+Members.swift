// How the reference data is looked at.

import GraphModel

extension JSONValue {
  /// The member of an object; nil when there is none or this is no object.
  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == key }?.value
  }

  var string: String? { if case .string(let value) = self { value } else { nil } }
  var int: Int? { if case .int(let value) = self { value } else { nil } }
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  var members: [Member]? { if case .object(let value) = self { value } else { nil } }
  var isNull: Bool { self == .null }
}

/// A text that is not JSON, or not the JSON that was expected.
struct MalformedJSON: Error, CustomStringConvertible {
  let description: String
}

extension JSONValue {
  /// Reads the whole of a text as one value.
  init(parsing text: some Sequence<UInt8>) throws(MalformedJSON) {
    do {
      self = try JSONValue(json: Array(text))
    } catch {
      throw MalformedJSON(description: error.description)
    }
  }
}
