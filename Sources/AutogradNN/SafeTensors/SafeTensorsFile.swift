// Reading safetensors files.

public import Autograd
internal import Glibc

/// An open safetensors file, whose tensors are read when they are asked for.
///
/// ```swift
/// let file = try SafeTensorsFile("model.safetensors")
/// for key in file.keys { print(key, file.shape(key)!) }
/// let weight = try file.tensor("fc.weight")
/// ```
///
/// The file is mapped into memory and checked as a whole when it is opened. It must not be made
/// shorter while it is open.
public final class SafeTensorsFile {
  /// The names of the tensors, in the header's order.
  public let keys: [String]
  /// The texts that were stored with the tensors.
  public let metadata: [String: String]
  private let path: String
  private let entries: [String: SafeTensorsEntry]
  private let mapping: UnsafeRawBufferPointer
  private let data: UnsafeRawBufferPointer

  /// Opens a file; throws when it is none of the format, or one that lies about what it holds.
  public init(_ path: String) throws(SafeTensorsError) {
    self.path = path
    mapping = try Self.map(path)
    do throws(SafeTensorsError) {
      guard mapping.count >= 8 else {
        throw SafeTensorsError(
          code: .size, message: "has \(mapping.count) bytes, fewer than 8", file: path)
      }
      let length = UInt64(littleEndian: mapping.loadUnaligned(as: UInt64.self))
      guard length <= UInt64(SafeTensorsHeader.limit) else {
        throw SafeTensorsError(
          code: .headerTooLarge,
          message: "a header of \(length) bytes is longer than \(SafeTensorsHeader.limit)",
          file: path)
      }
      guard Int(length) <= mapping.count - 8 else {
        throw SafeTensorsError(
          code: .size,
          message: "ends within its header of \(length) bytes, after \(mapping.count - 8)",
          file: path)
      }
      let start = 8 + Int(length)
      data = UnsafeRawBufferPointer(rebasing: mapping[start...])
      let header = try SafeTensorsHeader(
        UnsafeRawBufferPointer(rebasing: mapping[8..<start]), dataCount: data.count, file: path)
      keys = header.entries.map(\.key)
      metadata = header.metadata
      entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.key, $0) })
    } catch {
      Self.unmap(mapping)
      throw error
    }
  }

  deinit { Self.unmap(mapping) }

  /// The shape of a tensor; nil when there is none of the name.
  public func shape(_ key: String) -> [Int]? { entries[key]?.shape }

  /// The dtype of a tensor by the file's name for it, such as `BF16`; nil when there is none.
  public func dtypeName(_ key: String) -> String? { entries[key]?.dtype.name }

  /// A tensor; F16 and BF16 become float32.
  public func tensor(_ key: String) throws(SafeTensorsError) -> Tensor {
    guard let entry = entries[key] else {
      throw SafeTensorsError(
        code: .missingKey, message: "there is no such tensor", file: path, key: key)
    }
    guard let dtype = entry.dtype.dtype else {
      throw SafeTensorsError(
        code: .dtype, message: "there is nothing for dtype \(entry.dtype.name)", file: path,
        key: key)
    }
    guard entry.shape.count <= Tensor.mostDimensions else {
      throw SafeTensorsError(
        code: .shape,
        message: "\(entry.shape.count) dimensions are more than \(Tensor.mostDimensions)",
        file: path, key: key)
    }
    let source = UnsafeRawBufferPointer(rebasing: data[entry.begin..<entry.end])
    return .filledWithBytes(entry.shape, dtype) { target in
      switch entry.dtype {
      case .float16:
        let numbers = target.assumingMemoryBound(to: Float.self)
        for i in numbers.indices {
          let bits = source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
          numbers[i] = Float(Float16(bitPattern: bits))
        }
      case .bfloat16:
        let numbers = target.assumingMemoryBound(to: UInt32.self)
        for i in numbers.indices {
          numbers[i] = UInt32(source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)) << 16
        }
      case _ where dtype == .bool:
        for i in source.indices { target[i] = source[i] == 0 ? 0 : 1 }
      default:
        target.copyMemory(from: source)
      }
    }
  }

  /// All tensors, in the header's order.
  public func tensors() throws(SafeTensorsError) -> StateDict {
    var result = StateDict()
    for key in keys { result[key] = try tensor(key) }
    return result
  }

  private static func map(_ path: String) throws(SafeTensorsError) -> UnsafeRawBufferPointer {
    func failure(_ message: String) -> SafeTensorsError {
      SafeTensorsError(code: .file, message: message, file: path)
    }
    guard !path.utf8.contains(0) else { throw failure("no file name holds a NUL") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw failure("is no regular file") }
    let count = Int(status.st_size)
    guard count > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else { throw failure(String(cString: strerror(errno))) }
    return UnsafeRawBufferPointer(start: start, count: count)
  }

  private static func unmap(_ mapping: UnsafeRawBufferPointer) {
    guard let start = mapping.baseAddress else { return }
    munmap(UnsafeMutableRawPointer(mutating: start), mapping.count)
  }
}
