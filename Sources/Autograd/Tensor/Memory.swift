// What tensors hold of the machine's memory, and its bounds.

internal import CKernels

/// The memory behind tensors: how much there is, how to give it back, how to bound it.
///
/// What a released tensor held is kept for the next one, since memory fresh from the system costs more
/// than most operators on it. Tensors of up to 1 KiB are neither counted nor bounded.
///
/// ```swift
/// Memory.limit = 2 << 30     // stop rather than hold more than 2 GiB
/// Memory.resetPeakMemoryStats()
/// try model(x).sum().backward()
/// print(Memory.maxMemoryAllocated())
/// Memory.emptyCache()        // the rest of the program needs no tensors
/// ```
public enum Memory {
  /// The bytes of the tensors that there are.
  public static func memoryAllocated() -> Int { agk_memory_held().allocated }

  /// The bytes taken from the system: those of tensors, rounded up, and what is kept for the next.
  public static func memoryReserved() -> Int { agk_memory_held().reserved }

  /// The most that `memoryAllocated` ever was, or since `resetPeakMemoryStats`.
  public static func maxMemoryAllocated() -> Int { agk_memory_held().peak_allocated }

  /// The most that `memoryReserved` ever was, or since `resetPeakMemoryStats`.
  public static func maxMemoryReserved() -> Int { agk_memory_held().peak_reserved }

  /// Lets the maxima begin anew at what there is now.
  public static func resetPeakMemoryStats() { agk_reset_peak_memory() }

  /// Gives the memory that no tensor uses back to the system.
  ///
  /// - Returns: the bytes given back.
  @discardableResult
  public static func emptyCache() -> Int { agk_empty_cache() }

  /// The most bytes that are kept for the next tensors: a quarter of the machine's memory, at most
  /// 4 GiB, unless set.
  ///
  /// What is kept beyond a new limit is given back at once; 0 keeps nothing.
  public static var cacheLimit: Int {
    get { agk_memory_held().cache_limit }
    set {
      precondition(newValue >= 0, "Memory.cacheLimit: negative limit \(newValue)")
      agk_set_cache_limit(newValue)
    }
  }

  /// The most bytes that may be reserved; nil, as at the start, for what the system has.
  ///
  /// To stay below it what is kept is given back first; a tensor that cannot be had even so stops the
  /// program with a message.
  public static var limit: Int? {
    get {
      let limit = agk_memory_held().limit
      return limit == .max ? nil : limit
    }
    set {
      precondition(newValue ?? 0 >= 0, "Memory.limit: negative limit \(newValue!)")
      agk_set_memory_limit(newValue ?? .max)
    }
  }

  /// Stops the program for want of memory.
  static func refuse(_ byteCount: Int, _ what: String) -> Never {
    let bound = limit.map { ", the limit is \($0) (Memory.limit)" } ?? ""
    fatalError(
      "no memory for \(what): \(byteCount) bytes; tensors hold \(memoryAllocated()) bytes\(bound)")
  }
}
