// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley
internal import Glibc

/// An event file of TensorBoard's: records as TensorFlow frames them (`tensorflow/core/lib/io/record_writer.h`), each an
/// `Event` (`tensorboard/compat/proto/event.proto`), scalars as `simple_value`, which has single precision.
///
/// A run that is resumed writes a new file beside the earlier ones, whose session begins at its first step: TensorBoard
/// then discards what the earlier files say of that step and later ones. The new file's name sorts behind the others,
/// as TensorBoard reads them in the order of their names.
public struct TensorBoardLogger: TrainingLogger {
  /// The event file.
  public var path: String { file.path }

  private let file: LogFile
  private var end = 0

  /// Creates an event file in a folder, which is created if needed.
  /// - Parameters:
  ///   - firstStep: the first step of a run that is resumed.
  ///   - wallTime: the present, in seconds since 1 January 1970, UTC.
  /// - Throws: `GalleyError` if it can't be written.
  public init(folder: String, resumingAt firstStep: Int? = nil, wallTime: Double) throws(GalleyError) {
    let present = wallTime.isFinite && wallTime >= 0 && wallTime < 1e10 ? Int(wallTime) : 0
    file = try LogFile("\(folder)/\(Self.fileName(in: folder, present))")
    var events = TensorBoardEvent.version(wallTime: wallTime).record
    if let firstStep { events += TensorBoardEvent.sessionStart(step: firstStep, wallTime: wallTime).record }
    try append(events)
  }

  public mutating func log(_ scalars: [LoggedScalar]) throws(GalleyError) {
    try append(StepValues.grouped(scalars).flatMap { TensorBoardEvent.scalars($0).record })
  }

  private mutating func append(_ bytes: [UInt8]) throws(GalleyError) {
    try file.write(bytes, at: end)
    end += bytes.count
  }

  /// TensorBoard's pattern: the second, the machine, the process.
  private static func fileName(in folder: String, _ present: Int) -> String {
    let prefix = "events.out.tfevents."
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let seconds = names.compactMap { name -> Int? in
      guard name.hasPrefix(prefix) else { return nil }
      return Int(name.dropFirst(prefix.count).prefix { $0 != "." })
    }
    let second = max(present, (seconds.max() ?? -1) + 1).description
    let padding = String(repeating: "0", count: max(0, 10 - second.count))
    var host = [CChar](repeating: 0, count: 256)
    let isNamed = gethostname(&host, host.count - 1) == 0
    let bytes = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let machine = isNamed ? String(decoding: bytes, as: UTF8.self).filter { $0 != "/" } : "localhost"
    return "\(prefix)\(padding)\(second).\(machine).\(getpid()).0"
  }
}
