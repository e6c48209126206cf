// The workloads of the benchmarks on the engine's side, one repetition at a time.
//
//   workloads --list           a line of JSON for each: name, whether threads matter, operations
//   workloads                  a name per line on standard input; for each a line of JSON with the
//                              microseconds of a step, so that PyTorch (peers) can take turns
//   workloads --memory NAME    the most memory, in bytes, that the process had after a few steps of
//                              the workload; with NAME "nothing" that of the bare engine
//   workloads --peak           the processor's limit, in 10^9 float32 operations a second

import Autograd
import CPeak
import Glibc

/// About as long as one repetition takes, in microseconds.
let target = 60_000.0

let workloads = [
  smallWorkloads,
  elementwiseWorkloads,
  movingWorkloads,
  productWorkloads,
  networkWorkloads,
  poolingWorkloads,
  trainingWorkloads,
  normalizationWorkloads,
  convolutionWorkloads,
  lossWorkloads,
  recordingWorkloads,
].flatMap { $0 }

func find(_ name: String) -> Workload? { workloads.first { $0.name == name } }

/// The most memory that this process ever had resident.
///
/// `getrusage` would count that of the process that started it, too.
func peakMemory() -> Int {
  let status = fopen("/proc/self/status", "r")!
  defer { fclose(status) }
  var line = [CChar](repeating: 0, count: 256)
  var kilobytes = 0
  while fgets(&line, Int32(line.count), status) != nil {
    if withVaList(
      [withUnsafeMutablePointer(to: &kilobytes) { $0 }], { vsscanf(line, "VmHWM: %ld", $0) })
      == 1
    {
      return kilobytes * 1024
    }
  }
  return 0
}

func serve() {
  var current: (name: String, repeated: Repeated)?
  while let name = readLine() {
    if current?.name != name {
      current = nil
      current = find(name).map { (name, Repeated($0, target: target)) }
    }
    if let current {
      print("{\"us\": \(current.repeated.microsecondsPerStep())}")
    } else {
      print("{\"error\": \"no workload \(name)\"}")
    }
    // The other side waits for the line.
    fflush(nil)
  }
}

switch CommandLine.arguments.dropFirst().first {
case "--list":
  for workload in workloads {
    print(
      "{\"name\": \"\(workload.name)\", \"threads\": \(workload.usesThreads), "
        + "\"flops\": \(workload.flops ?? 0)}")
  }
case "--peak":
  print(peak_gflops())
case "--memory":
  let step = find(CommandLine.arguments[2])?.make() ?? find("tiny.1")!.make()
  for _ in 0..<3 { step() }
  print(peakMemory())
default:
  serve()
}
