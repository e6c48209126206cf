// The memory that recorded nodes may take when they run again.

internal import Autograd
internal import Glibc
internal import GradientRecording

/// The bound of what a process takes that runs recorded nodes.
///
/// A recording made to do harm can describe nodes that ask for any. What the pass really holds says how
/// much honest ones do: a formula takes a few times its gradients and saved tensors, in double precision,
/// and a convolution lays out its input once for each element of its kernel.
enum RerunMemory {
  private static let share = 64
  private static let margin = 2 << 30

  /// Bounds this process, and lets it leave no core file.
  static func bound(for pass: Int, of recording: Recording) throws {
    limit(RLIMIT_CORE, 0)
    let bytes = try bytes(for: pass, of: recording)
    Memory.limit = bytes
    // Beside tensors there are the recording's pages and what is parsed of it.
    let (whole, isBeyond) = bytes.addingReportingOverflow(margin)
    if !isBeyond { limit(RLIMIT_DATA, whole) }
  }

  private static func bytes(for pass: Int, of recording: Recording) throws -> Int {
    // Equal elements are there once: a file that is short holds little.
    var held: [Int: Int] = [:]
    for value in try recording.values(of: pass) { held[value.content] = value.byteCount }
    return held.values.reduce(margin) { sum, bytes in
      let (product, isBeyond) = bytes.multipliedReportingOverflow(by: share)
      let (total, isBeyondToo) = sum.addingReportingOverflow(product)
      return isBeyond || isBeyondToo ? .max : total
    }
  }

  private static func limit(_ resource: __rlimit_resource, _ bytes: Int) {
    var limit = rlimit()
    let name = __rlimit_resource_t(resource.rawValue)
    getrlimit(name, &limit)
    // What the shell allows less of stays so.
    limit.rlim_cur = min(rlim_t(bytes), limit.rlim_max)
    limit.rlim_max = limit.rlim_cur
    setrlimit(name, &limit)
  }
}
