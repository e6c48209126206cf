// The runner finds what is wrong: each test hands it an expectation that the engine does not meet.

import ConformanceKit
import Testing

/// A program of the data whose expectation was made wrong.
struct WrongExpectation: Sendable, CustomTestStringConvertible {
  let what: String
  let program: String
  /// Texts of the program's line and what stands for each instead.
  let replacements: [(String, String)]
  /// What the runner must say.
  let complaint: String

  var testDescription: String { what }

  func line() throws -> String {
    var line = try ConformanceTests.line(of: program, in: "engine")
    for (text, other) in replacements {
      let range = try #require(line.firstRange(of: text), "\(text) is not in \(program)")
      line.replaceSubrange(range, with: other)
    }
    return line
  }
}

let wrongExpectations = [
  WrongExpectation(
    what: "a value", program: "output_is_view",
    replacements: [
      (
        "\"b\":{\"dtype\":\"float32\",\"shape\":[2],\"data\":[",
        "\"b\":{\"dtype\":\"float32\",\"shape\":[2],\"data\":[9"
      )
    ],
    complaint: "b: element 0 is "),
  WrongExpectation(
    what: "a dtype", program: "output_is_view",
    replacements: [("\"b\":{\"dtype\":\"float32\"", "\"b\":{\"dtype\":\"float64\"")],
    complaint: "b: dtype float32, expected float64"),
  WrongExpectation(
    what: "requires_grad", program: "detach_stops",
    replacements: [
      ("\"requires_grad\":false,\"grad_fn\":null", "\"requires_grad\":true,\"grad_fn\":null")
    ],
    complaint: "d: requires_grad false, expected true"),
  WrongExpectation(
    what: "a node's name", program: "diamond",
    replacements: [("\"grad_fn\":\"SinBackward0\"", "\"grad_fn\":\"CosBackward0\"")],
    complaint: "b: grad_fn SinBackward0, expected CosBackward0"),
  WrongExpectation(
    what: "a gradient that arrived", program: "unused_leaf",
    replacements: [("\"w\":null", "\"w\":{\"dtype\":\"float32\",\"shape\":[],\"data\":[0.0]}")],
    complaint: "gradient of w: is missing"),
  WrongExpectation(
    what: "the graph's nodes", program: "diamond",
    replacements: [("{\"name\":\"ExpBackward0\",", "{\"name\":\"LogBackward0\",")],
    complaint: "is ExpBackward0, expected LogBackward0"),
  WrongExpectation(
    what: "the graph's edges", program: "diamond",
    replacements: [
      ("{\"name\":\"SumBackward0\",\"next\":[[1,0]]", "{\"name\":\"SumBackward0\",\"next\":[[2,0]]")
    ],
    complaint: "graph: node 0 (SumBackward0) leads to [1:0], expected [2:0]"),
  WrongExpectation(
    what: "a leaf's name", program: "diamond",
    replacements: [("\"leaf\":\"x\"", "\"leaf\":\"w\"")], complaint: "has the leaf x, expected w"),
  WrongExpectation(
    what: "the drawing", program: "diamond",
    replacements: [("\"fillcolor\":\"lightblue\"", "\"fillcolor\":\"orange\"")],
    complaint: "dot: statement "),
  WrongExpectation(
    what: "the drawing of what is saved", program: "diamond",
    replacements: [("\"dir\":\"none\"", "\"dir\":\"both\"")], complaint: "dot_saved: statement "),
  WrongExpectation(
    what: "the order of the calls", program: "diamond",
    replacements: [
      ("\"events\":[{\"node\":0,", "\"events\":[{\"node\":1,"),
      (
        "{\"node\":1,\"grad_outputs\":[{\"dtype\":\"float32\",\"shape\":[2,3]",
        "{\"node\":0,\"grad_outputs\":[{\"dtype\":\"float32\",\"shape\":[2,3]"
      ),
    ],
    complaint: "events: order [0, 1, "),
  WrongExpectation(
    what: "what a call handed on", program: "diamond",
    replacements: [
      (
        "\"grad_inputs\":[{\"dtype\":\"float32\",\"shape\":[2,3],\"data\":[1.0",
        "\"grad_inputs\":[{\"dtype\":\"float32\",\"shape\":[2,3],\"data\":[2.0"
      )
    ],
    complaint: "event 0 (SumBackward0): grad_input 0: element 0 is 1.0, expected 2.0"),
  WrongExpectation(
    what: "the facts of a trap", program: "broadcast_shapes_refused",
    replacements: [("tensor b (4)", "tensor b (5)")], complaint: "does not name the number 5"),
  WrongExpectation(
    what: "the facts of an error", program: "gradient_shape_refused",
    replacements: [("torch.Size([7])", "torch.Size([8])")],
    complaint: "does not name the shape [8]"),
  WrongExpectation(
    what: "the step of a refusal", program: "leaf_view_inplace_refused",
    replacements: [
      (
        "\"values\":{",
        "\"values\":{\"y\":{\"dtype\":\"float32\",\"shape\":[],\"data\":[0.0],\"requires_grad\":false,\"grad_fn\":null},"
      )
    ],
    complaint: "where it was refused, y was not made"),
  WrongExpectation(
    what: "a refusal of what is allowed", program: "unused_leaf",
    replacements: [
      ("\"expect\":{", "\"expect\":{\"error\":{\"type\":\"RuntimeError\",\"message\":\"no\"},")
    ],
    complaint: "was not refused; PyTorch says: no"),
  WrongExpectation(
    what: "what is refused", program: "broadcast_shapes_refused",
    replacements: [("\"error\":", "\"other\":")], complaint: "trapped at step 0 (mul): mul: "),
]

@Test("A wrong expectation is found", arguments: wrongExpectations)
func wrongExpectationIsFound(wrong: WrongExpectation) throws {
  let results = try results(of: [wrong.line()])
  #expect(results.count == 1)
  guard case .failed(let complaint) = results.first?.verdict else {
    Issue.record("\(results) should have failed")
    return
  }
  #expect(complaint.contains(wrong.complaint))
}

@Test func aTrapEndsOnlyItsOwnProgram() throws {
  let trap = try line(of: "broadcast_shapes_refused", in: "engine")
    .replacing("\"error\":", with: "\"other\":")
  let sound = try line(of: "diamond", in: "engine")
  let results = try results(of: [sound, trap, sound, trap, sound])
  #expect(results.map(\.hasPassed) == [true, false, true, false, true])
}

@Test func aMissingOperatorIsNamed() throws {
  let line = """
    {"name":"p","tensors":{"x":{"dtype":"float32","shape":[],"data":[1.0]}},\
    "steps":[{"op":"no_such_operator","in":["x"],"out":["y"]}],"expect":{"values":{},"grads":{}}}
    """
  let results = try results(of: [line])
  #expect(results.map(\.verdict) == [.unsupported("no_such_operator")])
  #expect(
    ConformanceSummary.missingOperators(results + results)
      == "not yet supported: no_such_operator (2)")
}

@Test func anArgumentThatTheOperatorDoesNotKnowIsNotIgnored() throws {
  let line = try line(of: "nonscalar_with_gradient", in: "engine")
    .replacing("\"op\":\"mul\",", with: "\"op\":\"mul\",\"args\":{\"alpha\":2},")
  #expect(try results(of: [line]).map(\.verdict) == [.unsupported("mul(alpha:)")])
}

@Test(arguments: ["not JSON", "{}", "{\"name\":\"p\",\"steps\":[{}],\"expect\":{}}"])
func aMalformedLineFails(line: String) throws {
  let results = try results(of: [line])
  #expect(results.count == 1)
  #expect(results.allSatisfy { !$0.hasPassed })
}
