// Lines of code by address, out of files that the tests write and out of the tests themselves.
import CLines
import Testing

@testable import Autograd

@Suite struct LineTableTests {
  private static let user = "/user/main.swift"
  private static func isUsers(_ path: String) -> Bool { path == user }

  private static func place(_ line: Int) -> LineTables.Answer {
    .place(LineTables.Place(path: user, line: line))
  }

  /// Reads a file, which lies in memory of its size, and asks it for places.
  private func places(in file: [UInt8], at addresses: [UInt64]) -> [LineTables.Answer]? {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: file.count, alignment: 1)
    defer { bytes.deallocate() }
    bytes.copyBytes(from: file)
    guard let table = cl_read(bytes.baseAddress!, bytes.count) else { return nil }
    defer { cl_free(table) }
    var lines = LineTable(table)
    return addresses.map { lines.place(at: $0, where: Self.isUsers) }
  }

  @Test(arguments: [4, 5])
  func `an address has the line of the innermost wanted function`(version: Int) throws {
    let expected: [(UInt64, LineTables.Answer)] = [
      (0x0fff, .nothing), (0x1000, Self.place(10)), (0x100f, Self.place(10)),
      // In a function of another file, which was inlined, and one more in it.
      (0x1010, version == 4 ? Self.place(15) : .unknown),
      (0x1014, version == 4 ? Self.place(15) : .unknown),
      (0x101f, version == 4 ? Self.place(15) : .unknown),
      // In the function itself.
      (0x1020, Self.place(21)), (0x1023, Self.place(21)),
      // Line 0, in no call.
      (0x1024, version == 4 ? .nothing : .unknown), (0x1028, .nothing),
      // A unit that has no file of the user, and where the linker dropped one that has.
      (0x2000, .nothing), (0x200f, .nothing), (0x3000, .nothing), (0, .nothing), (0x20, .nothing),
    ]
    let found = try #require(
      places(in: SmallProgram(version: version).file, at: expected.map(\.0)))
    for ((address, answer), found) in zip(expected, found) {
      #expect(found == answer, "at \(String(address, radix: 16))")
    }
  }

  @Test func `what is not read here is unknown`() {
    var program = SmallProgram(version: 4)
    program.lineFlags = 0x800  // compressed
    #expect(places(in: program.file, at: [0x1000]) == nil)

    program = SmallProgram(version: 4)
    program.line[4] = 9  // a version to come
    #expect(places(in: program.file, at: [0x1000, 0x2000]) == [.unknown, .nothing])

    program = SmallProgram(version: 4)
    program.info = []
    #expect(places(in: program.file, at: [0x1000, 0x1010]) == [Self.place(10), .unknown])

    #expect(places(in: Array(program.file.dropLast()), at: []) == nil)
    #expect(places(in: Array("#!/bin/sh\n".utf8), at: []) == nil)
  }

  @Test func `a file without debug information has no lines`() {
    var program = SmallProgram(version: 4)
    program.line = []
    #expect(places(in: program.file, at: [0x1000]) == [.nothing])
  }

  @Test(arguments: [4, 5])
  func `a damaged file is read without harm`(version: Int) {
    let file = SmallProgram(version: version).file
    let addresses = Array(stride(from: UInt64(0x0ff8), to: 0x2020, by: 4)) + [0, .max]
    for seed in 0..<300 {
      var random = SplitMix(seed: seed)
      var damaged = file
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let interesting: [UInt8] = [0, 1, 0x7f, 0x80, 0xff, .random(in: 0...255, using: &random)]
        damaged[.random(in: 0..<damaged.count, using: &random)] =
          interesting.randomElement(using: &random)!
      }
      if seed % 8 == 0 { damaged.removeLast(.random(in: 1..<damaged.count, using: &random)) }
      for case .place(let place) in places(in: damaged, at: addresses) ?? [] {
        #expect(place.line > 0)
        #expect(place.path == Self.user)
      }
    }
  }

  @Test func `the toolchain finds the same lines in this program`() throws {
    var origins: [CallOrigin] = []
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = [1, 2].map { factor in
      origins.append(CallOrigin.capture())
      return (x * factor).sum()
    }
    .reduce(Tensor(0.0), +)
    x.registerHook { gradient in
      origins.append(CallOrigin.capture())
      return gradient
    }
    try y.backward()
    var lines = LineTables()
    var symbols = Symbolication()
    let isSwift = { (path: String) in path.hasSuffix(".swift") }
    // The toolchain takes long. The innermost are of closures, their caller, and the engine.
    for address in Set(origins.flatMap { $0.addresses.prefix(4) }) {
      let answer = lines.place(of: address, where: isSwift)
      let expected = symbols.place(of: address, where: isSwift)
      #expect(answer == expected.map { .place($0) } ?? .nothing)
    }
  }
}
