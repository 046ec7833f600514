// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley

/// Whether all that a worker imports can be carried, and if not, why.
struct WorkerPartsChecks {
  private let program: WorkerProgram
  private let scan: WorkerScan
  private let home: WorkerHome
  private(set) var leftOut: [String] = []

  init(_ program: WorkerProgram, _ scan: WorkerScan, _ home: WorkerHome) {
    (self.program, self.scan, self.home) = (program, scan, home)
  }

  /// The environment that was made of the file's lock, if the file is run in it.
  var environment: String? {
    // Python says where it lies without any link.
    let environments = URL(filePath: home.environments).resolvingSymlinksInPath().path
    return scan.interpreter.environment.flatMap { $0.lies(below: environments) ? $0 : nil }
  }

  /// Looks at the interpreter and at every import.
  /// - Throws: `GalleyError` (`configuration`) for the first that can't be carried.
  mutating func run(_ metadata: ScriptMetadata?) throws(GalleyError) {
    guard scan.interpreter.implementation == "cpython" else {
      throw refusal(
        "\(scan.interpreter.executable) is \(scan.interpreter.implementation), and only CPython can be carried",
        "Register it with a CPython: galley worker add \(program.argument) --python python3")
    }
    if let fault = scan.faults.first { throw refusal("what it imports can't be read: \(fault)", "Correct the file.") }
    for part in [scan.interpreter.library, scan.interpreter.extensions]
    where !part.hasPrefix("\(scan.interpreter.prefix)/") {
      throw refusal(
        "the standard library of \(scan.interpreter.executable) lies at '\(part)', not in \(scan.interpreter.prefix)",
        "Register it with another Python: galley worker add \(program.argument) --python EXE")
    }
    for one in scan.imports { try check(one) }
  }

  private mutating func check(_ one: WorkerScan.Import) throws(GalleyError) {
    if one.isStandard {
      guard WorkerParts.Interpreter.uncarriedModules.contains(one.name) else { return }
      if one.isOptional { return leftOut.append(one.name) }
      throw refusal(
        "\(one.file):\(one.line) imports '\(one.name)', a part of the standard library that is not carried",
        "Do without it, or catch the ImportError.")
    }
    // What isn't there now can't be needed by what works now; a package that is locked comes with its wheel.
    guard let place = one.place else { return }
    if let environment, place.hasPrefix("\(environment)/") { return }
    if one.isOptional { return leftOut.append(one.name) }
    throw refusal(
      "\(one.file):\(one.line) imports '\(one.name)' from \(place), which no lock of the file names",
      "Name the package at the beginning of the file ('# /// script', '# dependencies = [\"…\"]', '# ///'); then "
        + "galley worker lock \(program.path), galley worker sync \(program.path), and galley worker add "
        + "\(program.argument)")
  }

  /// The lock of a file that needs packages.
  /// - Throws: `GalleyError` (`configuration`) if there is none, or one of other packages.
  func lock(_ metadata: ScriptMetadata) throws(GalleyError) -> EnvironmentLock {
    let commands = "galley worker lock \(program.path) and galley worker sync \(program.path)"
    let lock: EnvironmentLock
    do throws(GalleyError) {
      lock = try EnvironmentLock(of: program)
    } catch {
      guard error.exitCode == .missingInput else { throw error }
      throw refusal(
        "it needs \(metadata.dependencies.joined(separator: ", ")), and its packages were never locked",
        "Run \(commands)")
    }
    guard lock.requirements == metadata.digest else {
      throw refusal("what it needs has changed since it was locked", "Run \(commands)")
    }
    return lock
  }

  private func refusal(_ why: String, _ remedy: String) -> GalleyError {
    GalleyError(.configuration, WorkerParts.what, at: program.path, why: why, remedy: remedy)
  }
}
