// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
public import NativeLibraries
internal import Recipes

/// What a closure is computed from, beside the recipes: what is here, and what every run needs.
///
/// Files are looked at once for each value of this type, so one value serves many questions.
public struct ClosureSources: Sendable {
  /// A program that runs need.
  struct Program: Sendable {
    var item: ClosureItem
    var stages: [StageGoal]
  }

  /// What is here.
  public let holdings: any Holdings
  let programs: [Program]
  let facts: FileFacts

  /// Sources for the program that runs.
  /// - Parameters:
  ///   - holdings: What is here.
  ///   - locator: Where native libraries are looked for.
  ///   - program: The path of the program `galley`; `galley-agent` lies beside it.
  public init(
    holdings: any Holdings, locator: NativeLibraryLocator = NativeLibraryLocator(),
    program: String = NativeLibraryLocator.runningExecutable
  ) {
    self.init(holdings: holdings, shelf: LibraryShelf(locator: locator, pins: .ofThisProgram), program: program)
  }

  init(holdings: any Holdings, shelf: LibraryShelf, program: String) {
    self.holdings = holdings
    facts = FileFacts(shelf)
    let folder = program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
    programs = [
      Self.program("galley", at: program, StageGoal.allCases, holdings),
      // It measures on devices, this machine among them.
      Self.program("galley-agent", at: "\(folder)/galley-agent", [.measure], holdings),
    ]
  }

  private static func program(
    _ name: String, at path: String, _ stages: [StageGoal], _ holdings: any Holdings
  ) -> Program {
    var item = ClosureItem(kind: .program, role: .toolchain, name: "\(name)-\(galleyVersion)")
    item.licence = "Apache-2.0"
    item.byteCount = FileSizes.size(of: path)
    if item.byteCount != nil {
      item.path = path
      item.origins = ["file://\(path)"]
    }
    item.isHere = holdings.holds(item)
    return Program(item: item, stages: stages)
  }
}
