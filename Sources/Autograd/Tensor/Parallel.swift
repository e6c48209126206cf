// The kernels' pool of threads, for loops over rows, and how many threads there are.

internal import CKernels

/// How many threads operators use: as many as there are processors unless said otherwise.
///
/// ``setNumThreads(_:)`` says otherwise, and so does `AGVIZ_NUM_THREADS` in the environment.
public func getNumThreads() -> Int { Int(agk_threads()) }

/// Sets how many threads operators use, the caller's among them; more than 64 count as 64.
///
/// It may be called at any time and on any thread, and holds for the whole program. No result
/// depends on it.
public func setNumThreads(_ count: Int) {
  guard count > 0 else {
    refuse("set_num_threads", "expects a positive integer, but got \(count)")
  }
  agk_set_threads(Int32(clamping: count))
}

enum Parallel {
  /// The elements that are worth a thread of their own.
  private static let grain = 16384

  /// Calls `body` for parts that make up `0..<count`, possibly at the same time; each index stands
  /// for `elements` elements.
  static func forEach(_ count: Int, elements: Int, _ body: (Range<Int>) -> Void) {
    guard count > 1, count * elements >= 2 * grain else { return body(0..<count) }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        agk_parallel_for(
          Int64(count), Int64(max(1, grain / max(elements, 1))),
          { context, begin, end in
            context!.assumingMemoryBound(to: ((Range<Int>) -> Void).self)
              .pointee(Int(begin)..<Int(end))
          }, UnsafeMutableRawPointer(mutating: pointer))
      }
    }
  }
}
