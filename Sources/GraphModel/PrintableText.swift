// Foreign text made safe for one line of a terminal.

/// `text` with everything escaped that could break a line or steer a terminal, cut at `limit`.
///
/// Control characters, line separators and the marks that reorder text become `\u{…}`, a newline
/// `\n`.
package func printable(_ text: String, limit: Int = 80) -> String {
  var result = ""
  var count = 0
  for scalar in text.unicodeScalars {
    if count == limit {
      result += "…"
      break
    }
    count += 1
    switch scalar {
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    default:
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
  return result
}

/// `text` in double quotes, printable, with quotes and backslashes escaped.
package func quoted(_ text: String, limit: Int = 80) -> String {
  var escaped = ""
  for character in text.unicodeScalars.prefix(limit + 1) {
    if character == "\"" || character == "\\" { escaped.unicodeScalars.append("\\") }
    escaped.unicodeScalars.append(character)
  }
  return "\"\(printable(escaped, limit: limit))\""
}

/// A step of the way from the top of a file to a value in it.
enum KeyPathStep: Sendable, Hashable {
  case key(String)
  case index(Int)
}

extension [KeyPathStep] {
  /// The path as people write it: `nodes[3].attributes.dim`, a strange key in quotes.
  var text: String {
    var result = ""
    for step in self {
      switch step {
      case .index(let index): result += "[\(index)]"
      case .key(let key):
        if !result.isEmpty { result += "." }
        let isPlain = key.utf8.allSatisfy {
          switch $0 {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
          default: false
          }
        }
        result += isPlain && !key.isEmpty && key.utf8.count <= 80 ? key : quoted(key)
      }
    }
    return result
  }
}
