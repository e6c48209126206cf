// A reference program and what PyTorch did when it ran it.

import GraphModel

/// One line of a data file; FORMAT.md beside the data describes it.
struct Program {
  let name: String
  let seed: Int?
  let tensors: [(name: String, data: TensorData)]
  let steps: [Step]
  let backward: FinalBackward?
  /// Whether `dot_saved` is expected as well.
  let drawsSaved: Bool
  /// Whether the values of the leaf tensors at the end are expected as well.
  let comparesLeaves: Bool
  let expectation: Expectation

  /// The backward pass at the end, which is looked at from all sides.
  struct FinalBackward {
    let roots: [String]
    let gradients: [String?]
    let createGraph: Bool
  }
}

/// One operator call or engine call of a program.
struct Step {
  let op: String
  let inputs: [JSONValue]
  let arguments: [JSONValue.Member]
  let outputs: [String]
  /// Everything else that the step says.
  let details: JSONValue
  /// The steps within, of `no_grad`.
  let inner: [Step]
}

/// What PyTorch did.
struct Expectation {
  let values: [(name: String, value: ExpectedValue)]
  let gradients: [(name: String, gradient: TensorData?)]
  let graph: [ExpectedNode]?
  let dot: [JSONValue]?
  let dotSaved: [JSONValue]?
  let events: [ExpectedEvent]?
  let error: ExpectedError?
}

struct ExpectedValue {
  let data: TensorData
  let requiresGrad: Bool
  let gradFn: String?
}

/// A backward node: its name, where its inputs lead, and an accumulator's leaf.
struct ExpectedNode {
  let name: String
  let next: [Edge?]
  let leaf: String?

  struct Edge: Hashable {
    let node: Int
    let output: Int
  }
}

/// One call of a backward node.
struct ExpectedEvent {
  let node: Int
  let gradOutputs: [TensorData?]
  let gradInputs: [TensorData?]
}

struct ExpectedError {
  let type: String
  let message: String
}

// MARK: - Reading

extension Program {
  /// Reads a line of a data file.
  init(line: some Sequence<UInt8>) throws(MalformedJSON) {
    let json = try JSONValue(parsing: line)
    name = try json.required("name").text("name")
    seed = json["seed"]?.int
    var tensors: [(String, TensorData)] = []
    for member in json["tensors"]?.members ?? [] {
      tensors.append((member.name, try TensorData(member.value)))
    }
    self.tensors = tensors
    steps = try Step.list(json.required("steps"))
    backward = try json["backward"].map(FinalBackward.init)
    drawsSaved = json["saved"]?.bool ?? false
    comparesLeaves = json["inplace"]?.bool ?? false
    expectation = try Expectation(json.required("expect"))
  }
}

extension Program.FinalBackward {
  init(_ json: JSONValue) throws(MalformedJSON) {
    roots = try json.required("of").names("of")
    gradients = json["gradient"]?.array?.map(\.string) ?? roots.map { _ in nil }
    createGraph = json["create_graph"]?.bool ?? false
  }
}

extension Step {
  static func list(_ json: JSONValue) throws(MalformedJSON) -> [Step] {
    var steps: [Step] = []
    for element in try json.elements("steps") { steps.append(try Step(element)) }
    return steps
  }

  init(_ json: JSONValue) throws(MalformedJSON) {
    op = try json.required("op").text("op")
    inputs = json["in"]?.array ?? []
    arguments = json["args"]?.members ?? []
    outputs = try json["out"]?.names("out") ?? []
    details = json
    inner = try json["steps"].map(Step.list) ?? []
  }
}

extension Expectation {
  init(_ json: JSONValue) throws(MalformedJSON) {
    var values: [(String, ExpectedValue)] = []
    for member in json["values"]?.members ?? [] {
      values.append(
        (
          member.name,
          ExpectedValue(
            data: try TensorData(member.value),
            requiresGrad: member.value["requires_grad"]?.bool ?? false,
            gradFn: member.value["grad_fn"]?.string)
        ))
    }
    self.values = values
    var gradients: [(String, TensorData?)] = []
    for member in json["grads"]?.members ?? [] {
      gradients.append((member.name, try TensorData.optional(member.value)))
    }
    self.gradients = gradients
    graph = try json["graph"].map(ExpectedNode.list)
    dot = json["dot"]?.array
    dotSaved = json["dot_saved"]?.array
    events = try json["events"].map(ExpectedEvent.list)
    error = try json["error"].map(ExpectedError.init)
  }
}

extension ExpectedNode {
  static func list(_ json: JSONValue) throws(MalformedJSON) -> [ExpectedNode] {
    var nodes: [ExpectedNode] = []
    for element in try json.elements("graph") {
      let next = try element.required("next").elements("next")
      nodes.append(
        ExpectedNode(
          name: try element.required("name").text("name"),
          next: next.map { edge in
            guard let pair = edge.array, pair.count == 2, let node = pair[0].int,
              let output = pair[1].int
            else { return nil }
            return Edge(node: node, output: output)
          },
          leaf: element["leaf"]?.string))
    }
    return nodes
  }
}

extension ExpectedEvent {
  static func list(_ json: JSONValue) throws(MalformedJSON) -> [ExpectedEvent] {
    var events: [ExpectedEvent] = []
    for element in try json.elements("events") {
      guard let node = element["node"]?.int else {
        throw MalformedJSON(description: "an event names no node")
      }
      events.append(
        ExpectedEvent(
          node: node,
          gradOutputs: try TensorData.list(element.required("grad_outputs")),
          gradInputs: try TensorData.list(element.required("grad_inputs"))))
    }
    return events
  }
}

extension ExpectedError {
  init(_ json: JSONValue) throws(MalformedJSON) {
    type = try json.required("type").text("type")
    message = try json.required("message").text("message")
  }
}

extension JSONValue {
  func required(_ key: String) throws(MalformedJSON) -> JSONValue {
    guard let value = self[key] else {
      throw MalformedJSON(description: "\"\(key)\" is missing")
    }
    return value
  }

  func text(_ what: String) throws(MalformedJSON) -> String {
    guard let string else { throw MalformedJSON(description: "\"\(what)\" is not a string") }
    return string
  }

  func elements(_ what: String) throws(MalformedJSON) -> [JSONValue] {
    guard let array else { throw MalformedJSON(description: "\"\(what)\" is not a list") }
    return array
  }

  func names(_ what: String) throws(MalformedJSON) -> [String] {
    var names: [String] = []
    for element in try elements(what) { names.append(try element.text(what)) }
    return names
  }
}
