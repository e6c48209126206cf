// What a tensor holds in numbers, whatever its layout and dtype.

import Foundation
import GradientJournal
import GraphModel
import Testing

@testable import Autograd

@Suite struct TensorStatisticsTests {
  private static func numbers(_ count: Int, seed: Int = 1) -> [Double] {
    var generator = SplitMix(seed: seed)
    return (0..<count).map { _ in Double.random(in: -2...2, using: &generator) }
  }

  private static func tensor(_ shape: [Int], _ dtype: DType = .float32) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor(numbers(count), dtype: .float64).reshape(shape).to(dtype)
  }

  /// Looks at tensors of every kind of layout, in the floating-point dtypes.
  private static func looks(_ dtype: DType) -> [(name: String, tensor: Tensor)] {
    let x = tensor([4, 6, 5], dtype)
    return [
      ("contiguous", x), ("one number", x[0][0][0]), ("transposed", x.transpose(0, 2)),
      ("with gaps", x[.all, 1..<4]), ("transposed, with gaps", x[.all, 1..<4].transpose(0, 2)),
      ("expanded", x.unsqueeze(1).expand(4, 3, 6, 5)),
      ("expanded and transposed", x.transpose(0, 2).unsqueeze(0).expand(2, 5, 6, 4)),
      ("one number expanded", x[0][0][0].expand(7, 9)),
      ("a column expanded", x[.all, 2, 3].unsqueeze(1).expand(4, 8)),
      ("large", tensor([300, 400], dtype)), ("large, transposed", tensor([300, 400], dtype).t()),
    ]
  }

  private static func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-6 * abs(b) + 1e-9 }

  @Test(arguments: [DType.float32, .float64])
  func `A look's numbers are those of its elements, one by one`(dtype: DType) {
    for (name, look) in Self.looks(dtype) {
      let elements = look.toArray()
      let s = look.statistics(healthOnly: false)
      let count = Double(elements.count)
      let mean = elements.reduce(0, +) / count
      let deviation = (elements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
      #expect(s.count == elements.count, "\(name)")
      #expect(s.nonFiniteCount == 0 && s.zeroCount == 0 && s.subnormalCount == 0)
      #expect(s.minimum == elements.min()! && s.maximum == elements.max()!, "\(name)")
      #expect(Self.near(s.mean, mean) && Self.near(s.standardDeviation, deviation), "\(name)")
      #expect(Self.near(s.norm, elements.reduce(0) { $0 + $1 * $1 }.squareRoot()), "\(name)")
      let histogram = look.exponentHistogram()
      #expect(histogram.reduce(0, +) == UInt32(elements.count), "\(name)")
      for e in -4...1 {
        let expected = elements.count { Int($0.exponent) == e }
        #expect(histogram[e + 150] == UInt32(expected), "\(name)")
      }
      let health = look.statistics(healthOnly: true)
      #expect(health.hash == s.hash && health.norm.isNaN && health.minimum.isNaN, "\(name)")
    }
  }

  @Test func `Counts of what is expanded are multiplied`() {
    let x = Tensor([0, .nan, .infinity, -.infinity, 1e-40, 3, -0.0] as [Double], dtype: .float32)
    let s = x.unsqueeze(1).expand(7, 10).statistics(healthOnly: false)
    #expect(s.count == 70 && s.nanCount == 10 && s.zeroCount == 20 && s.subnormalCount == 10)
    #expect(s.positiveInfinityCount == 10 && s.negativeInfinityCount == 10)
    #expect(s.maximum == 3 && Self.near(s.norm, 3 * 10.0.squareRoot()))
  }

  @Test func `Hashes differ where shapes, layouts, dtypes or bits do, and only there`() {
    let x = Self.tensor([4, 6, 5])
    let hash = x.statistics(healthOnly: false).hash
    #expect(x.clone().statistics(healthOnly: true).hash == hash)
    // Closing the gaps gives the layout that the elements have without them.
    let wide = Tensor.zeros(4, 6, 9)
    wide[.all, .all, 2..<7] = x
    #expect(wide[.all, .all, 2..<7].statistics(healthOnly: false).hash == hash)
    let integers = Tensor(Array(0..<120), dtype: .int32).reshape(4, 6, 5)
    let others = [
      x, x.reshape(6, 4, 5), x.reshape(24, 5), x.reshape(1, 4, 6, 5), x.flatten(),
      x.transpose(0, 2), x.transpose(0, 1), x.transpose(0, 2).contiguous(),
      x.unsqueeze(0).expand(2, 4, 6, 5), x.unsqueeze(3).expand(4, 6, 5, 2), x.double(), -x,
      integers, integers.long(), integers.float(), integers.bool(),
      Tensor.zeros(0), Tensor.zeros(2, 0), Tensor.zeros(0, 2), Tensor.zeros(1), Tensor.zeros(1, 1),
    ]
    let hashes = others.map { $0.statistics(healthOnly: false).hash }
    #expect(Set(hashes).count == others.count)
  }

  @Test(arguments: [false, true])
  func `Another look at the same elements needs no other measuring`(healthOnly: Bool) throws {
    let x = Self.tensor([4, 6, 5])
    let measured = MeasuredTensor(x, healthOnly: healthOnly)
    for look in [
      x, x.transpose(0, 2), x.permute(1, 2, 0), x.reshape(24, 5), x.flatten(), x.unsqueeze(1),
      x.transpose(0, 1).unsqueeze(0), x.detach(),
    ] {
      let own = MeasuredTensor(look, healthOnly: healthOnly).statistics
      let taken = try #require(MeasuredTensor(look, as: x, measured)).statistics
      #expect(taken.hash == own.hash && taken.zeroCount == own.zeroCount, "\(look.shape)")
      #expect(taken.maximum == own.maximum || healthOnly)
      let back = MeasuredTensor(look, healthOnly: healthOnly)
      #expect(MeasuredTensor(x, as: look, back)?.statistics.hash == measured.statistics.hash)
    }
    for other in [x[1], x[.all, 1..<3], x.unsqueeze(0).expand(2, 4, 6, 5), x.clone(), x.double()] {
      #expect(MeasuredTensor(other, as: x, measured) == nil, "\(other.shape)")
    }
  }

  @Test func `Integers and truth values have extent and zeros, and hashes of all their bits`() {
    let x = Tensor([-3, 0, 4, 0, 9], dtype: .int64)
    for y in [x, x.to(.int32)] {
      let s = y.statistics(healthOnly: false)
      #expect(s.zeroCount == 2 && s.minimum == -3 && s.maximum == 9 && s.mean == 2)
    }
    #expect(x.bool().statistics(healthOnly: false).mean == 0.6)
    let large = Tensor([1 << 60], dtype: .int64), next = Tensor([1 << 60 + 1], dtype: .int64)
    #expect(
      large.statistics(healthOnly: false).hash != next.statistics(healthOnly: false).hash)
  }

  @Test func `Nothing is found in an empty tensor`() {
    for x in [Tensor.zeros(0), Tensor.zeros(3, 0), Tensor.zeros(0, 4).t()] {
      let s = x.statistics(healthOnly: false)
      #expect(s.count == 0 && s.zeroCount == 0 && s.nonFiniteCount == 0)
      #expect(s.minimum.isNaN && s.mean.isNaN && s.standardDeviation.isNaN && s.norm.isNaN)
      #expect(x.exponentHistogram().allSatisfy { $0 == 0 })
      #expect(x.firstNonFinite == nil)
    }
  }

  @Test(arguments: [DType.float32, .float64])
  func `Products of any two layouts are those of their elements`(dtype: DType) {
    let x = Self.tensor([6, 5], dtype), y = Self.tensor([5, 6], dtype).t() * 0.5
    let looks = [
      (x, x), (x, y), (x.t(), y.t()), (y, y), (x, y.double()), (x, y.to(.int32)),
      (x[0..<1].expand(6, 5), y),
    ]
    for (a, b) in looks {
      let expected = zip(a.toArray(), b.toArray())
        .reduce(0) { $0 + $1.0 * $1.1 }
      #expect(Self.near(dot(of: a, b), expected))
    }
  }

  @Test func `The first element that is not finite is that of row-major order`() throws {
    let x = Self.tensor([3, 4, 5])
    #expect(x.firstNonFinite == nil && x.long().firstNonFinite == nil)
    x[2, 1, 0] = Tensor(Double.nan)
    x[1, 3, 4] = Tensor(-Double.infinity)
    let first = try #require(x.firstNonFinite)
    #expect(first.index == [1, 3, 4] && first.value == -.infinity)
    let turned = try #require(x.transpose(0, 2).firstNonFinite)
    #expect(turned.index == [0, 1, 2] && turned.value.isNaN)
    let single = try #require(Tensor(Double.infinity).firstNonFinite)
    #expect(single.index == [] && single.value == .infinity)
  }

  @Test func `What has a history is measured without adding to it`() {
    let x = Self.tensor([4, 3]).requiresGrad_()
    let y = (x * 2)[.all, 0..<2]
    let s = y.statistics(healthOnly: false)
    #expect(s.count == 8 && y.firstNonFinite == nil && dot(of: y, y) > 0)
    #expect(Self.near(s.norm, dot(of: y, y).squareRoot()))
  }
}
