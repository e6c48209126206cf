// Loading and saving tensors as safetensors files.

internal import Autograd

/// Files of tensors by name, as Hugging Face's safetensors package has them.
///
/// ```swift
/// try SafeTensors.save(model.stateDict(), to: "model.safetensors")
/// try model.loadStateDict(SafeTensors.load("model.safetensors"))
/// ```
public enum SafeTensors {
  /// All tensors of a file; F16 and BF16 become float32.
  public static func load(_ path: String) throws(SafeTensorsError) -> StateDict {
    try SafeTensorsFile(path).tensors()
  }

  /// Writes tensors as a file, whose bytes are those that the Python package writes.
  ///
  /// The file is written aside and then takes the place of one that may be there.
  ///
  /// - Parameters:
  ///   - tensors: what is saved.
  ///   - path: the file.
  ///   - metadata: texts that are stored with them.
  /// - Throws: `SafeTensorsError` when the file cannot be written.
  public static func save(
    _ tensors: StateDict, to path: String, metadata: [String: String] = [:]
  ) throws(SafeTensorsError) {
    let entries = tensors.map { ($0.key, $0.tensor) }
    var writer = try SafeTensorsWriter(
      path, entries.map { .init(key: $0.0, dtype: $0.1.dtype, shape: $0.1.shape) },
      metadata: metadata)
    do throws(SafeTensorsError) {
      for position in writer.order {
        try entries[position].1.withBytes { bytes throws(SafeTensorsError) in
          try writer.write(bytes)
        }
      }
    } catch {
      writer.discard()
      throw error
    }
    try writer.finish()
  }
}
