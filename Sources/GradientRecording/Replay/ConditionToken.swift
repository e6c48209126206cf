// The words and signs that the expressions of breakpoints are made of.

internal import GraphModel

/// A word or sign of an expression.
struct ConditionToken: Equatable {
  enum Kind: Equatable {
    case word, quoted, number, symbol, end
  }

  var kind: Kind
  var text: String
  var offset: Int
  /// Whether it follows what is before it without a space.
  var isAttached = false

  /// What messages call it.
  var shown: String { kind == .end ? "the end" : kind == .quoted ? quoted(text) : printable(text) }

  private static let longest = 1000

  static func tokens(of text: String) throws(ConditionError) -> [ConditionToken] {
    let characters = Array(text.unicodeScalars)
    guard characters.count <= longest else {
      throw ConditionError(
        message: "an expression has at most \(longest) characters", offset: longest)
    }
    var tokens: [ConditionToken] = []
    var next = 0
    func add(_ kind: Kind, _ part: some Sequence<Unicode.Scalar>, _ start: Int) {
      var text = ""
      text.unicodeScalars.append(contentsOf: part)
      tokens.append(
        ConditionToken(
          kind: kind, text: text, offset: start,
          isAttached: start > 0 && !isSpace(characters[start - 1])))
    }
    while next < characters.count {
      let start = next
      let character = characters[next]
      if isSpace(character) {
        next += 1
      } else if character == "\"" || character == "'" {
        guard let end = characters[(next + 1)...].firstIndex(of: character) else {
          throw ConditionError(message: "the quotation does not end", offset: start)
        }
        add(.quoted, characters[(next + 1)..<end], start)
        next = end + 1
      } else if let end = endOfNumber(characters, start) {
        add(.number, characters[start..<end], start)
        next = end
        if next < characters.count, characters[next] == "x" || characters[next] == "%" {
          add(characters[next] == "x" ? .word : .symbol, [characters[next]], next)
          next += 1
        }
      } else if isPartOfWord(character) {
        while next < characters.count, isPartOfWord(characters[next]) { next += 1 }
        add(.word, characters[start..<next], start)
      } else if let symbol = symbols.first(where: { characters[start...].starts(with: $0) }) {
        add(.symbol, symbol, start)
        next += symbol.count
      } else {
        var shown = ""
        shown.unicodeScalars.append(character)
        throw ConditionError(message: "unknown sign \(printable(shown))", offset: start)
      }
    }
    tokens.append(ConditionToken(kind: .end, text: "", offset: characters.count))
    return tokens
  }

  private static let symbols = [
    ">=", "<=", "==", "!=", "&&", "||", ">", "<", "=", "!", "(", ")", ",", "%",
  ].map { Array($0.unicodeScalars) }

  private static func isSpace(_ character: Unicode.Scalar) -> Bool {
    character.properties.isWhitespace
  }

  private static func isPartOfWord(_ character: Unicode.Scalar) -> Bool {
    switch character {
    case "_", ".", "*", "?", ":", "/", "-", "[", "]", "$", "#", "@", "+", "~": true
    default: character.properties.isAlphabetic || ("0"..."9").contains(character)
    }
  }

  /// Where the number that starts here ends; nil where a word or sign does.
  private static func endOfNumber(_ characters: [Unicode.Scalar], _ start: Int) -> Int? {
    var end = start
    while end < characters.count {
      let character = characters[end]
      let followsExponent =
        end > start && (characters[end - 1] == "e" || characters[end - 1] == "E")
      let isSign = character == "-" || character == "+"
      guard
        ("0"..."9").contains(character) || character == "."
          || (isSign && (end == start || followsExponent))
          || ((character == "e" || character == "E") && end > start && !followsExponent)
      else { break }
      end += 1
    }
    var text = ""
    text.unicodeScalars.append(contentsOf: characters[start..<end])
    guard let number = Double(text), number.isFinite, text.contains(where: \.isNumber) else {
      return nil
    }
    // `3d_conv` is a name, `10x` a number.
    guard end < characters.count, isPartOfWord(characters[end]) else { return end }
    let isUnit =
      characters[end] == "x" && (end + 1 == characters.count || !isPartOfWord(characters[end + 1]))
    return isUnit ? end : nil
  }
}
