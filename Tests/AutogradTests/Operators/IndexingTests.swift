// Indexing against PyTorch's. Reference/indexing.py made up the expressions and wrote the answers.
import Testing

@testable import Autograd

@Suite struct IndexingTests {
  @Test(arguments: try IndexingCase.all())
  func `reads what PyTorch reads`(line: IndexingCase) throws {
    let x = line.start()
    let found = x[indices: line.index.map(\.value)]
    #expect(found.shape == line.found.shape)
    #expect(found.toArray(as: Int.self) == line.found.values)
    #expect(found.isView == line.isView)
    let gradient = try grad(of: found, withRespectTo: x, gradient: line.weights(found.shape))
    #expect(gradient.toArray(as: Int.self) == line.gradient)
  }

  @Test(arguments: try IndexingCase.all().filter { $0.value != nil })
  func `assigns what PyTorch assigns`(line: IndexingCase) throws {
    let x = line.start()
    let value = (-line.weights(line.value!)).detach().requiresGrad_()
    let y = x.clone()
    y[indices: line.index.map(\.value)] = value
    #expect(y.toArray(as: Int.self) == line.assigned)
    #expect(y.version == 1)
    let gradients = try grad(
      of: [y], withRespectTo: [x, value], gradients: [line.weights(line.shape)], allowUnused: true)
    #expect(gradients.map { $0?.toArray(as: Int.self) } == line.gradients)
  }

  @Test(
    arguments: [
      ([1, 2, 3], (1...3).tensorIndex), ([0, 1], (..<2).tensorIndex),
      ([0, 1, 2], (...2).tensorIndex), ([3, 4], (3...).tensorIndex),
      ([3, 4], ((-2)...).tensorIndex),
      ([0, 1, 2, 3], (..<(-1)).tensorIndex), ([0, 1, 2, 3, 4], (...(-1)).tensorIndex),
      ([2, 3, 4], ((-3)...(-1)).tensorIndex), ([2], (2..<3).tensorIndex), ([], (7...).tensorIndex),
      ([1, 3], stride(from: 1, to: 5, by: 2).tensorIndex),
      ([0], stride(from: 0, to: 1, by: 3).tensorIndex),
      ([], stride(from: 3, to: 3, by: 1).tensorIndex),
      ([0, 2, 4], TensorIndex.slice(nil, nil, 2)), ([0, 1, 2, 3, 4], TensorIndex.all),
    ] as [([Int], TensorIndex?)])
  func `ranges of Swift name positions`(positions: [Int], index: TensorIndex?) throws {
    #expect(Tensor.arange(5)[try #require(index)].toArray(as: Int.self) == positions)
  }

  @Test func `numbers are converted when assigned`() {
    let x = Tensor.zeros(2, 2, dtype: .int64)
    x[0] = Tensor([1.9, -1.9])
    x[1, 0] = Tensor(true)
    #expect(x.toArray(as: Int.self) == [1, -1, 1, 0])
  }

  @Test func `the last of several values for one place stays`() {
    let x = Tensor.zeros(3)
    x[Tensor([1, 1, 2])] = Tensor([5.0, 6, 7])
    #expect(x.toArray() == [0, 6, 7])
    x.indexPut_([Tensor([1, 1])], Tensor([1.0, 2]), accumulate: true)
    #expect(x.toArray() == [0, 9, 7])
  }
}

/// An index expression, and what PyTorch made of it.
struct IndexingCase: Decodable, Sendable, CustomTestStringConvertible {
  var shape: [Int]
  var transposed: Bool
  var index: [IndexEntry]
  var found: Found
  var gradient: [Int]
  var isView: Bool
  var value: [Int]?
  var assigned: [Int]?
  var gradients: [[Int]?]?

  struct Found: Decodable, Sendable {
    var shape: [Int]
    var values: [Int]
  }

  static func all() throws -> [IndexingCase] { try Reference.lines(of: "indexing.jsonl") }

  var testDescription: String {
    "\(shape)\(transposed ? " transposed" : "")[\(index.map(\.text).joined(separator: ", "))]"
  }

  /// 0, 1, 2, … in the case's shape.
  func start() -> Tensor {
    let count = shape.reduce(1, *)
    let x = Tensor.arange(Double(count))
    let shaped =
      transposed
      ? x.view(shape.reversed()).permute(Array(shape.indices.reversed())) : x.view(shape)
    return shaped.detach().requiresGrad_()
  }

  /// 1, 2, … in a shape.
  func weights(_ shape: [Int]) -> Tensor {
    Tensor.arange(1.0, Double(shape.reduce(1, *) + 1)).view(shape)
  }
}

/// One entry of an index expression, in Python's notation.
enum IndexEntry: Decodable, Sendable {
  case position(Int)
  case mask(Bool)
  case text(String)
  case positions(Nested<Int>)
  case truths(Nested<Bool>)

  /// Nested lists of equal lengths.
  struct Nested<Element: Decodable & Sendable>: Decodable, Sendable {
    var shape: [Int]
    var elements: [Element]

    init(from decoder: any Decoder) throws {
      if let element = try? decoder.singleValueContainer().decode(Element.self) {
        (shape, elements) = ([], [element])
        return
      }
      let lists = try decoder.singleValueContainer().decode([Nested].self)
      shape = [lists.count] + (lists.first?.shape ?? [])
      elements = lists.flatMap(\.elements)
    }
  }

  enum Key: CodingKey { case long, bool }

  init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: Key.self) {
      self =
        container.contains(.long)
        ? .positions(try container.decode(Nested<Int>.self, forKey: .long))
        : .truths(try container.decode(Nested<Bool>.self, forKey: .bool))
      return
    }
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .mask(value)
    } else if let position = try? container.decode(Int.self) {
      self = .position(position)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  var value: any TensorIndexConvertible {
    switch self {
    case .position(let position): return position
    case .mask(let value): return value
    case .text("None"): return TensorIndex.newAxis
    case .text("..."): return TensorIndex.ellipsis
    case .text(let slice):
      let parts = slice.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      return TensorIndex.slice(parts[0], parts[1], parts.count > 2 ? parts[2] : nil)
    case .positions(let nested): return Tensor(nested.elements, dtype: .int64).view(nested.shape)
    case .truths(let nested): return Tensor(nested.elements, dtype: .bool).view(nested.shape)
    }
  }

  var text: String {
    switch self {
    case .position(let position): "\(position)"
    case .mask(let value): "\(value)"
    case .text(let text): text
    case .positions(let nested): "positions \(nested.shape)"
    case .truths(let nested): "truths \(nested.shape)"
    }
  }
}
