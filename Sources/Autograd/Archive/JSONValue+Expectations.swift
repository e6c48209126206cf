// What an archive expects of the JSON that it is read from.

internal import GraphModel

extension JSONValue {
  /// The values of an object that has these names and no others, in their order.
  func members(_ names: [String]) throws(NodeArchiveError) -> [JSONValue] {
    guard case .object(let members) = self else { throw unexpected("an object") }
    var values: [String: JSONValue] = [:]
    for member in members {
      guard values.updateValue(member.value, forKey: member.name) == nil else {
        throw NodeArchiveError(.badField, "\(quoted(member.name)) is given twice")
      }
    }
    var found: [JSONValue] = []
    for name in names {
      guard let value = values.removeValue(forKey: name) else {
        throw NodeArchiveError(.badField, "\(quoted(name)) is missing")
      }
      found.append(value)
    }
    if let name = values.keys.min() {
      throw NodeArchiveError(.badField, "there is no field \(quoted(name))")
    }
    return found
  }

  /// The elements of an array.
  var elements: [JSONValue] {
    get throws(NodeArchiveError) {
      guard case .array(let elements) = self else { throw unexpected("an array") }
      return elements
    }
  }

  func unexpected(_ wanted: String) -> NodeArchiveError {
    NodeArchiveError(.badField, "expected \(wanted), not \(printable(text, limit: 60))")
  }
}
