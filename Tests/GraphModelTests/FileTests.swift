// Graphs in files: complete or not there, and errors that name the file.

import Foundation
import GraphModel
import Testing

@Suite("A graph's file")
final class FileTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "agviz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test("holds what was written, and nothing is left beside it")
  func roundTrip() throws {
    let graph = Graph.sample()
    try graph.write(to: path("a.json"))
    #expect(try Graph(contentsOf: path("a.json")).json == graph.json)
    #expect(try contents() == ["a.json"])
  }

  @Test("is replaced as a whole and keeps its permissions")
  func replace() throws {
    let old = String(repeating: "x", count: 100_000)
    try old.write(toFile: path("a.json"), atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path("a.json"))
    try Graph.sample().write(to: path("a.json"))
    #expect(try Graph(contentsOf: path("a.json")).json == Graph.sample().json)
    let attributes = try FileManager.default.attributesOfItem(atPath: path("a.json"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test("stays behind a link that leads to it")
  func link() throws {
    try Graph.sample().write(to: path("a.json"))
    try FileManager.default.createSymbolicLink(
      atPath: path("b.json"), withDestinationPath: "a.json")
    var other = Graph.sample()
    other.producer.name = "other"
    try other.write(to: path("b.json"))
    #expect(try Graph(contentsOf: path("a.json")).producer.name == "other")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path("b.json")) == "a.json")
  }

  @Test("is left alone when the graph is none")
  func refused() throws {
    try Graph.sample().write(to: path("a.json"))
    var broken = Graph.sample()
    broken.roots = [77]
    let error = try #require(throws: GraphFileError.self) { try broken.write(to: path("a.json")) }
    #expect(error.code == .badGraph)
    #expect(try Graph(contentsOf: path("a.json")).json == Graph.sample().json)
    #expect(try contents() == ["a.json"])
  }

  @Test("cannot be a folder")
  func folderAsFile() throws {
    let reading = try #require(throws: GraphFileError.self) { try Graph(contentsOf: folder.path) }
    #expect(reading.code == .notReadable)
    #expect(reading.message == "is a folder, not a file")
    let writing = try #require(throws: GraphFileError.self) {
      try Graph.sample().write(to: folder.path)
    }
    #expect(writing.code == .notWritable)
    #expect(writing.description == "\(folder.path): Is a directory")
    #expect(try contents() == [])
  }

  @Test("must be there to be read", arguments: ["none.json", "none/a.json", "a\0b"])
  func missing(_ name: String) throws {
    let error = try #require(throws: GraphFileError.self) { try Graph(contentsOf: path(name)) }
    #expect(error.code == .notFound)
    #expect(error.file == path(name))
  }

  @Test(
    "is not made where it cannot be",
    arguments: ["/dev/full", "/proc/agviz.json", "/nowhere/a.json", "/etc/hostname/a.json", ""])
  func notWritable(_ path: String) throws {
    let error = try #require(throws: GraphFileError.self) { try Graph.sample().write(to: path) }
    #expect(error.code == .notWritable)
    #expect(error.file == path)
  }

  @Test("may be a device, which stays one")
  func device() throws {
    try Graph.sample().write(to: "/dev/null")
    let attributes = try FileManager.default.attributesOfItem(atPath: "/dev/null")
    #expect(attributes[.type] as? FileAttributeType == .typeCharacterSpecial)
  }

  @Test("gives errors its name, in one line")
  func errorNamesFile() throws {
    let name = path("a\n\u{1B}[31mb.json")
    try "{}".write(toFile: name, atomically: false, encoding: .utf8)
    let error = try #require(throws: GraphFileError.self) { try Graph(contentsOf: name) }
    #expect(
      error.description.hasSuffix(
        #"a\n\u{1b}[31mb.json:1:1: not a graph: there is no key "format""#))
    #expect(error.json.contains(#""code": "unknownFormat""#))
  }
}
