// What PyTorch answered, written by the scripts in Reference/.
import Foundation

enum Reference {
  /// The lines of a file of JSON lines in Reference/.
  static func lines<Line: Decodable>(of file: String, as type: Line.Type = Line.self) throws
    -> [Line]
  {
    let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Reference/\(file)")
    let decoder = JSONDecoder()
    return try Data(contentsOf: url).split(separator: UInt8(ascii: "\n"))
      .map { try decoder.decode(Line.self, from: $0) }
  }
}
