// Whether two messages that refuse a program name the same facts.

/// What a message that refuses a program says, apart from its wording.
///
/// Shapes (`[2, 3]`, `2x3`), numbers, dtypes and the words of `vocabulary`.
struct RefusalFacts {
  private(set) var shapes: Set<[Int]> = []
  private(set) var numbers: Set<String> = []
  private let normalized: String

  /// What tells one kind of mistake from another, lower case and without spaces: PyTorch's word,
  /// and what may stand for it.
  private static let vocabulary: [(word: String, alternatives: [String])] = [
    ("leaf", []), ("scalar", ["singlenumber", "0dim"]), ("secondtime", []), ("inplace", []),
    ("viewofaleaf", []), ("multipleviews", []), ("requiregrad", ["requiresgrad"]),
    ("requiresgrad", ["requiregrad"]),
    ("floatingpoint", []), ("usedinthegraph", []), ("outofbounds", ["outofrange"]),
    ("outofrange", ["outofbounds"]), ("bool", []), ("duplicate", []), ("derivative", []),
    ("notimplemented", []), ("infer", []), ("overlap", ["singlememorylocation"]),
    ("singlememorylocation", ["overlap"]), ("nogradmode", []), ("dtype", ["type"]),
    ("empty", ["noelements"]), ("channel", []), ("toomanyindices", []),
  ]

  /// PyTorch's names of element types, and ours.
  private static let dtypes: [(name: String, dtype: String)] = [
    ("Float", "float32"), ("Double", "float64"), ("Long", "int64"), ("Int", "int32"),
    ("Bool", "bool"),
  ]

  init(_ message: String) {
    normalized = String(message.lowercased().filter { $0.isLetter || $0.isNumber })
    for match in message.matches(of: /(\w?)\[(-?\d+(?:, ?-?\d+)*)?,?\]/) {
      let sizes = match.2?.split(separator: ",").compactMap {
        Int($0.filter { $0 != " " })
      }
      if !match.1.isEmpty, let sizes, sizes.count == 1 {
        numbers.insert("\(sizes[0])")
      } else {
        shapes.insert(sizes ?? [])
      }
    }
    for match in message.matches(of: /\d+(?:x\d+)+/) {
      shapes.insert(match.0.split(separator: "x").compactMap { Int($0) })
    }
    let rest = message.replacing(/\[[-\d, ]*\]/, with: "").replacing(/\d+(?:x\d+)+/, with: "")
    for match in rest.matches(of: /(?:^|[^\w.-])(-?\d+(?:\.\d+)?)(?:D\b|(?!\w))/) {
      numbers.insert(String(match.1))
    }
  }

  /// The first fact of PyTorch's message that this message does not name; nil when it names all.
  func missingFact(of expected: RefusalFacts, message: String) -> String? {
    let mentioned = numbers.union(shapes.flatMap { $0.map(String.init) })
    for shape in expected.shapes.sorted(by: { $0.description < $1.description }) {
      if shapes.contains(shape) { continue }
      if shape.count == 1, numbers.contains("\(shape[0])") { continue }
      return "the shape \(shape)"
    }
    for number in expected.numbers.sorted() where !mentioned.contains(number) {
      return "the number \(number)"
    }
    for (word, alternatives) in RefusalFacts.vocabulary where expected.normalized.contains(word) {
      if ([word] + alternatives).contains(where: normalized.contains) { continue }
      return "\"\(word)\""
    }
    for (name, dtype) in RefusalFacts.dtypes {
      guard message.contains(try! Regex("\\b\(name)(Tensor)?\\b")) else { continue }
      if [name.lowercased(), dtype].contains(where: normalized.contains) { continue }
      return "the dtype \(dtype)"
    }
    for match in message.matches(of: /aten::(\w+)/)
    where !normalized.contains(match.1.lowercased().filter { $0 != "_" }) {
      return "the operator \(match.1)"
    }
    return nil
  }
}

/// What is wrong with a refusal, given PyTorch's; nil for nothing.
func refusalDifference(_ message: String, from expected: ExpectedError) -> String? {
  let facts = RefusalFacts(message)
  guard
    let missing = facts.missingFact(
      of: RefusalFacts(expected.message), message: expected.message)
  else { return nil }
  return "the message does not name \(missing): \"\(message)\", PyTorch's is "
    + "\"\(expected.message)\""
}
