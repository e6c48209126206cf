// Whatever a recording holds, a diagnosis and a comparison come to an end and speak in lines.

import Foundation
import GradientRecording
import Testing

@Suite("Whatever a recording holds")
struct DiagnosisOfAnythingTests {
  private func recording(_ seed: UInt64, in folder: TestFolder) throws -> Recording {
    let path = folder("\(seed).agviz")
    let writer = try RecordingWriter(path)
    try writer.write(RandomProgram(seed: seed, passes: 12).events)
    try writer.close()
    return try Recording(contentsOf: path)
  }

  @Test("a diagnosis says what it finds in lines", arguments: 0..<60 as Range<UInt64>)
  func diagnosis(seed: UInt64) throws {
    let folder = try TestFolder()
    let diagnosis = try Diagnosis(of: recording(seed, in: folder))
    for finding in diagnosis.findings {
      for line in [finding.summary] + finding.evidence {
        #expect(!line.isEmpty)
        #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
      }
    }
    _ = try JSONDecoder().decode(Diagnosis.self, from: Data(diagnosis.json.utf8))
  }

  @Test(
    "a comparison with another and with itself comes to an end", arguments: 0..<30 as Range<UInt64>)
  func comparison(seed: UInt64) throws {
    let folder = try TestFolder()
    let (a, b) = (try recording(seed, in: folder), try recording(seed + 1000, in: folder))
    #expect(try RecordingComparison(a, a).first == nil)
    let comparison = try RecordingComparison(a, b, tolerance: 0)
    #expect(!comparison.description.isEmpty)
    #expect(comparison.json.first == "{")
  }
}
