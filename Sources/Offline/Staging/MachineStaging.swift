// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
internal import Galley
public import Pantry
internal import NativeLibraries

/// Everything of this machine that recipes need beside their artifacts: programs, native libraries, what reports embed.
public struct MachineStaging: Sendable {
  /// The trees, by name.
  public var trees: [StagedTree] = []
  /// What this machine lacks, as sentences; recipes that need it can't be prepared here.
  public var absent: [String] = []

  /// Gathers it; files that were hashed before are not hashed again.
  /// - Parameters:
  ///   - pantry: keeps the digests of what was hashed. What lies in it already is taken as it is.
  ///   - executable: the program to install; this one, if it is `nil`.
  ///   - environment: says where libraries are installed, as `NativeLibraryLocator` reads it.
  /// - Throws: `GalleyError` if something is there and damaged.
  public static func gather(
    for pantry: Pantry, executable: String? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) async throws -> MachineStaging {
    let digests = DigestCache(pantry)
    defer { digests.save() }
    let loader = try DynamicLoader()
    var staging = MachineStaging()
    let program = executable ?? NativeLibraryLocator.runningExecutable
    let programs = try await ProgramStaging(executable: program).tree(loader, digests)
    staging.trees.append(programs)
    let environment = environment.merging(["GALLEY_HOME": pantry.root]) { $1 }
    let locator = NativeLibraryLocator(environment: environment, executable: program)
    staging.trees += try LibraryStaging(locator).trees(digests)
    // One that came with a bundle is installed already.
    if !staging.has(.vips) { try await staging.addVips(loader, digests) }
    for library in NativeLibrary.all where !staging.has(library) && library != .vips {
      staging.absent.append("\(library.displayName) is not installed for Galley on this machine.")
    }
    staging.trees.sort { $0.tree.name < $1.tree.name }
    return staging
  }

  private func has(_ library: NativeLibrary) -> Bool { trees.contains { $0.tree.library?.name == library.name } }

  private mutating func addVips(_ loader: DynamicLoader, _ digests: DigestCache) async throws {
    do {
      trees.append(try await VipsStaging().tree(loader, digests))
    } catch let error as GalleyError where error.exitCode == .unavailable {
      absent.append("libvips can't be used on this machine: \(error.why).")
    }
  }
}
