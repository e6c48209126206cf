// The allocator: alignment, reuse, the cache's release; and the choice of an instruction set.

import CKernels
import Glibc
import Testing

/// Under the address sanitizer there is no cache, so that it sees uses after release.
let underAddressSanitizer = dlsym(nil, "__asan_init") != nil

@Suite(.serialized) struct MemoryTests {
  static let sizes =
    [0, 1, 63, 64, 65, 128, 129, 1023, 1024, 1025, 4096, 5000, 65_537, 1 << 20, 2_000_000, 2 << 20]
    + [(2 << 20) + 1, 5_000_000, 40_000_000]

  @Test(arguments: sizes)
  func `A block is aligned, whole and one's own`(size: Int) throws {
    let blocks = try (0..<3).map { _ in try #require(agk_allocate(size)) }
    let alignment: UInt = size > 2 << 20 && !underAddressSanitizer ? 2 << 20 : 64
    for (i, block) in blocks.enumerated() {
      #expect(UInt(bitPattern: block) % alignment == 0)
      block.initializeMemory(as: UInt8.self, repeating: UInt8(i + 1), count: size)
    }
    for (i, block) in blocks.enumerated() {
      if size > 0 {
        #expect(block.load(as: UInt8.self) == UInt8(i + 1))
        #expect(memcmp(block, block + 1, size - 1) == 0)
      }
      agk_deallocate(block, size)
    }
  }

  @Test func `An impossible size gives nothing`() {
    #expect(agk_allocate(.max) == nil)
    #expect(agk_allocate(.max / 8) == nil)
    agk_deallocate(nil, 7)
  }

  @Test(arguments: [40, 1000, 100_000_001])
  func `A released block is used again, but not under the address sanitizer`(size: Int) throws {
    let first = try #require(agk_allocate(size))
    agk_deallocate(first, size)
    let second = try #require(agk_allocate(size - size / 50))
    #expect((second == first) == !underAddressSanitizer)
    agk_deallocate(second, size - size / 50)
  }

  @Test func `The cache can be emptied, where there is one`() throws {
    let size = 90_000_001
    let block = try #require(agk_allocate(size))
    agk_deallocate(block, size)
    if underAddressSanitizer {
      #expect(agk_empty_cache() == 0)
    } else {
      #expect(agk_empty_cache() >= size)
    }
  }

  @Test func `Many tasks allocate and release at once`() async {
    let intact = await withTaskGroup(of: Bool.self) { group in
      for task in 0..<8 {
        group.addTask {
          var held: [(UnsafeMutablePointer<Int>, Int)] = []
          var right = true
          for i in 0..<2000 {
            let size = [48, 500, 3000, 80_000][(i + task) % 4]
            guard let block = agk_allocate(size) else { return false }
            let pointer = block.bindMemory(to: Int.self, capacity: 1)
            pointer.pointee = task << 32 | i
            held.append((pointer, size))
            if held.count > 40 {
              let (oldest, size) = held.removeFirst()
              right = right && oldest.pointee >> 32 == task
              agk_deallocate(oldest, size)
            }
            if i % 100 == 0 { await Task.yield() }
          }
          for (pointer, size) in held {
            right = right && pointer.pointee >> 32 == task
            agk_deallocate(pointer, size)
          }
          return right
        }
      }
      return await group.allSatisfy { $0 }
    }
    #expect(intact)
  }

  @Test func `The instruction set in use is one that the CPU has`() {
    let name = String(cString: agk_cpu())
    #expect(Variant.all.map(\.description).contains(name))
    #expect(agk_kernels_for("none") == nil)
  }
}
