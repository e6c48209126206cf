// Work along a dimension of [outer, length, inner]: softmax, and that threads change no result.

import CKernels
import Glibc
import Testing

@Suite struct DimensionTests {
  @Test(arguments: Variant.all)
  func `Softmax, its logarithm and their gradients`(variant: Variant) {
    func test<T: Element & BinaryFloatingPoint>(_: T.Type, tolerance: T) {
      for (length, inner) in [(1, 1), (2, 1), (17, 1), (5000, 1), (7, 3), (40, 16), (9, 1100)] {
        let count = 2 * length * inner
        let x = samples(count, seed: count, as: T.self).map { $0 * 20 + 1000 }
        let g = samples(count, seed: count + 1, as: T.self)
        func along(
          _ body: (
            Bool, Bool, agk_dtype, Int64, Int64, Int64, Int64, UnsafeMutableRawPointer
          ) -> Void, _ logarithm: Bool
        ) -> [T] {
          var out = [T](repeating: 0, count: count)
          body(logarithm, inner == 1, T.dtype, 2, Int64(length), Int64(inner), Int64(inner), &out)
          return out
        }
        for logarithm in [false, true] {
          let y = along({ variant.kernels.softmax($0, $1, $2, $3, $4, $5, $6, $7, x) }, logarithm)
          let gradient = along(
            { variant.kernels.softmax_backward($0, $1, $2, $3, $4, $5, $6, $7, g, y) }, logarithm)
          for run in 0..<2 * inner {
            let start = run / inner * length * inner + run % inner
            let places = (0..<length).map { start + $0 * inner }
            let largest = Double(places.map { x[$0] }.max()!)
            let sum = places.map { exp(Double(x[$0]) - largest) }.reduce(0, +)
            let slope = places.map { Double(g[$0]) * (logarithm ? 1 : Double(y[$0])) }
              .reduce(0, +)
            for i in places {
              let distance = Double(x[i]) - largest
              let expected = logarithm ? distance - log(sum) : exp(distance) / sum
              #expect(abs(y[i] - T(expected)) <= tolerance * max(1, abs(T(expected))))
              let share = exp(distance) / sum
              let derivative =
                logarithm ? Double(g[i]) - share * slope : (Double(g[i]) - slope) * share
              #expect(abs(gradient[i] - T(derivative)) <= tolerance * T(10 * length))
            }
          }
        }
      }
      var x: [T] = [-.infinity, -.infinity]
      variant.kernels.softmax(false, true, T.dtype, 1, 2, 1, 1, &x, x.map { $0 })
      #expect(x[0].isNaN && x[1].isNaN)
      x = [0, -.infinity]
      variant.kernels.softmax(false, true, T.dtype, 1, 2, 1, 1, &x, x.map { $0 })
      #expect(x == [1, 0])
    }
    test(Float.self, tolerance: 2e-6)
    test(Double.self, tolerance: 5e-15)
  }

  @Test(arguments: [(1, 300_001, 1), (1, 70, 1030), (3, 20, 1000), (700, 90, 1), (70, 90, 7)])
  func `No result depends on the number of threads`(outer: Int, length: Int, inner: Int) {
    let count = outer * length * inner
    let x = samples(count, seed: 1, as: Float.self)
    let g = samples(count, seed: 2, as: Float.self)
    let (o, l, i) = (Int64(outer), Int64(length), Int64(inner))
    func results() -> [[Float]] {
      var all = (0..<7).map { _ in [Float](repeating: 0, count: count) }
      var indices = [Int64](repeating: 0, count: count)
      var sums = [Double](repeating: 0, count: outer * inner)
      agk_softmax(false, inner == 1, .AGK_FLOAT32, o, l, i, &all[0], x)
      agk_softmax(true, inner == 1, .AGK_FLOAT32, o, l, i, &all[1], x)
      agk_softmax_backward(false, inner == 1, .AGK_FLOAT32, o, l, i, &all[2], g, all[0])
      agk_softmax_backward(true, inner == 1, .AGK_FLOAT32, o, l, i, &all[3], g, all[1])
      agk_cumulate(.AGK_SUM, .AGK_FLOAT32, o, l, i, &all[4], x)
      agk_log_cumulate(.AGK_FLOAT32, o, l, i, &all[5], x)
      agk_extremes(.AGK_MAX, .AGK_FLOAT32, true, o, l, i, &all[6], &indices, x)
      agk_sum_of(.AGK_SUM_OF_SQUARES, .AGK_FLOAT32, o, l, i, &sums, nil, x)
      var whole: Float = 0
      agk_reduce(.AGK_SUM, .AGK_FLOAT32, Int64(count), &whole, x, 1)
      var least: Float = 0
      agk_reduce(.AGK_MIN, .AGK_FLOAT32, Int64(count), &least, x, 1)
      let place = agk_arg_reduce(.AGK_MIN, .AGK_FLOAT32, Int64(count), x, 1)
      return all + [
        indices.map { Float($0) }, sums.map { Float($0) }, [whole, least, Float(place)],
      ]
    }
    let before = agk_threads()
    defer { agk_set_threads(before) }
    agk_set_threads(1)
    let alone = results()
    agk_set_threads(3)
    #expect(results() == alone)
  }
}
