// Making tensors. Reference/creation.py wrote what PyTorch's ranges hold.
import Testing

@testable import Autograd

@Suite struct CreationTests {
  @Test(arguments: try Range.all())
  func `ranges are PyTorch's to the last bit`(range: Range) {
    let dtype = range.asked.flatMap { DType(name: $0) }
    let made: Tensor =
      switch range.call {
      case "arange":
        .arange(range.start.scalar, range.end.scalar, range.third.scalar, dtype: dtype)
      default:
        .linspace(
          range.start.scalar, range.end.scalar, steps: range.third.scalar.int,
          dtype: dtype ?? .float32)
      }
    #expect(made.dtype.name == range.dtype)
    #expect(made.toArray(as: Double.self) == range.values)
  }

  struct Range: Decodable, Sendable, CustomTestStringConvertible {
    var call: String
    var start: Number
    var end: Number
    var third: Number
    var asked: String?
    var dtype: String
    var values: [Double]

    static func all() throws -> [Range] { try Reference.lines(of: "creation.jsonl") }

    var testDescription: String {
      "\(call)(\(start.scalar), \(end.scalar), \(third.scalar), \(asked ?? "-"))"
    }

    struct Number: Decodable, Sendable {
      var scalar: Scalar

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Int.self) {
          scalar = .int(value)
        } else {
          scalar = .double(try container.decode(Double.self))
        }
      }
    }
  }

  @Test(arguments: DType.allCases, [[], [0], [3], [2, 3], [2, 0, 2], [1, 1, 1, 1, 1, 1, 1, 1]])
  func `zeros, ones and full fill every place`(dtype: DType, shape: [Int]) {
    let count = shape.reduce(1, *)
    for (tensor, value) in [
      (Tensor.zeros(shape, dtype: dtype), 0.0), (.ones(shape, dtype: dtype), 1),
      (.full(shape, 7, dtype: dtype), dtype == .bool ? 1 : 7),
    ] {
      #expect(tensor.shape == shape)
      #expect(tensor.dtype == dtype)
      #expect(tensor.toArray() == Array(repeating: value, count: count))
      #expect(!tensor.requiresGrad && tensor.isLeaf && !tensor.isView && tensor.version == 0)
    }
  }

  @Test func `full takes the dtype of its number`() {
    #expect(Tensor.full([2], 3).dtype == .int64)
    #expect(Tensor.full([2], true).dtype == .bool)
    #expect(Tensor.full([2], 3.0).dtype == .float32)
  }

  @Test func `literals have the dtype of their numbers and the shape of their nesting`() {
    #expect(Tensor(3).dtype == .int64)
    #expect(Tensor(3.0).dtype == .float32)
    #expect(Tensor(Float(3)).dtype == .float32)
    #expect(Tensor(Int32(3)).dtype == .int32)
    #expect(Tensor(true).dtype == .bool)
    #expect(Tensor(3).shape == [])
    #expect(Tensor([1, 2, 3]).shape == [3])
    #expect(Tensor([[[1.0], [2]], [[3], [4]], [[5], [6]]]).shape == [3, 2, 1])
    #expect(Tensor([[1.0, 2], [3, 4]]).toArray() == [1, 2, 3, 4])
    #expect(Tensor([[Double]]()).shape == [0])
    #expect(Tensor([[], []] as [[Double]]).shape == [2, 0])
    #expect(Tensor([1.5, -2.5], dtype: .int32).toArray(as: Int.self) == [1, -2])
    #expect(Tensor([0, 2], dtype: .bool).toArray(as: Bool.self) == [false, true])
  }

  @Test func `elements are read in any layout and type`() {
    let x = Tensor([[1.5, 0], [-2, 3]])
    #expect(x.t().toArray() == [1.5, -2, 0, 3])
    #expect(x.t().toArray(as: Int.self) == [1, -2, 0, 3])
    #expect(x[1..., 0].toArray(as: Float.self) == [-2])
    #expect(x.toArray(as: Bool.self) == [true, false, true, true])
    #expect(Tensor(0.1).item() == Double(Float(0.1)))
    #expect(Tensor(0.1, dtype: .float64).item() == 0.1)
    #expect(Tensor([[7]]).item(as: Int.self) == 7)
  }

  @Test(arguments: [(2, 3), (3, 2), (0, 2), (3, nil)])
  func `eye has ones on its diagonal`(n: Int, m: Int?) {
    let eye = Tensor.eye(n, m, dtype: .int64)
    let columns = m ?? n
    #expect(eye.shape == [n, columns])
    #expect(
      eye.toArray(as: Int.self)
        == (0..<n * columns).map { $0 / max(columns, 1) == $0 % max(columns, 1) ? 1 : 0 })
  }

  @Test func `what is made like another has its shape, dtype and layout`() {
    let model = Tensor.zeros(2, 3, dtype: .float64).t()
    for made in [
      Tensor.zeros(like: model), .ones(like: model), .full(like: model, 4), model.clone(),
    ] {
      #expect(made.shape == [3, 2])
      #expect(made.dtype == .float64)
      #expect(made.stride() == [1, 3])
    }
    #expect(Tensor.ones(like: model, dtype: .int32).dtype == .int32)
    #expect(Tensor.rand(like: model).dtype == .float64)
    #expect(Tensor.randn(like: model, requiresGrad: true).requiresGrad)
    #expect(Tensor.full(like: model, 4).toArray() == Array(repeating: 4.0, count: 6))
  }

  @Test func `leaves may ask for a gradient from the start`() {
    for leaf in [
      Tensor(1.0, requiresGrad: true), .zeros(2, requiresGrad: true),
      .ones([2], requiresGrad: true), .full([2], 1.5, requiresGrad: true),
      .eye(2, requiresGrad: true), .arange(2.0, requiresGrad: true),
      .linspace(0, 1, steps: 3, requiresGrad: true), .rand(2, requiresGrad: true),
      .randn(2, requiresGrad: true), .zeros(like: .ones(2), requiresGrad: true),
    ] {
      #expect(leaf.requiresGrad && leaf.isLeaf && leaf.grad == nil && leaf.gradFn == nil)
    }
  }

  @Test func `only the processor is there`() {
    #expect(Device.cpu.isAvailable)
    #expect(!Device.cuda.isAvailable)
    #expect(Tensor.zeros(1, device: .cpu).device == .cpu)
    let x = Tensor.zeros(1)
    #expect(x.to(.cpu) === x)
    #expect(Device.cuda.name == "cuda")
  }

  @Test func `memory is laid out in rows`() {
    let x = Tensor.zeros(2, 3, 4)
    #expect(x.stride() == [12, 4, 1])
    #expect(x.dim == 3 && x.count == 24 && x.size(-1) == 4 && x.storageOffset == 0)
    #expect(x.isContiguous && !x.permute(2, 0, 1).isContiguous)
    #expect(x[1, 2].storageOffset == 20)
  }
}
