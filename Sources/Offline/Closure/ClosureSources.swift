// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import FoundationEssentials
public import Galley
public import NativeLibraries
public import Pantry
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
  var programs: [Program]
  var workers: [WorkerPlan] = []
  let facts: FileFacts
  /// The ways to divide items; without them nobody can tell how many items a data set at the site must have.
  public var splits: SplitRegistry?

  /// Sources on this machine.
  /// - Parameters:
  ///   - pantry: The pantry; native libraries are looked for in it too.
  ///   - holdings: What is here, if it isn't what this machine holds.
  ///   - digests: Digests that were computed before.
  ///   - program: The path of the program `galley`; `galley-agent` lies beside it.
  public init(
    _ pantry: Pantry, holdings: (any Holdings)? = nil, digests: DigestCache? = nil,
    program: String = NativeLibraryLocator.runningExecutable
  ) {
    let environment = ProcessInfo.processInfo.environment.merging(["GALLEY_HOME": pantry.root]) { $1 }
    let locator = NativeLibraryLocator(environment: environment, executable: program)
    self.init(
      holdings: holdings ?? MachineHoldings(pantry), shelf: LibraryShelf(locator: locator, pins: .ofThisProgram),
      digests: digests, program: program)
  }

  /// Sources of another machine's: its libraries are in the folders where a locator finds them.
  package init(holdings: any Holdings, locator: NativeLibraryLocator, program: String) {
    self.init(
      holdings: holdings, shelf: LibraryShelf(locator: locator, pins: .ofThisProgram, asksLinker: false),
      program: program)
  }

  init(holdings: any Holdings, shelf: LibraryShelf, digests: DigestCache? = nil, program: String) {
    self.holdings = holdings
    facts = FileFacts(shelf, digests)
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
    var item = ClosureItem(kind: .program, role: .toolchain, name: name)
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
