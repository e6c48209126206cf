// What tensors hold of the machine's memory: counted, given back on request, bounded.
//
// Each in a process of its own, in which no other test takes or releases memory.

import Testing

@testable import Autograd

#if canImport(Glibc)
  import Glibc
#endif

/// The address sanitizer keeps what is released from being used again, and counts its own.
let underAddressSanitizer = dlsym(nil, "__asan_init") != nil

/// The thread sanitizer's malloc, which the smaller blocks come from, gives nothing back to the system.
let underThreadSanitizer = dlsym(nil, "__tsan_init") != nil

/// The memory of this process that is in the machine's, in bytes.
private func resident() -> Int {
  let file = fopen("/proc/self/statm", "r")!
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 128)
  fgets(&line, 128, file)
  let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8($0) }, as: UTF8.self)
  return Int(text.split(separator: " ")[1])! * Int(sysconf(Int32(_SC_PAGESIZE)))
}

@Suite(.disabled(if: underAddressSanitizer)) struct MemoryTests {
  /// Of `sizes`, 256 MB altogether.
  @Test(arguments: [64_000_000, 5_000_000] + (underThreadSanitizer ? [] : [200_000, 20_000]))
  func `emptyCache gives back what no tensor uses`(size: Int) async {
    await #expect(processExitsWith: .success) { [size] in
      let count = size / 4
      let number = 256_000_000 / size
      let kept = Tensor.ones(count)
      let before = resident()
      do {
        let tensors = (0..<number).map { _ in Tensor.ones(count) }
        precondition(resident() > before + 240_000_000, "they are there: \(resident() - before)")
        precondition(tensors.count == number)
      }
      precondition(resident() > before + 240_000_000, "kept for the next: \(resident() - before)")
      precondition(Memory.emptyCache() >= 250_000_000)
      precondition(resident() < before + 20_000_000, "given back: \(resident() - before)")
      precondition(Memory.memoryReserved() < 2 * size)
      precondition(kept.sum().item() == Double(count))
    }
  }

  @Test func `What tensors hold is counted, and its peak`() async {
    await #expect(processExitsWith: .success) {
      let before = Memory.memoryAllocated()
      let x = Tensor.zeros(10_000_000)
      precondition(Memory.memoryAllocated() == before + 40_000_000)
      do {
        let y = x + 1
        precondition(Memory.memoryAllocated() == before + 80_000_000)
        precondition(Memory.memoryReserved() >= before + 80_000_000)
        precondition(y.count == x.count)
      }
      precondition(Memory.memoryAllocated() == before + 40_000_000)
      precondition(Memory.maxMemoryAllocated() == before + 80_000_000)
      precondition(Memory.maxMemoryReserved() >= before + 80_000_000)
      Memory.resetPeakMemoryStats()
      precondition(Memory.maxMemoryAllocated() == before + 40_000_000)
      precondition(Memory.maxMemoryReserved() == Memory.memoryReserved())
    }
  }

  @Test func `A product's gradient takes the place of the one that it was made of`() async {
    await #expect(processExitsWith: .success) {
      let n = 1_000_000
      let (x, y, z) = (Tensor.randn(n), Tensor.randn(n), Tensor.randn(n))
      for leaf in [x, y, z] { leaf.requiresGrad_() }
      try (x * y + z).tanh().sum().backward()
      // The leaves, two gradients and the third, which the product's own incoming one became.
      precondition(Memory.maxMemoryAllocated() <= 6 * 4 * n + 100_000)
      let slope = noGrad { 1 - (x * y + z).tanh().pow(2) }
      precondition((x.grad! - y * slope).abs().max().item() < 1e-5)
      precondition((y.grad! - x * slope).abs().max().item() < 1e-5)
      precondition((z.grad! - slope).abs().max().item() < 1e-5)
    }
  }

  @Test func `No more is kept than the cache's limit`() async {
    await #expect(processExitsWith: .success) {
      precondition(Memory.cacheLimit >= 200_000_000)
      do { _ = (0..<4).map { _ in Tensor.ones(10_000_000) } }
      precondition(Memory.memoryReserved() >= 160_000_000)
      Memory.cacheLimit = 90_000_000
      precondition(Memory.memoryReserved() <= 90_000_000, "given back at once")
      do { _ = (0..<4).map { _ in Tensor.ones(10_000_000) } }
      precondition(Memory.memoryReserved() <= 90_000_000, "given back when released")
      Memory.cacheLimit = 0
      precondition(Memory.memoryReserved() < 1_000_000)
    }
  }

  @Test func `The cache is given back before the limit refuses a tensor`() async {
    await #expect(processExitsWith: .success) {
      precondition(Memory.limit == nil)
      Memory.limit = 300_000_000
      for count in [10_000_000, 20_000_000, 30_000_000, 60_000_000] {
        let x = Tensor.ones(count)
        precondition(x[count - 1].item() == 1)
        precondition(Memory.memoryReserved() <= 300_000_000)
      }
      precondition(Memory.maxMemoryReserved() <= 300_000_000)
      Memory.limit = 100_000_000
      precondition(Memory.memoryReserved() <= 100_000_000, "given back at once")
      Memory.limit = nil
      precondition(Tensor.ones(100_000_000).count == 100_000_000)
    }
  }

  @Test func `A tensor beyond the limit is refused, by shape, type and size`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Memory.limit = 100_000_000
      let x = Tensor.ones(1000, 10_000)
      _ = Tensor.zeros(like: x, dtype: .float64)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      message.contains(
        "no memory for a tensor of shape [1000, 10000], float64: 80000000 bytes; "
          + "tensors hold 40000000 bytes, the limit is 100000000 (Memory.limit)"))
  }

  @Test func `A tensor that the system has no memory for is refused, too`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros(1 << 30, 1 << 20)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      message.contains(
        "no memory for a tensor of shape [1073741824, 1048576], float32: 4503599627370496 bytes"))
  }
}
