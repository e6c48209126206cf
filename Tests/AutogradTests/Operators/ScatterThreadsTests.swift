// Writing by an index gives the same numbers however many threads do it.
import Testing

@testable import Autograd

@Suite struct ScatterThreadsTests {
  /// Every row of a long dimension goes to the same place, so that threads would meet there.
  @Test func `rows added to one place all count`() {
    let (rows, columns) = (4096, 64)
    let source = Tensor.ones(rows, columns, dtype: .int64)
    let index = Tensor.zeros(rows, columns, dtype: .int64)
    let target = Tensor.zeros(2, columns, dtype: .int64)
    let expected = Array(repeating: rows, count: columns) + Array(repeating: 0, count: columns)
    for _ in 0..<20 {
      let sums = target.scatterAdd(dim: 0, index: index, src: source).toArray(as: Int.self)
      #expect(sums == expected)
      let added = target.indexAdd(dim: 0, index: index.select(dim: 1, index: 0), source: source)
        .toArray(as: Int.self)
      #expect(added == expected)
    }
  }
}
