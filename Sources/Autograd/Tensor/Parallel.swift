// The kernels' pool of threads, for loops over rows, and how many threads there are.

internal import CKernels

/// How many threads operators use: as many as there are processors unless said otherwise.
///
/// `AGVIZ_NUM_THREADS` in the environment says otherwise, too. No result depends on it.
public func numThreads() -> Int { Int(agk_threads()) }

/// Sets how many threads operators use, from 1 to 64.
public func setNumThreads(_ count: Int) { agk_set_threads(Int32(clamping: count)) }

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
