// The memory behind tensors. Views share one storage, and with it one version counter.

internal import CKernels

/// What stands before a storage's own bytes.
struct StorageHeader {
  /// Where the elements are: the storage's own tail when small, the allocator's block when not.
  var bytes: UnsafeMutableRawPointer
  let byteCount: Int
  /// How often the elements were changed in place; saved tensors compare it.
  var version: UInt32
}

/// A block of memory and its version counter, freed with the last tensor on it.
///
/// Small blocks lie in the object itself, so that a small tensor's storage is one allocation.
final class Storage: ManagedBuffer<StorageHeader, UInt64> {
  private static let inlineLimit = 512

  /// Creates an uninitialised storage for `what`; traps when there is no memory for it.
  @inline(__always)
  static func allocate(byteCount: Int, for what: @autoclosure () -> String) -> Storage {
    let isInline = byteCount <= inlineLimit
    let buffer = create(minimumCapacity: isInline ? (byteCount + 7) / 8 : 0) { buffer in
      let bytes =
        isInline
        ? buffer.withUnsafeMutablePointerToElements { UnsafeMutableRawPointer($0) }
        : allocateBlock(byteCount, what)
      return StorageHeader(bytes: bytes, byteCount: byteCount, version: 0)
    }
    return unsafeDowncast(buffer, to: Storage.self)
  }

  private static func allocateBlock(
    _ byteCount: Int, _ what: () -> String
  ) -> UnsafeMutableRawPointer {
    guard let block = agk_allocate(byteCount) else { Memory.refuse(byteCount, what()) }
    return block
  }

  deinit {
    if header.byteCount > Storage.inlineLimit {
      agk_deallocate(header.bytes, header.byteCount)
    }
  }

  @inline(__always) var bytes: UnsafeMutableRawPointer { fields.pointee.bytes }
  @inline(__always) var byteCount: Int { fields.pointee.byteCount }
  @inline(__always) var version: UInt32 { fields.pointee.version }
  @inline(__always) func incrementVersion() { fields.pointee.version &+= 1 }

  /// Exchanges the memory of two storages of the same size; false, and nothing done, where a small
  /// one holds its bytes itself.
  func exchangeBlock(with other: Storage) -> Bool {
    guard byteCount == other.byteCount, byteCount > Storage.inlineLimit else { return false }
    swap(&fields.pointee.bytes, &other.fields.pointee.bytes)
    return true
  }

  /// The header by its address, which spares the run-time check of exclusive access.
  @inline(__always)
  private var fields: UnsafeMutablePointer<StorageHeader> {
    withUnsafeMutablePointerToHeader { $0 }
  }
}
