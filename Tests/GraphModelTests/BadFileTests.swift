// Files that are no graphs: each refused with the place and the key, none with a crash.

import GraphModel
import Testing

/// One thing wrong in the sample's JSON, and what must be said of it.
struct Damage: Sendable, CustomTestStringConvertible {
  var testDescription: String
  /// What is replaced in the text, its first occurrence.
  var old: String
  var new: String
  var code: GraphFileError.Code
  var keyPath: String?
  var says: String
}

@Suite("A file that is no graph")
struct BadFileTests {
  static let damages: [Damage] = [
    Damage(
      testDescription: "another format", old: "agviz.graph", new: "other", code: .unknownFormat,
      says: #"format "other" is not "agviz.graph""#),
    Damage(
      testDescription: "no format", old: "\"format\"", new: "\"form\"", code: .unknownFormat,
      says: "there is no key \"format\""),
    Damage(
      testDescription: "a later version", old: "\"version\": 1,", new: "\"version\": 2,",
      code: .unknownVersion, says: "agviz.graph version 2 is not known"),
    Damage(
      testDescription: "no version", old: "\"version\": 1,", new: "", code: .badValue,
      says: "\"version\" is missing"),
    Damage(
      testDescription: "a version in words", old: "\"version\": 1,", new: "\"version\": \"1\",",
      code: .badValue, says: "expected a whole number, not a string"),
    Damage(
      testDescription: "an id given twice", old: "{\"id\": 1, \"name\"",
      new: "{\"id\": 0, \"name\"",
      code: .badGraph, keyPath: "nodes[1].id", says: "id 0 is given twice"),
    Damage(
      testDescription: "an id out of order", old: "{\"id\": 1, \"role\"",
      new: "{\"id\": 7, \"role\"", code: .badGraph, keyPath: "tensors[1].id",
      says: "id 7 stands at position 1"),
    Damage(
      testDescription: "a negative id", old: "{\"id\": 1, \"name\"", new: "{\"id\": -1, \"name\"",
      code: .badGraph, keyPath: "nodes[1].id", says: "negative"),
    Damage(
      testDescription: "a dangling edge", old: "[[3, 0], null]", new: "[null, [9, 0]]",
      code: .badGraph, keyPath: "nodes[2].inputs[1][0]", says: "there is no node 9"),
    Damage(
      testDescription: "a negative edge", old: "[[3, 0], null]", new: "[[-3, 0], null]",
      code: .badGraph, keyPath: "nodes[2].inputs[0][0]", says: "there is no node -3"),
    Damage(
      testDescription: "an output that the node lacks", old: "[[3, 0], null]",
      new: "[[3, 1], null]", code: .badGraph, keyPath: "nodes[2].inputs[0][1]",
      says: "node 3 \"AccumulateGrad\" has no output 1"),
    Damage(
      testDescription: "a negative output", old: "[[3, 0], null]", new: "[[3, -1], null]",
      code: .badGraph, keyPath: "nodes[2].inputs[0][1]", says: "has no output -1"),
    Damage(
      testDescription: "an edge of one number", old: "[[3, 0], null]", new: "[[3], null]",
      code: .badValue, keyPath: "nodes[2].inputs[0]", says: "an edge is [node, output]"),
    Damage(
      testDescription: "an edge of three numbers", old: "[[3, 0], null]", new: "[[3, 0, 0], null]",
      code: .badValue, keyPath: "nodes[2].inputs[0]", says: "not 3 numbers"),
    Damage(
      testDescription: "a cycle", old: "[[3, 0], null]", new: "[[1, 0], null]", code: .badGraph,
      keyPath: "nodes[2].inputs[0]", says: "a cycle: node 1 leads to node 2"),
    Damage(
      testDescription: "a node that leads to itself", old: "[[3, 0], null]",
      new: "[[2, 0], null]", code: .badGraph, keyPath: "nodes[2].inputs[0]",
      says: "node 2 leads to itself"),
    Damage(
      testDescription: "a dangling root", old: "\"roots\": [0]", new: "\"roots\": [5]",
      code: .badGraph, keyPath: "roots[0]", says: "there is no tensor 5"),
    Damage(
      testDescription: "a dangling leaf", old: "\"leaf\": 2", new: "\"leaf\": 99", code: .badGraph,
      keyPath: "nodes[4].leaf", says: "there is no tensor 99"),
    Damage(
      testDescription: "a leaf of an operator", old: "\"sequence\": 0",
      new: "\"leaf\": 1, \"sequence\": 0", code: .badGraph, keyPath: "nodes[2].leaf",
      says: "only an accumulateGrad node has a leaf"),
    Damage(
      testDescription: "a dangling saved tensor", old: "\"other\": 3", new: "\"other\": 5",
      code: .badGraph, keyPath: "nodes[2].saved.other", says: "there is no tensor 5"),
    Damage(
      testDescription: "a dangling tensor in a saved list", old: "[3, null]", new: "[3, -1]",
      code: .badGraph, keyPath: "nodes[2].saved.tensors[1]", says: "there is no tensor -1"),
    Damage(
      testDescription: "a tensor of no node", old: "\"gradFn\": [0, 0]", new: "\"gradFn\": [5, 0]",
      code: .badGraph, keyPath: "tensors[0].gradFn[0]", says: "there is no node 5"),
    Damage(
      testDescription: "a view of nothing", old: "\"viewOf\": 4", new: "\"viewOf\": 5",
      code: .badGraph, keyPath: "tensors[0].viewOf", says: "there is no tensor 5"),
    Damage(
      testDescription: "a view of itself", old: "\"viewOf\": 4", new: "\"viewOf\": 0",
      code: .badGraph, keyPath: "tensors[0].viewOf", says: "a view of itself"),
    Damage(
      testDescription: "a circle of views", old: "\"storage\": 0}",
      new: "\"storage\": 0, \"viewOf\": 0}", code: .badGraph, keyPath: "tensors[4].viewOf",
      says: "a view of itself through tensor 0"),
    Damage(
      testDescription: "a negative size", old: "\"shape\": [2, 3]", new: "\"shape\": [2, -3]",
      code: .badValue, keyPath: "nodes[1].outputs[0].shape[1]", says: "cannot be negative: -3"),
    Damage(
      testDescription: "a shape too large to count", old: "\"shape\": [2, 3]",
      new: "\"shape\": [4294967296, 0, 4294967296]", code: .badValue,
      keyPath: "nodes[1].outputs[0].shape", says: "more than 2^63 - 1 elements"),
    Damage(
      testDescription: "a negative storage", old: "\"storage\": 0", new: "\"storage\": -1",
      code: .badValue, keyPath: "tensors[0].storage", says: "negative"),
    Damage(
      testDescription: "values that do not fill the shape", old: "\"values\": [0.1]",
      new: "\"values\": [0.1, 0.2]", code: .badGraph, keyPath: "tensors[0].values",
      says: "2 values for a shape of 1 elements"),
    Damage(
      testDescription: "a value in words", old: "\"values\": [0.1]", new: "\"values\": [\"x\"]",
      code: .badValue, keyPath: "tensors[0].values[0]", says: "not \"x\""),
    Damage(
      testDescription: "a negative count", old: "\"nanCount\": 1", new: "\"nanCount\": -1",
      code: .badValue, keyPath: "tensors[1].gradient.nanCount", says: "negative"),
    Damage(
      testDescription: "a line 0", old: "\"line\": 12", new: "\"line\": 0", code: .badGraph,
      keyPath: "nodes[1].source.line", says: "counted from 1"),
    Damage(
      testDescription: "an unknown kind", old: "\"kind\": \"backward\"", new: "\"kind\": \"fwd\"",
      code: .badValue, keyPath: "nodes[0].kind",
      says: "\"fwd\" is none of backward, accumulateGrad, function"),
    Damage(
      testDescription: "a number for a name", old: "\"MulBackward0\"", new: "3", code: .badValue,
      keyPath: "nodes[2].name", says: "expected a string, not a number"),
    Damage(
      testDescription: "an object for a list", old: "\"roots\": [0]", new: "\"roots\": {}",
      code: .badValue, keyPath: "roots", says: "expected an array, not an object"),
    Damage(
      testDescription: "a fraction for a whole number", old: "\"storage\": 0",
      new: "\"storage\": 0.0", code: .badValue, keyPath: "tensors[0].storage",
      says: "expected a whole number"),
    Damage(
      testDescription: "a number over 64 bits", old: "\"storage\": 0",
      new: "\"storage\": 9223372036854775808", code: .badValue, keyPath: "tensors[0].storage",
      says: "does not fit 64 bits"),
    Damage(
      testDescription: "a number beyond a double", old: "\"scale\": 1.0", new: "\"scale\": 1e999",
      code: .badValue, keyPath: "nodes[0].attributes.scale", says: "does not fit"),
    Damage(
      testDescription: "a number of a thousand digits", old: "\"scale\": 1.0",
      new: "\"scale\": 1.\(String(repeating: "0", count: 1000))", code: .badValue,
      keyPath: "nodes[0].attributes.scale", says: "over 1000"),
    Damage(
      testDescription: "a tuple of two types", old: "\"factors\": [0.5, 2.0]",
      new: "\"factors\": [0.5, 2]", code: .badValue, keyPath: "nodes[1].attributes.factors[1]",
      says: "of one type"),
    Damage(
      testDescription: "an attribute of an unknown type", old: "{\"bools\": []}",
      new: "{\"texts\": []}", code: .badValue, keyPath: "nodes[1].attributes.nothing",
      says: "expected \"double\", \"doubles\" or \"bools\""),
    Damage(
      testDescription: "a missing key", old: "\"dtype\": \"float32\"", new: "\"type\": \"float32\"",
      code: .badValue, keyPath: "nodes[0].outputs[0]", says: "the key \"dtype\" is missing"),
    Damage(
      testDescription: "a missing list", old: "\"tensors\": [\n", new: "\"others\": [\n",
      code: .badValue, says: "the key \"tensors\" is missing"),
    Damage(
      testDescription: "a key given twice", old: "\"kind\": \"backward\"",
      new: "\"id\": 0, \"kind\": \"backward\"", code: .badValue, keyPath: "nodes[0].id",
      says: "given twice"),
    Damage(
      testDescription: "an unknown key given twice", old: "\"roots\"",
      new: "\"x\": 1, \"x\": 1, \"roots\"", code: .badValue, keyPath: "x", says: "given twice"),
    Damage(
      testDescription: "a format given twice", old: "\"roots\"",
      new: "\"format\": \"other\", \"roots\"", code: .badValue, keyPath: "format",
      says: "given twice"),
    Damage(
      testDescription: "a NUL in a name", old: "MulBackward0", new: "Mul\\u0000", code: .badValue,
      keyPath: "nodes[2].name", says: "NUL"),
    Damage(
      testDescription: "a NUL in an attribute's name", old: "\"keepdim\"",
      new: "\"keep\\u0000dim\"", code: .badValue, keyPath: "nodes[0].attributes.\"keep\\u{0}dim\"",
      says: "NUL"),
    Damage(
      testDescription: "a raw NUL", old: "MulBackward0", new: "Mul\0", code: .notJSON,
      keyPath: "nodes[2].name", says: "control character (0)"),
    Damage(
      testDescription: "a raw newline in a name", old: "MulBackward0", new: "Mul\n",
      code: .notJSON, keyPath: "nodes[2].name", says: "control character (10)"),
    Damage(
      testDescription: "half a surrogate pair", old: "MulBackward0", new: "Mul\\ud800x",
      code: .notJSON, keyPath: "nodes[2].name", says: "half a surrogate pair"),
    Damage(
      testDescription: "an unknown escape", old: "MulBackward0", new: "Mul\\x", code: .notJSON,
      keyPath: "nodes[2].name", says: "unknown escape"),
    Damage(
      testDescription: "a missing comma", old: "\"storage\": 0", new: "\"storage\" 0",
      code: .badValue, keyPath: "tensors[0]", says: "expected a colon after the key \"storage\""),
    Damage(
      testDescription: "a comma too many", old: "\"roots\": [0]", new: "\"roots\": [0,]",
      code: .notJSON, keyPath: "roots", says: "another element after the comma"),
    Damage(
      testDescription: "a leading zero", old: "\"roots\": [0]", new: "\"roots\": [00]",
      code: .notJSON, keyPath: "roots[0]", says: "cannot begin with 0"),
    Damage(
      testDescription: "a bare word", old: "\"roots\": [0]", new: "\"roots\": NaN", code: .notJSON,
      keyPath: "roots", says: "expected an array, not \"N\""),
    Damage(
      testDescription: "unknown keys nested too deep", old: "\"roots\"",
      new: "\"x\": \(String(repeating: "[", count: 1000)), \"roots\"", code: .notJSON, keyPath: "x",
      says: "nested deeper than 512 levels"),
  ]

  @Test("is refused by the key and the place", arguments: damages)
  func damage(_ damage: Damage) throws {
    let text = Graph.sample().json
    try #require(text.contains(damage.old))
    let damaged = text.replacing(damage.old, with: damage.new, maxReplacements: 1)
    let error = try #require(throws: GraphFileError.self) { try Graph(json: damaged.utf8) }
    #expect(error.code == damage.code, "\(error)")
    #expect(error.keyPath == damage.keyPath, "\(error)")
    #expect(error.message.contains(damage.says), "\(error)")
    #expect(error.position != nil)
    #expect(!error.description.contains { $0.isNewline || $0 == "\0" })
  }

  @Test(
    "tells the line and column",
    arguments: [
      ("", 1, 1), (" ", 1, 2), ("hello", 1, 1), ("[1, 2]", 1, 1), ("null", 1, 1), ("{", 1, 2),
      ("{\"a\": 1}", 1, 1), ("\n\n  }", 3, 3), ("{\"ü\": x", 1, 7), ("\u{FEFF}{}", 1, 1),
    ] as [(String, Int, Int)])
  func position(_ text: String, line: Int, column: Int) throws {
    let error = try #require(throws: GraphFileError.self) { try Graph(json: text.utf8) }
    #expect(error.position == GraphFileError.Position(line: line, column: column), "\(error)")
  }

  @Test("tells the place of what is only wrong among the values")
  func positionOfValue() throws {
    let text = Graph.sample().json.replacing("[[3, 0], null]", with: "[[9, 0], null]")
    let error = try #require(throws: GraphFileError.self) { try Graph(json: text.utf8) }
    #expect(error.position == GraphFileError.Position(line: 9, column: 71))
  }

  @Test("is refused for what follows the graph")
  func trailing() throws {
    let error = try #require(throws: GraphFileError.self) {
      try Graph(json: (Graph.sample().json + "{}").utf8)
    }
    #expect(error.message.contains("the end of the file"))
  }

  @Test("is refused where its UTF-8 is not valid")
  func invalidUTF8() throws {
    var bytes = Array(Graph.sample().json.utf8)
    let place = try #require(bytes.firstRange(of: "MulB".utf8)?.lowerBound)
    bytes[place] = 0xFF
    let error = try #require(throws: GraphFileError.self) { try Graph(json: bytes) }
    #expect(error.code == .notJSON)
    #expect(error.position == GraphFileError.Position(line: 9, column: 24))
  }

  @Test("is refused wherever it is cut off")
  func truncated() {
    let bytes = Array(Graph.sample().json.utf8)
    for length in 0..<(bytes.count - 2) {
      #expect(throws: GraphFileError.self, "cut at \(length)") { try Graph(json: bytes[..<length]) }
    }
  }

  @Test("never crashes the reader, whatever its bytes", arguments: 0..<4)
  func noise(seed: UInt64) {
    let bytes = Array(Graph.sample().json.utf8)
    var state = seed
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let alphabet = Array("{}[]\",:0123456789.eE+-\\untfals \n".utf8) + [0, 0xC3, 0xFF]
    for _ in 0..<500 {
      var damaged = bytes
      for _ in 0...random(3) {
        damaged[random(damaged.count)] = alphabet[random(alphabet.count)]
      }
      // Either answer is right; a graph that was accepted must be sound.
      if let graph = try? Graph(json: damaged) {
        #expect(throws: Never.self) { try graph.validate() }
        #expect(throws: Never.self) { try Graph(json: graph.json.utf8) }
        _ = graph.summary.description
        _ = GraphDiff(from: .sample(), to: graph).description
      }
    }
  }
}
