// safetensors files against those of the Python package, which Reference/safetensor_files.py wrote.
import Autograd
import AutogradNN
import Foundation
import Testing

@Suite struct SafeTensorsTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Reference")

  struct Entry: Decodable {
    var file: String
    var key: String
    var dtype: String
    var shape: [Int]
    var values: [Double]
  }

  @Test(arguments: ["every", "half"])
  func `tensors are those that Python wrote`(name: String) throws {
    let path = Self.folder.appending(path: "\(name).safetensors").path
    let tensors = try SafeTensors.load(path)
    let entries = try Reference.lines(of: "safetensor_files.jsonl", as: Entry.self)
      .filter { $0.file == name }
    #expect(Set(tensors.keys) == Set(entries.map(\.key)))
    for entry in entries {
      let tensor = try #require(tensors[entry.key])
      let dtype = entry.dtype.hasSuffix("float16") ? "float32" : entry.dtype
      #expect(tensor.dtype.name == dtype)
      #expect(tensor.shape == entry.shape)
      #expect(tensor.toArray() == entry.values)
    }
  }

  @Test func `what is written has Python's bytes`() throws {
    let path = Self.folder.appending(path: "every.safetensors").path
    let file = try SafeTensorsFile(path)
    #expect(file.metadata == ["format": "pt"])
    #expect(file.shape("weight") == [3, 4] && file.dtypeName("weight") == "F32")
    let copy = temporaryFile()
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try SafeTensors.save(file.tensors(), to: copy, metadata: file.metadata)
    #expect(try Data(contentsOf: URL(filePath: copy)) == Data(contentsOf: URL(filePath: path)))
  }

  @Test func `a model and its optimiser go on after a round trip`() throws {
    let model = Sequential(Linear(2, 3), Linear(3, 1))
    let optimizer = Adam(model.parameters(), lr: 0.01, amsgrad: true)
    func train(_ model: Module, _ optimizer: Optimizer) throws {
      optimizer.zeroGrad()
      try model(.ones(4, 2)).pow(2).mean().backward()
      optimizer.step()
    }
    try train(model, optimizer)
    let path = temporaryFile()
    defer { try? FileManager.default.removeItem(atPath: path) }
    var all = model.stateDict()
    for (key, tensor) in optimizer.stateDict() { all["optimizer.\(key)"] = tensor }
    try SafeTensors.save(all, to: path)
    let loaded = try SafeTensors.load(path)
    let other = Sequential(Linear(2, 3), Linear(3, 1))
    try other.loadStateDict(loaded, strict: false)
    let resumed = Adam(other.parameters(), lr: 7)
    let prefix = "optimizer."
    try resumed.loadStateDict(
      StateDict(
        loaded.filter { $0.key.hasPrefix(prefix) }
          .map { (String($0.key.dropFirst(prefix.count)), $0.tensor) }))
    for _ in 0..<5 {
      try train(model, optimizer)
      try train(other, resumed)
    }
    for (a, b) in zip(model.parameters(), other.parameters()) { #expect(a.equal(b)) }
  }

  @Test func `dtypes that there are none of are refused by name`() throws {
    let file = try SafeTensorsFile(Self.folder.appending(path: "bytes.safetensors").path)
    #expect(try file.tensor("fine").toArray() == [1.0, 1])
    let error = #expect(throws: SafeTensorsError.self) { try file.tensor("bytes") }
    #expect(error?.code == .dtype && error?.key == "bytes" && error!.message.contains("U8"))
    #expect(throws: SafeTensorsError.self) { try file.tensor("none") }
  }

  @Test(
    arguments: [
      ("{", SafeTensorsError.Code.header), ("", .header), ("[]", .header), ("{}x", .header),
      (#"{"a":1}"#, .header), (#"{"a":{"dtype":"F32","shape":[1]}}"#, .header),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, .header),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"b":0}}"#, .header),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, .header),
      (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, .header),
      (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#, .header),
      (#"{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}"#, .header),
      (#"{"a\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, .header),
      (#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, .dtype),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, .shape),
      (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, .shape),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, .offsets),
      (#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#, .offsets),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, .offsets),
      (#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#, .size),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        .offsets
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#,
        .duplicateKey
      ),
      (#"{"__metadata__":{"a":"b","a":"c"}}"#, .duplicateKey),
      (#"{"__metadata__":{"a":1}}"#, .header),
      (String(repeating: #"{"a":"#, count: 100_000), .header),
    ])
  func `headers that lie are refused`(header: String, code: SafeTensorsError.Code) {
    let error = open(bytes(of: header) + [0, 0, 0, 0])
    #expect(error?.code == code, "\(header.prefix(80)): \(error.map { "\($0)" } ?? "opened")")
  }

  @Test func `files that are too short or claim too much are refused`() {
    #expect(open([])?.code == .size)
    #expect(open([1, 0, 0])?.code == .size)
    #expect(open([9, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d])?.code == .size)
    #expect(open(Array(repeating: 255, count: 64))?.code == .headerTooLarge)
    #expect(open([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]) == nil)
    #expect(throws: SafeTensorsError.self) { try SafeTensorsFile("/nowhere/at all") }
    #expect(throws: SafeTensorsError.self) { try SafeTensorsFile("/tmp") }
  }

  /// Cut off anywhere, or with bits turned over, a file is read or refused, but never a crash.
  @Test func `broken files never crash`() throws {
    let whole = [UInt8](
      try Data(contentsOf: Self.folder.appending(path: "every.safetensors")))
    let path = temporaryFile()
    defer { try? FileManager.default.removeItem(atPath: path) }
    var generator = SystemRandomNumberGenerator()
    for round in 0..<600 {
      var bytes = whole
      if round < 100 {
        bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
      } else {
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
          let i = Int.random(in: 0..<min(bytes.count, 700), using: &generator)
          switch round % 3 {
          case 0: bytes[i] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
          case 1: bytes[i] = "{}[]\",:0123456789\\u".utf8.randomElement(using: &generator)!
          default: bytes.remove(at: i)
          }
        }
      }
      try Data(bytes).write(to: URL(filePath: path))
      guard let file = try? SafeTensorsFile(path) else { continue }
      for key in file.keys { _ = try? file.tensor(key) }
    }
  }

  private func bytes(of header: String) -> [UInt8] {
    let text = Array(header.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
  }

  private func open(_ bytes: [UInt8]) -> SafeTensorsError? {
    let path = temporaryFile()
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
    do {
      _ = try SafeTensorsFile(path)
      return nil
    } catch {
      return error
    }
  }

  private func temporaryFile() -> String {
    NSTemporaryDirectory() + "agviz-\(UUID().uuidString).safetensors"
  }
}
