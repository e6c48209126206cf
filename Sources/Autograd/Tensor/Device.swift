// Where tensors live: the CPU, and a clear answer for those who ask for more.

/// A device that tensors live on.
public enum Device: Sendable, Hashable {
  /// The processor and its memory: where every tensor lives.
  case cpu
  /// A CUDA GPU, which this engine does not use; asking for it traps with a message.
  case cuda

  /// Whether tensors can live on the device: true for the CPU, false for CUDA.
  public var isAvailable: Bool { self == .cpu }

  /// PyTorch's name of the device.
  public var name: String {
    switch self {
    case .cpu: "cpu"
    case .cuda: "cuda"
    }
  }

  /// Traps when tensors cannot live on the device.
  func checkAvailable(for operation: String) {
    guard isAvailable else {
      refuse(
        operation,
        "there is no \(name) device: agviz computes on the CPU only. Use .cpu, or ask "
          + "Device.cuda.isAvailable first")
    }
  }
}
