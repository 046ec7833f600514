// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import NativeLibraries
internal import Recipes

/// Collects what recipes need, each thing once.
struct ClosureBuilder {
  /// What tells a thing from others.
  enum Key: Hashable {
    case digest(Digest)
    case beginning(String, name: String)
    case unnamedBytes(String)
    case path(String)
    case library(String)
    case program(String)
    case worker(Digest, String)
    case tree(String)
  }

  let sources: ClosureSources
  private var items: [Key: ClosureItem] = [:]
  /// The keys in the order in which they were first met, by stages and then the order of the recipe.
  private var order: [Key] = []
  private var labels: [String: String] = [:]

  init(_ sources: ClosureSources) {
    self.sources = sources
  }

  // MARK: Recipes

  mutating func add(_ member: ClosureMember, at position: Int, dataAtSite: Bool) {
    let recipe = member.recipe
    let dataPaths = dataAtSite ? Set(["data"]) : []
    for stage in StageGoal.allCases {
      var tools: Set<String> = []
      for path in stage.ownSlotPaths {
        guard let slot = recipe.slots[path] else { continue }
        add(slot, at: path, of: recipe, stage, position, withoutFiles: dataPaths.contains(path), &tools)
      }
      // What a stage uses beyond what its cards name.
      for tool in stage.ownTools(of: recipe) where !tools.contains(tool) {
        let path = stage.ownSlotPaths.first ?? stage.rawValue
        let user = ClosureItem.User(path: path, ingredient: label(recipe.slots[path]?.card) ?? stage.rawValue)
        addLibraries(ofTool: tool, user, stage, position)
      }
    }
    addEveryRun(position)
  }

  private mutating func add(
    _ slot: FilledSlot, at path: String, of recipe: Recipe, _ stage: StageGoal, _ position: Int, withoutFiles: Bool,
    _ tools: inout Set<String>
  ) {
    let user = ClosureItem.User(path: path, ingredient: label(slot.card) ?? slot.card.taxonomy)
    if !withoutFiles {
      for artifact in slot.artifacts { add(artifact, user, stage, position) }
      addFiles(of: slot, at: path, folder: recipe.folder, user, stage, position)
    }
    addWorker(slot.card, user, stage, position)
    for tool in slot.card.tools {
      tools.insert(tool)
      addLibraries(ofTool: tool, user, stage, position)
    }
    for library in slot.card.libraries { addLibraries(ofTool: library, user, stage, position) }
    for (name, inner) in slot.slots.sorted(by: { $0.key < $1.key }) {
      add(inner, at: "\(path).\(name)", of: recipe, stage, position, withoutFiles: withoutFiles, &tools)
    }
  }

  private mutating func addFiles(
    of slot: FilledSlot, at path: String, folder: String, _ user: ClosureItem.User, _ stage: StageGoal,
    _ position: Int
  ) {
    guard slot.card.options.contains(where: \.kind.isPath) else { return }
    for (name, file) in slot.paths(relativeTo: folder).sorted(by: { $0.key < $1.key }) {
      var user = user
      user.path = "\(path).\(name)"
      let key = Key.path(file)
      if items[key] == nil { insert(self.file(at: file, role: Self.role(of: slot.card)), as: key) }
      items[key]?.note(user, stage, position)
    }
    for declaration in slot.card.options where declaration.kind.isPath {
      guard case .string(let text)? = slot.options[declaration.name] else { continue }
      var user = user
      user.path = "\(path).\(declaration.name)"
      if let digest = ContentReference.digest(in: text) {
        let artifact = ArtifactRequirement(name: text, role: Self.role(of: slot.card), digest: digest)
        add(artifact, user, stage, position)
      } else if let reference = slot.webReferences[declaration.name] {
        add(reference.requirement(Self.role(of: slot.card)), user, stage, position)
      }
    }
  }

  private static func role(of card: Card) -> ArtifactRequirement.Role {
    switch card.taxonomy.prefix(while: { $0 != "." }) {
    case "model": .model
    case "weights": .weights
    default: .data
    }
  }

  /// What every run needs: the programs, and what a report embeds.
  private mutating func addEveryRun(_ position: Int) {
    for program in sources.programs {
      for stage in program.stages {
        let key = Key.program(program.item.name)
        if items[key] == nil { insert(program.item, as: key) }
        items[key]?.note(.init(path: stage.rawValue, ingredient: "galley"), stage, position)
      }
    }
    let user = ClosureItem.User(path: StageGoal.report.rawValue, ingredient: "the report's page")
    addLibraries(ofTool: NativeLibrary.plotly.name, user, .report, position)
  }

  /// Adds a golden volume, from which all members were taken.
  mutating func addVolume(_ path: String, members: Range<Int>) {
    var item = file(at: path, role: .volume)
    item.kind = .volume
    let key = Key.path(path)
    if items[key] == nil { insert(item, as: key) }
    for position in members {
      items[key]?.note(.init(path: StageGoal.prepare.rawValue, ingredient: "the golden rows"), .prepare, position)
    }
  }

  // MARK: Things

  mutating func add(
    _ artifact: ArtifactRequirement, _ user: ClosureItem.User, _ stage: StageGoal, _ position: Int
  ) {
    let key: Key
    if let digest = artifact.digest {
      key = .digest(digest)
    } else if let digits = artifact.digestPrefix?.lowercased(), !digits.isEmpty {
      key = whole(digits).map { .digest($0) } ?? .beginning(digits, name: artifact.name)
    } else {
      key = .unnamedBytes("\(artifact.role.rawValue) \(artifact.name)")
    }
    // The same bytes may be described better by another card.
    if items[key] == nil { insert(item(artifact), as: key) } else { items[key]?.complete(by: artifact) }
    items[key]?.note(user, stage, position)
  }

  /// The digest that begins with these digits among those that are met already.
  private func whole(_ digits: String) -> Digest? {
    for case .digest(let digest) in order where digest.hex.hasPrefix(digits) { return digest }
    return nil
  }

  private mutating func addLibraries(
    ofTool tool: String, _ user: ClosureItem.User, _ stage: StageGoal, _ position: Int
  ) {
    for name in LibraryShelf.libraries(ofTool: tool) {
      let key = Key.library(name)
      if items[key] == nil { insert(library(name), as: key) }
      items[key]?.note(user, stage, position)
    }
  }

  /// Adds a thing that is described already.
  mutating func add(
    _ item: ClosureItem, as key: Key, _ user: ClosureItem.User, _ stage: StageGoal, _ position: Int
  ) {
    if items[key] == nil {
      var item = item
      item.isHere = sources.holdings.holds(item)
      insert(item, as: key)
    }
    items[key]?.note(user, stage, position)
  }

  private mutating func insert(_ item: ClosureItem, as key: Key) {
    items[key] = item
    order.append(key)
  }

  private func library(_ name: String) -> ClosureItem {
    var item = sources.facts.library(name)
    item.isHere = sources.holdings.holds(item)
    return item
  }

  private func item(_ artifact: ArtifactRequirement) -> ClosureItem {
    var item = ClosureItem(kind: .artifact, role: artifact.role, name: artifact.name)
    (item.digest, item.digestPrefix) = (artifact.digest, artifact.digestPrefix)
    item.byteCount = artifact.byteCount
    (item.origins, item.licence, item.provenance) = (artifact.origins, artifact.licence, artifact.provenance)
    let held =
      artifact.digest.map { sources.holdings.artifact($0) }
      ?? artifact.digestPrefix.flatMap { sources.holdings.artifact(startingWith: $0) }
    if let held {
      item.isHere = true
      item.path = held.path
      item.digest = held.digest
      item.byteCount = held.byteCount ?? item.byteCount
    }
    return item
  }

  private func file(at path: String, role: ArtifactRequirement.Role) -> ClosureItem {
    var item = sources.facts.file(at: path, role: role)
    item.isHere = sources.holdings.holds(item)
    return item
  }

  private mutating func label(_ card: Card?) -> String? {
    guard let card else { return nil }
    if let known = labels[card.taxonomy], known.hasSuffix(card.version.description) { return known }
    let label = "\(card.taxonomy)@\(card.version)"
    labels[card.taxonomy] = label
    return label
  }

  /// The things, those of one kind together, and then in the order in which a run meets them.
  func finish() -> [ClosureItem] {
    let all = order.compactMap { items[$0] }
    return ClosureItem.Kind.allCases.flatMap { kind in all.filter { $0.kind == kind } }
  }
}

extension ClosureItem {
  mutating func note(_ user: User, _ stage: StageGoal, _ position: Int) {
    if members.last != position { members.append(position) }
    if !users.contains(user) { users.append(user) }
    if !stages.contains(stage) {
      stages.append(stage)
      stages.sort()
    }
  }

  /// Takes over what another description knows beyond its own.
  fileprivate mutating func complete(by artifact: ArtifactRequirement) {
    byteCount = byteCount ?? artifact.byteCount
    licence = licence ?? artifact.licence
    provenance = provenance ?? artifact.provenance
    for origin in artifact.origins where !origins.contains(origin) { origins.append(origin) }
  }
}
