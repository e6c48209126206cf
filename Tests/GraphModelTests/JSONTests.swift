// The graph's JSON: what it looks like, and that it reads back as it was.

import Foundation
import GraphModel
import Testing

@Suite("A graph as JSON")
struct JSONTests {
  @Test("is one line a node and a tensor, with keys in a fixed order")
  func layout() {
    var graph = Graph.chain(["SinBackward0"])
    graph.nodes[0].attributes = ["b": .double(1), "a": .ints([1, 2])]
    graph.nodes[0].saved = ["self": .tensor(1)]
    graph.producer.version = "1"
    #expect(
      graph.json == """
        {
          "format": "agviz.graph",
          "version": 1,
          "producer": {"name": "agviz", "version": "1"},
          "roots": [0],
          "nodes": [
            {"id": 0, "name": "SinBackward0", "kind": "backward", "inputs": [[1, 0]], "outputs": \
        [{"shape": [], "dtype": "float32"}], "attributes": {"a": [1, 2], "b": 1.0}, "saved": \
        {"self": 1}, "sequence": 0},
            {"id": 1, "name": "AccumulateGrad", "kind": "accumulateGrad", "inputs": [], "leaf": 1}
          ],
          "tensors": [
            {"id": 0, "role": "root", "shape": [], "dtype": "float32", "requiresGrad": true, \
        "gradFn": [0, 0], "storage": 0},
            {"id": 1, "role": "leaf", "name": "w", "shape": [], "dtype": "float32", \
        "requiresGrad": true, "storage": 1}
          ]
        }

        """)
  }

  @Test("reads back to the same bytes")
  func roundTrip() throws {
    let graph = Graph.sample()
    let copy = try Graph(json: graph.json.utf8)
    #expect(copy.json == graph.json)
    // NaN differs from itself; the rest must be equal as values.
    var (a, b) = (graph, copy)
    for index in [\Graph.nodes[1].attributes] {
      a[keyPath: index] = [:]
      b[keyPath: index] = [:]
    }
    a.tensors[3].values = nil
    b.tensors[3].values = nil
    a.tensors[1].gradient = nil
    b.tensors[1].gradient = nil
    #expect(a == b)
  }

  @Test(
    "keeps every attribute what it is",
    arguments: [
      (AttributeValue.none, "null"), (.bool(true), "true"), (.int(-1), "-1"), (.int(.min), nil),
      (.int(.max), "9223372036854775807"), (.double(1), "1.0"), (.double(1e300), nil),
      (.double(.leastNonzeroMagnitude), "5e-324"), (.double(-0.0), "-0.0"), (.double(0.1), "0.1"),
      (.double(.infinity), #"{"double": "inf"}"#), (.double(-.infinity), #"{"double": "-inf"}"#),
      (.string(""), #""""#), (.string("nan"), #""nan""#), (.ints([]), "[]"),
      (.ints([1]), "[1]"), (.doubles([]), #"{"doubles": []}"#), (.doubles([1, 2.5]), "[1.0, 2.5]"),
      (.doubles([1, .infinity]), #"{"doubles": [1.0, "inf"]}"#), (.bools([]), #"{"bools": []}"#),
      (.bools([false]), "[false]"),
    ] as [(AttributeValue, String?)])
  func attribute(_ value: AttributeValue, text: String?) throws {
    var graph = Graph.chain(["SinBackward0"])
    graph.nodes[0].attributes = ["x": value]
    if let text { #expect(graph.json.contains(#""attributes": {"x": \#(text)}"#)) }
    #expect(try Graph(json: graph.json.utf8).nodes[0].attributes["x"] == value)
  }

  @Test("keeps NaN")
  func attributeNaN() throws {
    var graph = Graph.chain(["SinBackward0"])
    graph.nodes[0].attributes = ["x": .double(.nan)]
    guard case .double(let value) = try Graph(json: graph.json.utf8).nodes[0].attributes["x"] else {
      Issue.record("not a double")
      return
    }
    #expect(value.isNaN)
  }

  @Test(
    "keeps every name",
    arguments: [
      "", "a\"b", "<script>&amp;</script>", "a\nb\r\t\u{1}\u{1F}\u{7F}", "\\N\\G\\\\", "a/b",
      "日本語 🎉",
      "e\u{301}", "\u{2028}\u{202E}", String(repeating: "x", count: 100_000),
    ])
  func name(_ name: String) throws {
    var graph = Graph.chain([name])
    graph.tensors[1].name = name
    graph.nodes[0].attributes = [name: .string(name)]
    graph.nodes[0].scope = name
    let json = graph.json
    #expect(json.split(separator: "\n", omittingEmptySubsequences: false).count == 15)
    let copy = try Graph(json: json.utf8)
    #expect(copy == graph)
    #expect(copy.nodes[0].name.unicodeScalars.elementsEqual(name.unicodeScalars))
  }

  @Test("may have its keys in any order, and more of them")
  func foreignKeys() throws {
    let text = #"""
      {"tensors":[{"storage":0,"requiresGrad":false,"dtype":"float32","shape":[],"role":"root",
      "id":0,"more":{"deep":[{"er":[[],{}]}, 1.5e3, "x", true, null]}}], "nodes" : [ ] ,
      "roots":[0],"producer":{"version":"1","name":"\u00fc\ud83c\udf89\/","url":"x"},
      "version":1,"extra":[],"format":"agviz.graph"}
      """#
    let graph = try Graph(json: text.utf8)
    #expect(graph.producer == Graph.Producer(name: "ü🎉/", version: "1"))
    #expect(graph.tensors.count == 1)
  }

  @Test("of a long chain is written and read without deep recursion")
  func longChain() throws {
    let graph = Graph.chain(Array(repeating: "SinBackward0", count: 50_000))
    let copy = try Graph(json: graph.json.utf8)
    #expect(copy == graph)
  }

  @Test("is the same JSON to another parser")
  func foreignParser() throws {
    let json = Graph.sample().json
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    let nodes = object?["nodes"] as? [[String: Any]]
    let attributes = nodes?[0]["attributes"] as? [String: Any]
    #expect(attributes?["mode"] as? String == "a \"b\"\\/\u{7}ü\n")
  }
}

@Suite("JSON as a tree")
struct JSONValueTests {
  /// A value of any kind, of arrays and objects up to `depth` levels deep.
  private static func value(_ generator: inout some RandomNumberGenerator, depth: Int) -> JSONValue
  {
    switch Int.random(in: 0..<(depth == 0 ? 5 : 7), using: &generator) {
    case 0: .null
    case 1: .bool(.random(using: &generator))
    case 2: .int(Int(truncatingIfNeeded: generator.next() as UInt64))
    case 3: .double(Double(Int.random(in: -9...9, using: &generator)) / 4 * 1e300)
    case 4:
      .string(["", "a\"\\\n\u{7F}", "\u{2028}\u{85}", "日本語 🎉"].randomElement(using: &generator)!)
    case 5:
      .array(
        (0..<Int.random(in: 0..<4, using: &generator)).map { _ in
          value(&generator, depth: depth - 1)
        })
    default:
      .object(
        (0..<Int.random(in: 0..<4, using: &generator)).map {
          .init("\($0)\"", value(&generator, depth: depth - 1))
        })
    }
  }

  @Test("reads back as it was written, in one line")
  func roundTrip() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let value = Self.value(&generator, depth: 6)
      #expect(!value.text.contains("\n"))
      #expect(try JSONValue(json: value.text.utf8) == value)
    }
  }

  @Test("writes members in their order, and whole numbers apart from others")
  func layout() throws {
    let value = JSONValue.object([
      .init("b", .ints([1, -2])), .init("a", .double(1)), .init("c", .string(ifPresent: nil)),
      .init("d", .double(.nan)), .init("e", .object([])), .init("f", .array([])),
    ])
    #expect(value.text == #"{"b": [1, -2], "a": 1.0, "c": null, "d": "nan", "e": {}, "f": []}"#)
  }

  @Test(
    "refuses what is no single value, with its line",
    arguments: [
      "", "[1", "1 2", "{\"a\": 1, \"a\": 2}", "[1,]", "nul", "9223372036854775808", "1e999",
      "\"\\x\"",
      String(repeating: "[", count: 33) + String(repeating: "]", count: 33),
      String(repeating: "{\"a\":", count: 200_000),
    ])
  func refused(text: String) {
    let error = #expect(throws: GraphFileError.self) { try JSONValue(json: text.utf8) }
    #expect(error?.position?.line == 1)
  }
}
