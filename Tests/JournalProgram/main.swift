// A program that writes a journal, for tests that end it, and for timing.

import Glibc
import GradientJournal

/// An event that carries a number and is as long as that says.
func numbered(_ number: UInt64) -> Event {
  // Some are long, some longer than a segment.
  let size =
    number % 5000 == 0
    ? 200_000 : number % 1000 == 0 ? 20_000 : number % 100 == 0 ? 3000 : Int(number % 90)
  return .value(
    Value(
      pass: number, order: 0, role: .gradInput, slot: 0, dtype: "float32", shape: [size],
      strides: [1], bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size)))
}

func complain(_ message: String) {
  var line = message + "\n"
  line.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

func fail(_ error: some Error) -> Never {
  complain("\(error)")
  exit(1)
}

/// Writes 1, 2, … and tells each number on standard output after it was appended.
func write(beside recording: String, segmentSize: Int, count: UInt64) {
  do throws(JournalError) {
    let writer = try JournalWriter(beside: recording, segmentSize: segmentSize)
    var number: UInt64 = 1
    while number <= count {
      writer.append(numbered(number))
      if let failure = writer.failure { fail(failure) }
      // Nobody reads any more: the test is over.
      if Glibc.write(STDOUT_FILENO, &number, 8) != 8 { exit(2) }
      number += 1
    }
    writer.close()
  } catch {
    fail(error)
  }
}

/// Appends until the file size limit or the disk stops it; says how, and for how many events.
func fill(beside recording: String, limit: UInt64?) {
  if let limit {
    var size = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &size)
  }
  do throws(JournalError) {
    let writer = try JournalWriter(beside: recording, segmentSize: 1 << 16)
    var count: UInt64 = 0
    while writer.failure == nil, count < 1_000_000 {
      count += 1
      writer.append(numbered(count))
    }
    // As a program that trains goes on.
    for _ in 0..<1000 { writer.append(numbered(1)) }
    writer.close()
    print(count - 1, writer.failure.map { "\($0.code): \($0)" } ?? "no failure")
  } catch {
    print(0, "\(error.code): \(error)")
  }
}

/// Appends before, in and after a fork, and ends without closing while the child lives on.
func forkAndEnd(beside recording: String) {
  // Swift hides it, since few programs survive it; libraries call it all the same.
  typealias Fork = @convention(c) () -> Int32
  let fork = unsafeBitCast(dlsym(nil, "fork"), to: Fork.self)
  do throws(JournalError) {
    let writer = try JournalWriter(beside: recording)
    writer.append(numbered(1))
    var (ends, byte) = ([0, 0] as [Int32], UInt8(0))
    pipe(&ends)
    if fork() == 0 {
      writer.append(numbered(2))
      writer.close()
      Glibc.write(ends[1], &byte, 1)
      sleep(5)
      _exit(0)
    }
    Glibc.read(ends[0], &byte, 1)
    writer.append(numbered(3))
    _exit(0)
  } catch {
    fail(error)
  }
}

/// The nanoseconds that this thread has run, which others on the machine do not lengthen.
func threadTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// Prints the nanoseconds that appending an event takes, the best of some repetitions.
func time(beside recording: String) {
  let statistics = Statistics(
    count: 4096, nanCount: 0, positiveInfinityCount: 0, negativeInfinityCount: 0, zeroCount: 0,
    subnormalCount: 0, minimum: -3.5, maximum: 3.25, mean: 0.125, standardDeviation: 1.0625,
    norm: 64.5, hash: 0x1234_5678_9abc_def0)
  func measure(_ name: String, _ count: Int, _ event: (Int) -> Event) {
    var best = Double.infinity
    var size = 0.0
    for _ in 0..<10 {
      do throws(JournalError) {
        let writer = try JournalWriter(beside: recording)
        let start = threadTime()
        for i in 0..<count { writer.append(event(i)) }
        best = min(best, (threadTime() - start) / Double(count))
        size = Double(writer.bytesWritten) / Double(count)
        writer.close()
        if let failure = writer.failure { fail(failure) }
      } catch {
        fail(error)
      }
      let reader = JournalReader(beside: recording)
      do throws(JournalError) {
        while try reader.next() != nil {}
        if let position = reader.position { try reader.removeSegments(before: position) }
      } catch {
        fail(error)
      }
    }
    print("\(name): \(best) ns, \(size) bytes")
  }
  measure("called", 500_000) { i in
    .called(
      Call(
        pass: UInt64(i) / 20, order: UInt32(i % 20), node: UInt32(i % 20),
        start: Int64(i) * 120, end: Int64(i) * 120 + 90))
  }
  let shapes: [Shape] = [[64, 64], [4096], []]
  measure("measured", 200_000) { i in
    .measured(
      Measurement(
        pass: UInt64(i) / 20, order: UInt32(i % 20), role: .gradInput, slot: UInt32(i % 3),
        dtype: "float32", shape: shapes[i % 3], statistics: statistics))
  }
  let histogram = (0..<279).map { $0 > 120 && $0 < 150 ? UInt32($0 * 3) : 0 }
  measure("measured with a histogram", 50_000) { i in
    .measured(
      Measurement(
        pass: UInt64(i) / 20, order: UInt32(i % 20), role: .gradInput, slot: UInt32(i % 3),
        dtype: "float32", shape: shapes[i % 3], statistics: statistics, histogram: histogram))
  }
}

let arguments = CommandLine.arguments
switch (arguments.dropFirst().first, arguments.count) {
case ("write", 5):
  write(beside: arguments[2], segmentSize: Int(arguments[3])!, count: UInt64(arguments[4])!)
case ("fork", 3): forkAndEnd(beside: arguments[2])
case ("fill", 4): fill(beside: arguments[2], limit: UInt64(arguments[3]))
case ("time", 3): time(beside: arguments[2])
default: complain("write FILE SIZE COUNT, fill FILE LIMIT|-, fork FILE, or time FILE")
}
