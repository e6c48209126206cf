// What a run holds: counts, extent, moments and hash; products; the distribution of magnitudes.

import CKernels
import Foundation
import Testing

/// The numbers that `agk_measure` finds, as plain double-precision loops find them.
private struct Expected {
  var nans = 0
  var above = 0
  var below = 0
  var zeros = 0
  var subnormals = 0
  var finite: [Double] = []

  init<T: Element & BinaryFloatingPoint>(_ x: [T]) {
    for v in x {
      if v.isZero { zeros += 1 }
      if v.isSubnormal { subnormals += 1 }
      if v.isNaN {
        nans += 1
      } else if v.isInfinite {
        if v > 0 { above += 1 } else { below += 1 }
      } else {
        finite.append(Double(v))
      }
    }
  }

  /// Of the elements over the greatest, so that no square is too large or too small.
  func moments() -> (mean: Double, deviation: Double, norm: Double, scale: Double) {
    let scale = finite.map(abs).max()!
    if scale == 0 { return (0, 0, 0, 0) }
    // A division of a subnormal's like would lose digits that multiplying first keeps.
    let unit = Double(sign: .plus, exponent: scale.exponent, significand: 1)
    let near = finite.map { $0 / unit }
    let count = Double(near.count)
    let rough = near.reduce(0, +) / count
    let mean = rough + near.reduce(0) { $0 + ($1 - rough) } / count
    let squares = near.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let norm = near.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return (mean * unit, (squares / count).squareRoot() * unit, norm * unit, scale)
  }
}

private func near(_ a: Double, _ b: Double, by relative: Double = 1e-6, of scale: Double) -> Bool {
  abs(a - b) <= relative * scale || a == b
}

extension Variant {
  fileprivate func measure<T: Element>(
    _ x: UnsafePointer<T>, _ n: Int, healthOnly: Bool = false
  ) -> agk_statistics {
    var out = agk_statistics()
    withUnsafePointer(to: kernels) { agk_measure_by($0, T.dtype, Int64(n), x, healthOnly, &out) }
    return out
  }

  fileprivate func hash<T: Element>(_ x: [T]) -> UInt64 { measure(x, x.count).hash }
}

/// Every bit of what was found.
private func bits(_ s: agk_statistics) -> [UInt64] {
  [s.nans, s.positive_infinities, s.negative_infinities, s.zeros, s.subnormals]
    .map(UInt64.init(bitPattern:))
    + [s.minimum, s.maximum, s.mean, s.deviation, s.norm].map(\.bits) + [s.hash]
}

/// What is sprinkled over samples: nothing, or every so many elements one of a kind.
private enum Sprinkling: CaseIterable {
  case none, zeros, subnormals, notFinite, all, onlyNaN

  func over<T: BinaryFloatingPoint>(_ x: [T]) -> [T] {
    func every(_ step: Int, _ values: [T]) -> [T] {
      x.enumerated().map { i, v in i % step == step / 2 ? values[i / step % values.count] : v }
    }
    let smallest = T.leastNonzeroMagnitude
    let notFinite = [T.nan, .infinity, -.infinity, -.nan]
    switch self {
    case .none: return x
    case .zeros: return every(2, [0, -0.0, 0])
    case .subnormals: return every(37, [smallest, -smallest, T.leastNormalMagnitude / 2])
    case .notFinite: return every(41, notFinite)
    case .all: return every(3, [0, smallest, .nan, -0.0, .infinity, T.leastNormalMagnitude])
    case .onlyNaN: return x.map { _ in .nan }
    }
  }
}

@Suite(.serialized) struct StatisticsTests {
  private func check<T: Element & BinaryFloatingPoint>(_ x: [T], _ variant: Variant) {
    let found = variant.measure(x, x.count)
    let expected = Expected(x)
    let what = Comment(rawValue: "\(x.count) of \(T.self)")
    #expect(found.nans == expected.nans, what)
    #expect(found.positive_infinities == expected.above, what)
    #expect(found.negative_infinities == expected.below, what)
    #expect(found.zeros == expected.zeros, what)
    #expect(found.subnormals == expected.subnormals, what)
    let health = variant.measure(x, x.count, healthOnly: true)
    #expect(bits(health).prefix(5) == bits(found).prefix(5), what)
    #expect(health.hash == found.hash, what)
    let extent = [health.minimum, health.maximum, health.mean, health.deviation, health.norm]
    #expect(extent.allSatisfy { $0.isNaN })
    guard !expected.finite.isEmpty else {
      #expect(found.minimum.isNaN && found.maximum.isNaN && found.mean.isNaN)
      #expect(found.deviation.isNaN && found.norm.isNaN)
      return
    }
    let (mean, deviation, norm, scale) = expected.moments()
    #expect(found.minimum == expected.finite.min()!, what)
    #expect(found.maximum == expected.finite.max()!, what)
    let size = max(abs(mean), deviation)
    #expect(near(found.mean, mean, of: size), "\(what) \(found.mean) \(mean) \(deviation)")
    // One unit in the last place of the mean is more than nothing where all are one number.
    #expect(
      near(found.deviation, deviation, of: deviation) || found.deviation <= 1e-15 * scale,
      "\(what) \(found.deviation) \(deviation)")
    #expect(near(found.norm, norm, of: norm), "\(what) \(found.norm) \(norm)")
  }

  @Test(arguments: Variant.all)
  func `Counts, extent and moments are those of plain loops`(variant: Variant) {
    func test<T: Element & BinaryFloatingPoint>(_: T.Type) {
      for n in Array(0...200) + [255, 256, 257, 511, 512, 513, 4099, 16384, 16385, 50001] {
        let x = samples(n, seed: n, as: T.self)
        for sprinkling in Sprinkling.allCases { check(sprinkling.over(x), variant) }
      }
    }
    test(Float.self)
    test(Double.self)
  }

  @Test(arguments: Variant.all)
  func `Neither far means nor extreme sizes lose digits`(variant: Variant) {
    func test<T: Element & BinaryFloatingPoint>(_: T.Type, factors: [T]) {
      for n in [1, 2, 3, 11, 100, 1000, 20000] {
        let x = samples(n, seed: n, as: T.self)
        check(x.map { 1e4 + $0 / 1024 }, variant)
        check(x.map { -3e5 + $0 }, variant)
        check(x.map { _ in 0.1 }, variant)
        check(x.map { _ in -0.0 }, variant)
        // One far from all others, where the shift may be found.
        for place in [0, n / 3, n / 2, n - 1] {
          var far = x
          far[place] = 1e5
          check(far, variant)
        }
        for factor in factors { check(x.map { $0 * factor }, variant) }
        // Of all sizes, so that the small ones do not count.
        check(x.enumerated().map { i, v in v * factors[i % factors.count] }, variant)
      }
    }
    test(
      Float.self,
      factors: [3e38, 1e30, 1e19, 1e-12, 1e-18, 1e-25, 1e-36, .leastNormalMagnitude / 1000])
    test(
      Double.self,
      factors: [
        1.7e308, 1e300, 1e155, 1e150, 1e-100, 1e-160, 1e-200, 1e-300, .leastNormalMagnitude / 1000,
      ])
  }

  @Test(arguments: Variant.all)
  func `Starts need not be aligned`(variant: Variant) {
    func test<T: Element & BinaryFloatingPoint>(_: T.Type) {
      let x = Sprinkling.all.over(samples(1500, as: T.self))
      for start in 0..<20 {
        for n in [1, 7, 16, 33, 256, 257, 1024] {
          let aligned = Array(x[start..<start + n])
          let found = x.withUnsafeBufferPointer { variant.measure($0.baseAddress! + start, n) }
          #expect(bits(found) == bits(variant.measure(aligned, n)))
        }
      }
    }
    test(Float.self)
    test(Double.self)
  }

  @Test func `Every instruction set and number of threads gives the same bits`() {
    let threads = agk_threads()
    defer { agk_set_threads(threads) }
    func test<T: Element & BinaryFloatingPoint>(_: T.Type) {
      for n in [0, 1, 15, 100, 300, 16384, 16385, 40000, 100_000, 1_100_000] {
        let x = samples(n, seed: n, as: T.self)
        for sprinkling in [Sprinkling.none, .zeros, .notFinite] {
          let y = sprinkling.over(x)
          var all: Set<[UInt64]> = []
          var products: Set<UInt64> = []
          for count in 1...3 {
            agk_set_threads(Int32(count))
            for variant in Variant.all { all.insert(bits(variant.measure(y, n))) }
            products.insert(agk_dot(T.dtype, Int64(n), x, x).bits)
          }
          #expect(all.count == 1, "\(n) of \(T.self)")
          #expect(products.count == 1, "\(n) of \(T.self)")
        }
      }
    }
    test(Float.self)
    test(Double.self)
  }

  @Test(arguments: Variant.all)
  func `The hash tells any change of a bit or of the order`(variant: Variant) {
    func test<T: Element & BinaryFloatingPoint>(_: T.Type) {
      for n in [1, 2, 3, 15, 16, 17, 31, 255, 256, 257, 600, 20000] {
        let x = samples(n, seed: n, as: T.self)
        var seen: Set<UInt64> = [variant.hash(x)]
        #expect(seen.contains(variant.hash(Array(x))))
        var made = 1
        func expectNew(_ y: [T]) {
          seen.insert(variant.hash(y))
          made += 1
        }
        let places = n <= 300 ? Array(0..<n) : [0, 15, 16, 255, 256, 257, n / 2, n - 2, n - 1]
        for place in places {
          for bit in 0..<8 * MemoryLayout<T>.size {
            var y = x
            y.withUnsafeMutableBytes {
              $0[place * MemoryLayout<T>.size + bit / 8] ^= 1 << UInt8(bit % 8)
            }
            expectNew(y)
          }
        }
        if n > 1 {
          // Of three the ends change places as two steps' would.
          if n > 3 { expectNew(x.reversed()) }
          expectNew(Array(x.dropFirst()))
          // Of one this is the change of a bit.
          expectNew(x.map { -$0 })
        }
        expectNew(x + [0])
        expectNew(x + [0, 0])
        for step in [1, 2, 8, 16, 256, 512, 16384] where step < n {
          var y = x
          y.swapAt(0, step)
          expectNew(y)
        }
        #expect(seen.count == made, "\(n) of \(T.self)")
      }
      // Data of few distinct numbers: one element that is not 0, wherever it lies, and how many 0 there are.
      var sparse: Set<UInt64> = []
      for n in 1...300 {
        sparse.insert(variant.hash(Array(repeating: T(0), count: n)))
        for place in 0..<n {
          var y = Array(repeating: T(0), count: n)
          y[place] = 1
          sparse.insert(variant.hash(y))
        }
      }
      #expect(sparse.count == 300 + 300 * 301 / 2)
    }
    test(Float.self)
    test(Double.self)
  }

  @Test(arguments: Variant.all)
  func `Products are added in double precision`(variant: Variant) {
    func test<T: Element & BinaryFloatingPoint>(_: T.Type) {
      for n in Array(0...70) + [1000, 16384] {
        let (a, b) = (samples(n, seed: 1, as: T.self), samples(n, seed: 2, as: T.self))
        let expected = zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        let found = variant.kernels.dot(T.dtype, Int64(n), a, b)
        #expect(abs(found - expected) <= 1e-13 * Double(n + 1))
        #expect(abs(agk_dot(T.dtype, Int64(n), a, b) - expected) <= 1e-13 * Double(n + 1))
      }
      let long = Array(repeating: T(0.5), count: 2_000_003)
      #expect(agk_dot(T.dtype, Int64(long.count), long, long) == Double(long.count) / 4)
    }
    test(Float.self)
    test(Double.self)
    let large = [Float](repeating: 3e38, count: 100)
    #expect(variant.kernels.dot(.AGK_FLOAT32, 100, large, large).isFinite)
  }

  @Test func `Every element is counted at its exponent`() {
    func test<T: Element & BinaryFloatingPoint>(_: T.Type, factors: [T]) {
      for n in [0, 1, 2, 3, 4, 5, 100, 1003, 70000] {
        let x = samples(n, seed: n, as: T.self).enumerated().map { i, v in
          v * factors[i % factors.count]
        }
        for sprinkling in Sprinkling.allCases {
          let y = sprinkling.over(x)
          var expected = [UInt32](repeating: 0, count: Int(AGK_EXPONENTS))
          for v in y where v.isFinite && !v.isZero {
            expected[min(max(Int(v.exponent) + 150, 0), 278)] += 1
          }
          var found = [UInt32](repeating: 7, count: Int(AGK_EXPONENTS))
          agk_exponents(T.dtype, Int64(n), y, &found)
          #expect(found == expected, "\(n) of \(T.self)")
        }
      }
    }
    test(Float.self, factors: [1, 1e30, 1e-20, .leastNormalMagnitude / 100, 3e38])
    test(Double.self, factors: [1, 1e300, 1e-20, 1e-44, .leastNormalMagnitude / 100, 3e38])
  }

  @Test func `The first element that is not finite is found wherever it lies`() {
    func test<T: Element & BinaryFloatingPoint>(_: T.Type) {
      for n in [0, 1, 5, 255, 256, 257, 1000] {
        var x = Array(repeating: T.greatestFiniteMagnitude, count: n)
        #expect(agk_first_nonfinite(T.dtype, Int64(n), x) == -1)
        for (place, value) in [(n - 1, T.nan), (n / 2, -.infinity), (0, .infinity)] where n > 0 {
          x[place] = value
          #expect(agk_first_nonfinite(T.dtype, Int64(n), x) == place)
        }
      }
    }
    test(Float.self)
    test(Double.self)
  }
}
