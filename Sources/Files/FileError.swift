// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Glibc

/// Why a file could not be read or written, with the system's own reason.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was being done to a file.
  public enum Operation: String, Sendable { case read, write, replace, create }

  /// What was being done.
  public let operation: Operation
  /// The file or folder.
  public let path: String
  /// The system's error number.
  public let number: CInt

  /// Creates an error from the system's error number.
  public init(_ operation: Operation, _ path: String, number: CInt = errno) {
    self.operation = operation
    self.path = path
    self.number = number
  }

  /// The file does not exist.
  public var isMissing: Bool { number == ENOENT }
  /// Another program has what is needed.
  public var isBusy: Bool { number == EBUSY }
  /// The disk or the quota is full.
  public var isFull: Bool { number == ENOSPC || number == EDQUOT }

  /// The system's words for the reason.
  public var reason: String { String(cString: strerror(number)) }

  public var description: String { "can't \(operation.rawValue) \(path): \(reason)" }
}
