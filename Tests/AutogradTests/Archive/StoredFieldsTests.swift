// The layout of instances as the archive takes it to be: of every kind of field, and refused where it
// is of another.
import GraphModel
import Testing

@testable import Autograd

private enum Mode: String { case first, second }
private enum Payload { case none, number(Int) }
private struct Settings: Equatable {
  var flag: Bool
  var size: Int
  var pair: [Int?]
  var mode: Mode?
  var numbers: [Double]?
}

private class ZooNode: Node {
  let flag: Bool
  let count: Int
  let small: Bool
  let name8: String
  let number: Scalar
  let dims: Dims

  init(_ number: Scalar) {
    flag = true
    count = -7
    small = true
    name8 = String(repeating: "a long text, kept in memory of its own; ", count: 4)
    self.number = number
    dims = Dims([2, 0, 3])
    super.init()
  }
}

private final class ZooLeafNode: ZooNode {
  let dtype: DType
  let settings: Settings
  let tuple: (Bool, [String], Double)
  let nested: [(sizes: Dims, dtype: DType)]
  let nothing: Int?

  override init(_ number: Scalar) {
    dtype = .float32
    settings = Settings(
      flag: true, size: .min, pair: [nil, 3], mode: .second, numbers: [.nan, 0.1])
    tuple = (true, ["", "ü\"\\\n"], -.infinity)
    nested = [(Dims([1]), .bool), (Dims(), .float64)]
    nothing = nil
    super.init(number)
  }
}

private final class ClosureNode: Node {
  let run: () -> Int = { 1 }
}
private final class WeakNode: Node {
  weak var other: Node?
}
private final class WeakTensorNode: Node {
  weak var other: Tensor?
}
private final class UnownedTensorNode: Node {
  unowned let other: Tensor
  init(_ other: Tensor) {
    self.other = other
    super.init()
  }
}
private final class TensorNode: Node {
  let other = Tensor(1)
}
private final class ExistentialNode: Node {
  let other: any Sendable = 1
}
private final class PayloadNode: Node {
  let other = Payload.number(1)
}
private final class PointerNode: Node {
  let other = UnsafeRawPointer(bitPattern: 16)
}
private final class UnmanagedNode: Node {
  let other: Unmanaged<Tensor>? = nil
}
private final class DictionaryNode: Node {
  let other = ["a": 1]
}

@Suite struct StoredFieldsTests {
  private func archived(_ node: Node) throws -> JSONValue {
    var tensors: [Tensor] = []
    return try NodeArchive(of: node, tensors: &tensors).fields
  }

  @Test(arguments: [Scalar.int(3), .bool(false), .double(-0.0), .double(.infinity), .double(3)])
  func `fields of all kinds are the same in an instance made of them`(number: Scalar) throws {
    let node = ZooLeafNode(number)
    let json = try JSONValue(json: try archived(node).text.utf8)
    let fields = try StoredField.all(ofNode: ZooLeafNode.self)
    #expect(fields.map(\.name).count == 11)
    let reader = FieldReader(tensors: [], floatingPoint: nil)
    weak var gone: Node?
    do {
      let made = makeNode(ZooLeafNode.self, try reader.initializers(fields, json))
      gone = made
      let copy = try #require(made as? ZooLeafNode)
      #expect(try archived(copy) == archived(node))
      #expect(copy.flag && copy.small && copy.count == -7 && copy.name8 == node.name8)
      #expect(copy.number == number && copy.dims == node.dims && copy.dtype == .float32)
      #expect(copy.settings.pair == [nil, 3] && copy.settings.mode == .second)
      #expect(copy.tuple.0 && copy.tuple.1 == node.tuple.1 && copy.tuple.2 == -.infinity)
      #expect(copy.nested.map(\.dtype) == [.bool, .float64] && copy.nothing == nil)
      #expect(copy.edgeCount == 0 && copy.outputCount == 1 && copy.more == nil)
      #expect(!copy.savesAnything && copy.scope == nil && copy.isNeeded)
    }
    #expect(gone == nil)
  }

  @Test func `what is no plain value is refused`() throws {
    let tensor = Tensor(1)
    for node in [
      ClosureNode(), WeakNode(), WeakTensorNode(), UnownedTensorNode(tensor), TensorNode(),
      ExistentialNode(), PayloadNode(), PointerNode(), UnmanagedNode(),
      DictionaryNode(),
    ] {
      let error = #expect(throws: NodeArchiveError.self) { try archived(node) }
      #expect(error?.code == .notArchivable, "\(node.name): \(String(describing: error))")
    }
  }

  @Test func `a node made of fields gives back its memory and its tensors`() throws {
    weak var weight: Tensor?
    weak var node: Node?
    do {
      let x = Tensor([[1.0, 2.0], [3.0, 5.0]], requiresGrad: true)
      var tensors: [Tensor] = []
      let archive = try NodeArchive(of: x.softmax(dim: 1).gradFn!, tensors: &tensors)
      weight = tensors[0]
      node = try archive.restored(tensors: tensors)
      let made = try archive.restored(tensors: tensors)
      node = made
      #expect(node != nil && weight != nil)
    }
    #expect(node == nil)
    #expect(weight == nil)
  }
}
