// The part of JSON Schema (draft 2020-12) that the format's schema uses.

import Foundation

/// A JSON value as another parser than ours reads it.
enum JSON: Decodable, Hashable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  var object: [String: JSON] { if case .object(let object) = self { object } else { [:] } }
  var array: [JSON] { if case .array(let array) = self { array } else { [] } }
  var string: String { if case .string(let string) = self { string } else { "" } }
  var number: Double { if case .number(let number) = self { number } else { .nan } }

  /// Whether it is of a type that JSON Schema names.
  func isType(_ name: String) -> Bool {
    switch self {
    case .null: name == "null"
    case .bool: name == "boolean"
    case .number(let number): name == "number" || (name == "integer" && number.rounded() == number)
    case .string: name == "string"
    case .array: name == "array"
    case .object: name == "object"
    }
  }
}

/// Validates JSON against a schema; refuses keywords that it does not know.
struct SchemaValidator {
  private let root: JSON

  init(contentsOf url: URL) throws {
    root = try JSONDecoder().decode(JSON.self, from: Data(contentsOf: url))
  }

  /// The first thing in a JSON text that the schema does not allow; nil when it allows all.
  func problem(in json: String) throws -> String? {
    problem(try JSONDecoder().decode(JSON.self, from: Data(json.utf8)), root, at: "")
  }

  private func problem(_ value: JSON, _ schema: JSON, at path: String) -> String? {
    for (keyword, operand) in schema.object.sorted(by: { $0.key < $1.key }) {
      if let problem = problem(value, keyword, operand, at: path) { return problem }
    }
    return nil
  }

  private func problem(
    _ value: JSON, _ keyword: String, _ operand: JSON, at path: String
  ) -> String? {
    let isAllowed: Bool
    switch keyword {
    case "$schema", "$id", "$defs", "title", "description": return nil
    case "$ref":
      let name = operand.string.split(separator: "/").last.map(String.init) ?? ""
      return root.object["$defs"]?.object[name].map { problem(value, $0, at: path) }
        ?? "\(path): no definition \(name)"
    case "items":
      for (index, item) in value.array.enumerated() {
        if let problem = problem(item, operand, at: "\(path)[\(index)]") { return problem }
      }
      return nil
    case "properties":
      for (key, schema) in operand.object {
        guard let property = value.object[key] else { continue }
        if let problem = problem(property, schema, at: "\(path).\(key)") { return problem }
      }
      return nil
    case "additionalProperties":
      for (key, property) in value.object {
        if let problem = problem(property, operand, at: "\(path).\(key)") { return problem }
      }
      return nil
    case "type":
      isAllowed = (operand.array + [operand]).contains { value.isType($0.string) }
    case "const": isAllowed = value == operand
    case "enum": isAllowed = operand.array.contains(value)
    case "minimum": isAllowed = !(value.number < operand.number)
    case "minItems": isAllowed = Double(value.array.count) >= operand.number
    case "maxItems": isAllowed = Double(value.array.count) <= operand.number
    case "required":
      isAllowed =
        !value.isType("object")
        || operand.array.allSatisfy { value.object[$0.string] != nil }
    case "anyOf": isAllowed = operand.array.contains { problem(value, $0, at: path) == nil }
    default: isAllowed = false
    }
    return isAllowed ? nil : "\(path): \(keyword) does not hold"
  }
}
