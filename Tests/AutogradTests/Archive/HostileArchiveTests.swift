// Archives that somebody changed: an error or a node, never a crash.
import GraphModel
import Testing

@testable import Autograd

@Suite struct HostileArchiveTests {
  /// What takes the place of a value.
  fileprivate static let values: [JSONValue] = [
    .null, .bool(true), .int(-1), .int(0), .int(1), .int(9), .int(.max), .int(.min), .int(1 << 40),
    .double(0.5), .string("nan"), .string("float64"), .string("int64"), .string("CopySlices"),
    .string("MulBackward0"), .string("NllLossBackward0"), .string("UnaryNode"), .string(""),
    .array([]), .array([.int(-1)]), .ints(repeatElement(1 << 40, count: 8)),
    .ints(repeatElement(1, count: 9)), .object([]), .object([.init("scalar", .int(1))]),
  ]

  @Test(arguments: DifferentiableOperator.all.indices.filter { $0 % 4 == 0 })
  func `a changed archive is an error or a node`(row: Int) throws {
    var generator = SplitMix(seed: row)
    for pass in try DifferentiableOperator.all[row].passes(
      DifferentiableOperator.all[row].samples[0], seed: 0)
    {
      for node in pass.nodes where !(node is AccumulateGrad) {
        var tensors: [Tensor] = []
        let text = try NodeArchive(of: node, tensors: &tensors).text
        let json = try JSONValue(json: text.utf8)
        for _ in 0..<20 {
          var changed = json
          for _ in 0..<Int.random(in: 1...2, using: &generator) { changed.change(&generator) }
          do throws(NodeArchiveError) {
            let node = try NodeArchive(text: changed.text)
              .restored(tensors: tensors, computingIn: .random(&generator))
            #expect(node.more?.hooks == nil)
          } catch {
            #expect(!error.message.isEmpty)
          }
        }
      }
    }
  }

  @Test func `text that is cut off or has a byte changed is an error or a node`() throws {
    let x = Tensor([1.0, 2.0], requiresGrad: true)
    var tensors: [Tensor] = []
    let text = try NodeArchive(of: x.softmax(dim: 0).gradFn!, tensors: &tensors).text
    let bytes = Array(text.utf8)
    for end in bytes.indices {
      #expect(throws: NodeArchiveError.self) {
        try NodeArchive(text: String(decoding: bytes[..<end], as: UTF8.self))
      }
      for byte in "{}[]\",:-09eE n\\".utf8 {
        var changed = bytes
        changed[end] = byte
        _ = try? NodeArchive(text: String(decoding: changed, as: UTF8.self))
          .restored(tensors: tensors)
      }
    }
  }

  @Test(arguments: [
    (#""name": "MulBackward0""#, #""name": "Exp""#, NodeArchiveError.Code.unknownNode),
    (#""name": "MulBackward0""#, #""name": "UnaryNode""#, .unknownNode),
    (#""name": "MulBackward0""#, #""name": "AccumulateGrad""#, .unknownNode),
    (#""name": "MulBackward0""#, #""name": "Tensor""#, .unknownNode),
    (#""name": "MulBackward0""#, #""name": "4NodeC""#, .unknownNode),
    (#""name": "MulBackward0""#, #""name": "SoftmaxBackward0""#, .badField),
    (#""fields": {}"#, #""fields": {"dim": 1}"#, .badField),
    (#""fields": {}"#, #""fields": []"#, .badField),
    (#""tensor": 0"#, #""tensor": 2"#, .badTensor),
    (#""tensor": 0"#, #""tensor": -1"#, .badTensor),
    (#""dtype": "float32"}}, "#, #""dtype": "float64"}}, "#, .badTensor),
    (#""shape": [2]"#, #""shape": [3]"#, .badTensor),
    (#""shape": [2]"#, #""shape": [-2]"#, .badField),
    (#""shape": [2]"#, #""shape": [2, 2, 2, 2, 2, 2, 2, 2, 2]"#, .badField),
    (#""function": []"#, #""function": [{}]"#, .badField),
  ])
  func `each kind of error is told`(
    part: String, other: String, code: NodeArchiveError.Code
  ) throws {
    let x = Tensor([1.0, 2.0], requiresGrad: true)
    var tensors: [Tensor] = []
    let text = try NodeArchive(of: (x * (x + 1)).gradFn!, tensors: &tensors).text
    let changed = text.replacing(part, with: other, maxReplacements: 1)
    #expect(changed != text)
    let error = #expect(throws: NodeArchiveError.self) {
      try NodeArchive(text: changed).restored(tensors: tensors)
    }
    #expect(error?.code == code, "\(String(describing: error))")
  }
}

extension DType {
  fileprivate static func random(_ generator: inout SplitMix) -> DType? {
    [nil, .float32, .float64, .int64].randomElement(using: &generator)!
  }
}

extension JSONValue {
  /// Changes one value somewhere within.
  fileprivate mutating func change(_ generator: inout SplitMix) {
    switch self {
    case .array(var elements) where !elements.isEmpty && Bool.random(using: &generator):
      let i = Int.random(in: elements.indices, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: elements.remove(at: i)
      case 1: elements.append(elements[i])
      default: elements[i].change(&generator)
      }
      self = .array(elements)
    case .object(var members)
    where !members.isEmpty && Int.random(in: 0..<8, using: &generator) > 0:
      let i = Int.random(in: members.indices, using: &generator)
      switch Int.random(in: 0..<20, using: &generator) {
      case 0: members.remove(at: i)
      case 1: members.append(members[i])
      case 2: members[i].name += "x"
      case 3: members.swapAt(0, i)
      default: members[i].value.change(&generator)
      }
      self = .object(members)
    case .int(let value) where Bool.random(using: &generator):
      self = .int(value &+ Int.random(in: -2...2, using: &generator))
    default: self = HostileArchiveTests.values.randomElement(using: &generator)!
    }
  }
}
