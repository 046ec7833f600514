// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Pantry
internal import Recipes
internal import Workers

extension ClosureBuilder {
  /// Adds the user's program that offers an ingredient, with its packages and its interpreter.
  mutating func addWorker(_ card: Card, _ user: ClosureItem.User, _ stage: StageGoal, _ position: Int) {
    guard let program = card.program else { return }
    let plan = sources.workers.first { plan in
      plan.worker.digest == program && plan.worker.cards.contains { $0.taxonomy == card.taxonomy }
    }
    guard let plan else { return addUnknownWorker(program, card, user, stage, position) }
    add(worker(plan), as: .worker(program, plan.worker.name), user, stage, position)
    guard case .success(let load) = plan.load else { return }
    for wheel in load.parts.wheels { add(wheel, user, stage, position) }
    if let installer = load.parts.installer { add(installer, user, stage, position) }
    for tree in load.trees { add(item(tree, load), as: .tree(tree.tree.name), user, stage, position) }
  }

  /// One that nobody has looked at.
  private mutating func addUnknownWorker(
    _ program: Digest, _ card: Card, _ user: ClosureItem.User, _ stage: StageGoal, _ position: Int
  ) {
    var item = ClosureItem(kind: .worker, role: .toolchain, name: "the worker of \(card.name)")
    item.digest = program
    add(item, as: .worker(program, card.name), user, stage, position)
  }

  private func worker(_ plan: WorkerPlan) -> ClosureItem {
    var item = ClosureItem(kind: .worker, role: .toolchain, name: plan.itemName)
    let path = plan.worker.source.program.path
    (item.path, item.origins) = (path, ["file://\(path)"])
    switch plan.load {
    case .success(let load):
      (item.digest, item.byteCount) = (load.folder.digest, load.folder.byteCount)
      let others = load.parts.files.count - 1
      let left = load.parts.leftOut
      item.provenance =
        "\(load.parts.programName)\(others > 0 ? " with \(others) other file\(others > 1 ? "s" : "")" : "")"
        + (left.isEmpty ? "" : "; without \(left.joined(separator: ", ")), which it can do without")
    case .failure(let error): item.provenance = "it can't be carried: \(error.why)"
    }
    return item
  }

  private func item(_ staged: StagedTree, _ load: WorkerPlan.Load) -> ClosureItem {
    var item = ClosureItem(kind: .interpreter, role: .toolchain, name: staged.tree.name)
    (item.digest, item.byteCount) = (staged.tree.digest, staged.byteCount)
    let shared = staged.tree.entries.count { $0.path.hasPrefix("\(CarriedPython.libraries)/") }
    let libraries = "\(shared) shared librar\(shared == 1 ? "y" : "ies")"
    let isPython = staged.tree.name == load.python.tree.name
    item.licence = staged.licence(isPython: isPython)
    if isPython {
      let interpreter = load.parts.interpreter
      item.path = interpreter.executable
      item.provenance = "CPython \(interpreter.version), its standard library and \(libraries)"
    } else {
      item.path = load.parts.environment
      item.provenance = "\(libraries) that the packages expect of the system"
    }
    item.origins = item.path.map { ["file://\($0)"] } ?? []
    return item
  }
}

extension StagedTree {
  /// The licence of a tree that Python runs on; what the system's packages say of the libraries in it lies in its folder
  /// `licenses`.
  fileprivate func licence(isPython: Bool) -> String? {
    let hasNotices = tree.entries.contains { $0.path.hasPrefix("licenses/") }
    let parts = (isPython ? ["PSF-2.0"] : []) + (hasNotices ? ["LicenseRef-see-licenses-folder"] : [])
    return parts.isEmpty ? nil : parts.joined(separator: " AND ")
  }
}

extension RecipeFamily {
  /// The programs of users whose ingredients the recipes name.
  var programs: Set<Digest> {
    Set(members.flatMap { $0.recipe.allSlots.compactMap(\.slot.card.program) })
  }
}
