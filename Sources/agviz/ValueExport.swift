// The recorded elements as a safetensors file.

internal import Autograd
internal import AutogradNN
internal import GradientRecording
internal import GraphModel

/// Writes the elements that are recorded of some passes.
///
/// - Parameters:
///   - passes: The passes.
///   - recording: Where they are recorded.
///   - path: The file.
///   - progress: Is told how many tensors of how many are written.
/// - Throws: What reading and writing throw; `Failure` where there are no elements.
func exportValues(
  of passes: [Recording.Pass], in recording: Recording, to path: String,
  progress: (Int, Int) -> Void
) throws {
  var values: [Recording.Value] = []
  var entries: [SafeTensorsWriter.Entry] = []
  for pass in passes {
    let found = try recording.values(of: pass.id)
    guard !found.isEmpty else { continue }
    let names = try names(of: pass, in: recording)
    for value in found {
      guard let dtype = DType(name: value.dtype) else {
        throw Failure(
          .badData, "\(recording.path): pass \(pass.id): there is no dtype \(value.dtype)")
      }
      var bytes = dtype.itemSize
      for size in value.shape {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
        bytes = overflow ? -1 : product
        if overflow { break }
      }
      guard bytes >= 0, bytes <= value.byteCount else {
        throw Failure(
          .badData, "\(recording.path): pass \(pass.id): a tensor's elements are not all there")
      }
      let place =
        value.role == .saved
        ? "\(value.role)" : "\(value.order).\(names[value.order] ?? "unknown").\(value.role)"
      entries.append(
        .init(key: "\(pass.id).\(place).\(value.slot)", dtype: dtype, shape: value.shape))
      values.append(value)
    }
  }
  guard !values.isEmpty else {
    throw Failure(
      .usage,
      "\(recording.path): no elements are recorded of these passes; record with --policy values")
  }
  var writer = try SafeTensorsWriter(path, entries, metadata: ["recording": recording.path])
  do {
    for (done, position) in writer.order.enumerated() {
      let bytes = try recording.rowMajorBytes(of: values[position])
      let entry = entries[position]
      guard bytes.count == entry.shape.reduce(entry.dtype.itemSize, *) else {
        throw Failure(
          .badData,
          "\(recording.path): the elements of \(entry.key) are not \(entry.dtype.name)")
      }
      try bytes.withUnsafeBytes { try writer.write($0) }
      progress(done + 1, values.count)
    }
  } catch {
    writer.discard()
    throw error
  }
  try writer.finish()
}

/// The names of a pass's nodes, by their calls.
private func names(
  of pass: Recording.Pass, in recording: Recording
) throws -> [Int: String] {
  let nodes = try recording.graph(pass.graph).nodes
  let calls = try recording.calls(of: pass.id)
  return Dictionary(
    calls.compactMap { call in
      call.node < nodes.count ? (call.order, nodes[call.node].name) : nil
    }, uniquingKeysWith: { first, _ in first })
}
