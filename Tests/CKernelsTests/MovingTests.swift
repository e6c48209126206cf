// Moving elements: copies of any layout, by masks, and where indices lead.

import CKernels
import Testing

@Suite struct MovingTests {
  /// A plane in memory: steps of its rows and columns, and where its first element is.
  struct Layout: CustomStringConvertible, Sendable {
    let row: Int
    let column: Int
    var description: String { "[\(row), \(column)]" }

    func start(_ rows: Int, _ columns: Int) -> Int {
      (row < 0 ? (rows - 1) * -row : 0) + (column < 0 ? (columns - 1) * -column : 0)
    }

    func place(_ r: Int, _ c: Int) -> Int { r * row + c * column }

    func extent(_ rows: Int, _ columns: Int) -> Int {
      (rows - 1) * abs(row) + (columns - 1) * abs(column) + 1
    }
  }

  static let shapes = [(1, 1), (3, 5), (5, 3), (16, 16), (17, 40), (70, 33), (2, 100), (100, 4)]

  /// Copies a plane on every instruction set and compares each element.
  func check<T: Element>(_: T.Type) {
    for (rows, columns) in Self.shapes {
      let outs = [
        Layout(row: columns, column: 1), Layout(row: 1, column: rows),
        Layout(row: 2 * columns + 3, column: 2),
      ]
      let inputs =
        outs + [
          Layout(row: 1, column: rows + 3), Layout(row: -1, column: rows),
          Layout(row: 0, column: 1),
          Layout(row: columns, column: -1), Layout(row: 1, column: 0), Layout(row: 3, column: 0),
          Layout(row: -columns, column: 1), Layout(row: -1, column: -rows),
          Layout(row: 1, column: 1), Layout(row: 7 * columns, column: 7),
        ]
      for out in outs {
        for input in inputs {
          let x = samples(input.extent(rows, columns), seed: 3, as: T.self)
          let before = samples(out.extent(rows, columns), seed: 4, as: T.self)
          let first = input.start(rows, columns)
          var expected = before
          for r in 0..<rows {
            for c in 0..<columns { expected[out.place(r, c)] = x[first + input.place(r, c)] }
          }
          for variant in Variant.all {
            var result = before
            result.withUnsafeMutableBufferPointer { target in
              x.withUnsafeBufferPointer { source in
                variant.kernels.copy(
                  MemoryLayout<T>.size, Int64(rows), Int64(columns), target.baseAddress!,
                  Int64(out.row), Int64(out.column), source.baseAddress! + first,
                  Int64(input.row), Int64(input.column))
              }
            }
            #expect(
              result == expected, "\(T.self) \(rows)×\(columns), \(out) = \(input), \(variant)")
          }
        }
      }
    }
  }

  @Test func `A plane is copied whatever the steps of both sides`() {
    check(Bool.self)
    check(Int32.self)
    check(Int64.self)
  }

  @Test(arguments: [1, 2, 4])
  func `A tensor is copied in any order of its dimensions, by any number of threads`(
    threads: Int32
  ) {
    let before = agk_threads()
    agk_set_threads(threads)
    defer { agk_set_threads(before) }
    let sizes: [Int64] = [3, 40, 1, 17, 50]
    let count = sizes.reduce(1, *)
    let x = (0..<Int32(count)).map { $0 }
    func strides(_ order: [Int]) -> [Int64] {
      var (result, step) = ([Int64](repeating: 0, count: 5), Int64(1))
      for d in order.reversed() {
        result[d] = step
        step *= sizes[d]
      }
      return result
    }
    for (outOrder, order) in [
      ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0]), ([0, 1, 2, 3, 4], [1, 0, 2, 4, 3]),
      ([3, 0, 1, 4, 2], [0, 1, 2, 3, 4]), ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4]),
    ] {
      var out = [Int32](repeating: -1, count: Int(count))
      let (to, from) = (strides(outOrder), strides(order))
      agk_copy(4, 5, sizes, &out, to, x, from)
      var wrong = 0
      for i in 0..<Int(count) {
        var (rest, a, b) = (Int64(i), Int64(0), Int64(0))
        for d in (0..<5).reversed() {
          a += rest % sizes[d] * to[d]
          b += rest % sizes[d] * from[d]
          rest /= sizes[d]
        }
        if out[Int(a)] != x[Int(b)] { wrong += 1 }
      }
      #expect(wrong == 0, "\(outOrder) from \(order)")
    }
  }

  @Test func `Adding by position adds in order`() {
    let positions: [Int64] = [3, 0, 3, 1]
    func test<T: Element>(_: T.Type, _ add: (T, T) -> T) {
      let x = samples(4, seed: 5, as: T.self)
      var added = samples(5, seed: 7, as: T.self)
      var sums = added
      agk_scatter_add(T.dtype, 4, &added, positions, x)
      for (i, p) in positions.enumerated() { sums[Int(p)] = add(sums[Int(p)], x[i]) }
      #expect(added == sums)
    }
    test(Bool.self) { $0 || $1 }
    test(Int32.self, &+)
    test(Int64.self, &+)
    test(Float.self, +)
    test(Double.self, +)
  }

  @Test(arguments: [0.0, 0.02, 0.5, 0.98, 1], [0, 1, 7, 8, 9, 63, 64, 200])
  func `A mask chooses, spreads and tells its places without touching more`(
    share: Double, n: Int
  ) {
    let fractions: [Double] = samples(n, seed: 11)
    let mask = fractions.map { ($0 + 1) / 2 < share }
    let places = mask.indices.filter { mask[$0] }
    let count = agk_count_true(Int64(n), mask)
    #expect(count == places.count)
    func test<T: Element>(_: T.Type) {
      let x = samples(n, seed: 12, as: T.self)
      let guarded = samples(3, seed: 13, as: T.self)
      var chosen = Array(repeating: T(fraction: 0), count: places.count) + guarded
      agk_select(MemoryLayout<T>.size, Int64(n), &chosen, x, mask, count)
      #expect(chosen == places.map { x[$0] } + guarded)
      var spread = samples(n, seed: 14, as: T.self)
      var expected = spread
      for (i, place) in places.enumerated() { expected[place] = chosen[i] }
      agk_spread(
        MemoryLayout<T>.size, Int64(n), &spread, mask, Array(chosen.prefix(places.count)), count)
      #expect(spread == expected)
    }
    test(Bool.self)
    test(Float.self)
    test(Int64.self)
    var found = [Int64](repeating: -1, count: places.count + 1)
    agk_true_places(1, [Int64(n)], mask, &found, count)
    #expect(found == places.map(Int64.init) + [-1])
    for shape in [[n, 1], [1, n], [2, n / 2], [2, 1, n / 2], [1, n, 1]]
    where shape.reduce(1, *) == n {
      var rows = [Int64](repeating: -1, count: places.count * shape.count + 1)
      agk_true_places(Int32(shape.count), shape.map(Int64.init), mask, &rows, count)
      let expected = places.flatMap { place in
        var (rest, row) = (place, shape)
        for d in shape.indices.reversed() {
          row[d] = rest % shape[d]
          rest /= shape[d]
        }
        return row
      }
      #expect(rows == expected.map(Int64.init) + [-1], "\(shape)")
    }
  }

  @Test func `An index counts from both ends and the first one outside is told`() {
    let index: [Int64] = [0, 4, -1, -5, 2]
    var places = [Int64](repeating: 9, count: 5)
    #expect(agk_places(5, &places, index, 5, 1, false) == -1)
    #expect(places == [0, 4, 4, 0, 2])
    #expect(agk_places(5, &places, index, 5, 10, true) == -1)
    #expect(places == [0, 44, 44, 0, 22])
    for wrong in [5, -6, .max, .min] as [Int64] {
      #expect(agk_places(3, &places, [1, wrong, wrong], 5, 1, false) == 1)
    }
    #expect(agk_places(0, &places, [], 0, 1, false) == -1)
  }
}
