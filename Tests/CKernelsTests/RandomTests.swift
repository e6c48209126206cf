// The random numbers against those of PyTorch, bit for bit. Reference/random.py wrote the answers.
import CKernels
import Foundation
import Testing

@Suite struct RandomTests {
  @Test(arguments: try RandomSequence.all())
  func `draws the numbers of PyTorch`(sequence: RandomSequence) {
    var generator = agk_generator()
    agk_generator_seed(&generator, sequence.seed)
    for (position, call) in sequence.calls.enumerated() {
      let drawn = call.run(&generator)
      #expect(drawn.ends == call.ends, "call \(position): \(call)")
      #expect(drawn.hash == call.hash, "call \(position): \(call)")
    }
  }

  @Test func `a new seed forgets the number kept from the last pair`() {
    var generator = agk_generator()
    agk_generator_seed(&generator, 5)
    let call = RandomCall(op: "randn", dtype: "float64", count: 1)
    let first = call.run(&generator)
    agk_generator_seed(&generator, 5)
    #expect(call.run(&generator) == first)
    #expect(call.run(&generator) != first)
  }

  @Test(arguments: [(3, 3), (7, -7), (33_554_433, 33_554_434)])
  func `an empty range gives its lower bound`(low: Int, high: Int) {
    var generator = agk_generator()
    agk_generator_seed(&generator, 0)
    let drawn = RandomCall(op: "randint", dtype: "float64", count: 5, low: low, high: high)
      .run(&generator)
    #expect(drawn.ends == [Double(low), Double(low)])
  }
}

/// A seed and the calls after it.
struct RandomSequence: Decodable, Sendable, CustomTestStringConvertible {
  var name: String
  var seed: UInt64
  var calls: [RandomCall]

  var testDescription: String { name }

  static func all() throws -> [RandomSequence] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Reference/random.jsonl")
    let decoder = JSONDecoder()
    return try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))
      .map { try decoder.decode(RandomSequence.self, from: $0) }
  }
}

/// One call and what it gave: the first and the last value, and the FNV-1a hash of the bytes.
struct RandomCall: Decodable, Equatable, Sendable {
  var op: String
  var dtype: String
  var count: Int
  var low: Int?
  var high: Int?
  var ends: [Double] = []
  var hash = ""

  private var kind: agk_dtype {
    switch dtype {
    case "bool": .AGK_BOOL
    case "int32": .AGK_INT32
    case "int64": .AGK_INT64
    case "float32": .AGK_FLOAT32
    default: .AGK_FLOAT64
    }
  }

  /// The same call with what the kernels give.
  func run(_ generator: inout agk_generator) -> RandomCall {
    switch dtype {
    case "bool": fill(&generator) { (value: Bool) in value ? 1 : 0 }
    case "int32": fill(&generator) { (value: Int32) in Double(value) }
    case "int64": fill(&generator) { (value: Int64) in Double(value) }
    case "float32": fill(&generator) { (value: Float) in Double(value) }
    default: fill(&generator) { (value: Double) in value }
    }
  }

  private func fill<Element>(
    _ generator: inout agk_generator, as double: (Element) -> Double
  ) -> RandomCall {
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, count * MemoryLayout<Element>.stride), alignment: 64)
    defer { bytes.deallocate() }
    let out = bytes.baseAddress!
    switch op {
    case "rand": agk_random_uniform(&generator, kind, Int64(count), out)
    case "randn": agk_random_normal(&generator, kind, Int64(count), out)
    case "randint":
      agk_random_integers(&generator, kind, Int64(low!), Int64(high!), Int64(count), out)
    default:
      agk_random_permutation(&generator, Int64(count), out.assumingMemoryBound(to: Int64.self))
    }
    let values = UnsafeBufferPointer(
      start: out.assumingMemoryBound(to: Element.self), count: count)
    // The last bits of double-precision normals depend on the C library.
    if op == "randn" {
      return result(of: values.map { Float(double($0)) }) { Double($0) }
    }
    return result(of: Array(values), as: double)
  }

  private func result<Element>(of values: [Element], as double: (Element) -> Double) -> RandomCall {
    var drawn = self
    drawn.ends = count == 0 ? [] : [double(values[0]), double(values[count - 1])]
    drawn.hash = values.withUnsafeBytes(fnv1a)
    return drawn
  }
}

private func fnv1a(_ bytes: UnsafeRawBufferPointer) -> String {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in bytes {
    hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
  }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
