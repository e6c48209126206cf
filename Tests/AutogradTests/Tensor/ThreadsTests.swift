// No result depends on the number of threads, which may change at any time.
import Foundation
import Testing

@testable import Autograd

@Suite(.serialized) struct ThreadsTests {
  /// Calls whose work is split over threads, or might be, on inputs large enough for that.
  @Test(arguments: SplitCall.all)
  func `the bits are the same on one, two and three threads`(call: SplitCall) {
    let before = getNumThreads()
    defer { setNumThreads(before) }
    let results = (1...3).map { threads in
      setNumThreads(threads)
      return call.bits()
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test func `the number of threads is what was set, at most 64`() {
    let before = getNumThreads()
    defer { setNumThreads(before) }
    setNumThreads(3)
    #expect(getNumThreads() == 3)
    setNumThreads(1_000_000)
    #expect(getNumThreads() == 64)
  }

  @Test func `the number may change while other threads work`() async {
    let before = getNumThreads()
    defer { setNumThreads(before) }
    let expected = SplitCall.bits(of: SplitCall.input().exp())
    let areRight = await withTaskGroup(of: Bool.self) { group in
      for task in 0..<4 {
        group.addTask {
          (0..<4).allSatisfy { turn in
            setNumThreads((task + turn) % 4 + 1)
            return SplitCall.bits(of: SplitCall.input().exp()) == expected
          }
        }
      }
      return await group.allSatisfy { $0 }
    }
    #expect(areRight)
  }
}

/// A call, and the bits of what it gives and of the gradients that flow back through it.
struct SplitCall: Sendable, CustomTestStringConvertible {
  var testDescription: String
  private let run: @Sendable (Tensor) -> [Tensor]

  private init(_ name: String, _ run: @escaping @Sendable (Tensor) -> [Tensor]) {
    testDescription = name
    self.run = run
  }

  /// Uneven numbers from -3 to 3 in a matrix of 300 rows, more than one thread takes.
  static func input() -> Tensor {
    (Tensor.arange(0, 300 * 257, dtype: .float32) * 0.37).sin().mul_(3).view(300, 257)
  }

  /// The bytes of a tensor's elements in order.
  static func bits(of tensor: Tensor) -> Data {
    let dense = tensor.contiguous()
    return withExtendedLifetime(dense) {
      Data(bytes: dense.pointer, count: dense.count * dense.dtype.itemSize)
    }
  }

  func bits() -> [Data] {
    let x = Self.input().requiresGrad_()
    let outputs = run(x)
    var bits = outputs.map(Self.bits)
    for output in outputs where output.requiresGrad {
      // An uneven gradient, so that no mistake cancels out.
      let weights = Tensor.arange(0, Double(output.count), dtype: .float32).view(output.shape).cos()
      let gradient = try! grad(of: output, withRespectTo: x, gradient: weights, retainGraph: true)
      bits.append(Self.bits(of: gradient))
    }
    return bits
  }

  static let all: [SplitCall] = elementwise + alongDimensions + moving + products

  private static let elementwise: [SplitCall] = [
    SplitCall("exp") { [$0.exp()] },
    SplitCall("tanh") { [$0.tanh()] },
    SplitCall("erf") { [$0.erf()] },
    SplitCall("gelu") { [$0.gelu()] },
    SplitCall("pow") { [$0.abs().pow(1.7)] },
    SplitCall("add, mul and div") { [($0 + $0 * 3) / ($0 * $0 + 1)] },
    SplitCall("atan2 of a transposed operand") { [$0.atan2($0.t().contiguous().t() + 1)] },
    SplitCall("broadcast") { [$0 * $0[0], $0 + $0.sum(dim: 1, keepdim: true)] },
    SplitCall("where") { [Tensor.where($0.gt(0), $0, $0 * 2)] },
    SplitCall("clamp") { [$0.clamp(min: -1, max: 1)] },
    SplitCall("conversion") { [$0.to(.float64), $0.to(.int32)] },
  ]

  private static let alongDimensions: [SplitCall] = [
    SplitCall("sum") { [$0.sum(), $0.sum(dim: 0), $0.sum(dim: 1)] },
    SplitCall("mean") { [$0.mean(), $0.mean(dim: 0), $0.t().mean(dim: 0)] },
    SplitCall("prod") { [$0.prod(dim: 0), $0.prod(dim: 1)] },
    SplitCall("var") { [$0.var(), $0.var(dim: 0), $0.var(dim: 1)] },
    SplitCall("norm") { [$0.norm(), $0.norm(3, dim: [0]), $0.norm(1, dim: [1])] },
    SplitCall("amax and argmax") { [$0.amax(dim: [0]), $0.argmax(dim: 1), $0.max()] },
    SplitCall("logsumexp") { [$0.logsumexp(dim: [0]), $0.logsumexp(dim: [1])] },
    SplitCall("softmax") { [$0.softmax(dim: 0), $0.softmax(dim: 1)] },
    SplitCall("log_softmax") { [$0.logSoftmax(dim: 0), $0.logSoftmax(dim: 1)] },
    SplitCall("cumsum") { [$0.cumsum(dim: 0), $0.cumsum(dim: 1)] },
    SplitCall("cumprod") { [$0.cumprod(dim: 0), $0.cumprod(dim: 1)] },
    SplitCall("logcumsumexp") { [$0.logcumsumexp(dim: 0), $0.logcumsumexp(dim: 1)] },
    SplitCall("cummax") { [$0.cummax(dim: 0).values, $0.cummax(dim: 1).indices] },
    SplitCall("sort") { [$0.sort(dim: 0).values, $0.sort(dim: 1).indices] },
    SplitCall("topk") { [$0.topk(5, dim: 1).values, $0.topk(5, dim: 0).indices] },
    SplitCall("median") { [$0.median(), $0.median(dim: 1).values] },
    SplitCall("histc") { [$0.detach().histc(bins: 20)] },
  ]

  private static let moving: [SplitCall] = [
    SplitCall("contiguous") { [$0.t().contiguous()] },
    SplitCall("cat") { [Tensor.cat([$0, $0.flip(0)]), Tensor.cat([$0, $0], dim: 1)] },
    SplitCall("roll and pad") { [$0.roll(3, dim: 1), $0.pad(1, 2, 3, 4)] },
    SplitCall("repeat") { [$0.repeatInterleave(2, dim: 0), $0.tile(2, 2)] },
    SplitCall("gather") { [$0.gather(dim: 0, index: repeating($0))] },
    SplitCall("index_select") { [$0.indexSelect(dim: 1, index: repeating($0)[0])] },
    SplitCall("scatter_add") { [$0.scatterAdd(dim: 0, index: repeating($0), src: $0.flip(0))] },
    SplitCall("index_add") {
      [$0.indexAdd(dim: 0, index: repeating($0).select(dim: 1, index: 0), source: $0)]
    },
    SplitCall("index_put") {
      [$0.indexPut([repeating($0)[0]], $0[0..<257], accumulate: true)]
    },
    SplitCall("masked_select") { [$0.maskedSelect($0.gt(0))] },
    SplitCall("nonzero") { [$0.gt(0).nonzero()] },
  ]

  private static let products: [SplitCall] = [
    SplitCall("mm") { [$0.mm($0.t()), $0.t().mm($0)] },
    SplitCall("mv") { [$0.matmul($0[0])] },
    SplitCall("bmm") { [$0[0..<288].view(4, 72, 257).bmm($0[0..<288].view(4, 257, 72))] },
    SplitCall("a layer") { [($0.mm($0.t()) + $0.sum(dim: 1)).relu().softmax(dim: 1).log()] },
  ]

  /// Rows that are named many times over, in the shape of `x`.
  private static func repeating(_ x: Tensor) -> Tensor {
    Tensor.arange(0, Double(x.count), dtype: .int64).view(x.shape) % 7
  }
}
